import type { Glyphs } from '../formats/glyphs.ts';
import type { PlantState } from '../state/plant.ts';
import type { Ui } from '../state/ui.ts';
import type { Words } from '../words/words.ts';
import type { Line } from './line.ts';
import { heightOf, type SmallTable } from './small-table.ts';

/** What a view is made of; `now` is this machine's clock. */
export type Look = {
  readonly plant: PlantState;
  readonly ui: Ui;
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  readonly words: Words;
  readonly glyphs: Glyphs;
  readonly readOnly: boolean;
  /** Where the server is, in words. */
  readonly server: string;
};

/** The middle of the screen: a list that scrolls. */
export type Body = {
  readonly heading: Line | null;
  /** The lines that are shown. */
  readonly lines: readonly Line[];
  /** Below the lines, where they have room; else they are among them. */
  readonly tables?: readonly SmallTable[];
  /** Keys of all rows that can be selected, in order; empty where the list only scrolls. */
  readonly keys: readonly string[];
  readonly place: { readonly index: number; readonly top: number; readonly count: number };
  /** What found no room, in words. */
  readonly cut: readonly string[];
  /** Sentences about the selected row, two at most. */
  readonly detail: readonly string[];
};

export type FrameView = {
  /** The terminal tells of the mouse. */
  readonly mouse: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly header: Line | null;
  readonly tabs: Line | null;
  readonly body: Body;
  /** Lines that the body takes, heading included. */
  readonly bodyRows: number;
  /** Above the footer: none, one or two lines. */
  readonly messages: readonly Line[];
  readonly footer: Line | null;
  /** Shown in place of the body. */
  readonly help: readonly Line[] | null;
};

/** Rows that the tables of a body take. */
export const tablesHeight = ({ tables = [] }: Pick<Body, 'tables'>): number => Math.max(0, ...tables.map(heightOf));

/** The server's clock as well as this machine knows it. */
export const serverNow = ({ plant, now }: Pick<Look, 'plant' | 'now'>): number => now + plant.skewMs;
