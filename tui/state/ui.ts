import type { HistoryView, MeterStatusView, WhyView } from '../../src/protocol/answers.ts';
import type { FrameView } from '../../src/protocol/events.ts';

/** Screens in the order of their keys 1 to 6; `analyzer`, `virtual` and `bus` are opened from a row. */
export const MAIN_SCREENS = ['overview', 'lines', 'deliveries', 'tree', 'log', 'alarms'] as const;
export type MainScreen = (typeof MAIN_SCREENS)[number];
export type Screen = MainScreen | 'analyzer' | 'virtual' | 'bus';

export const SORTS = [
  'state',
  'id',
  'name',
  'line',
  'age',
  'voltage',
  'current',
  'power',
  'pf',
  'energy',
  'errors',
] as const;
export type Sort = (typeof SORTS)[number];

export const ACTIONS = ['pause', 'resume', 'readNow', 'identify', 'stop', 'start'] as const;
export type Action = (typeof ACTIONS)[number];

export type Tone = 'good' | 'warn' | 'bad' | 'dim' | 'plain' | 'accent';

/** What a command is about: analyzers, or a whole line. */
export type CommandTarget =
  | { readonly kind: 'analyzers'; readonly ids: readonly number[] }
  | { readonly kind: 'line'; readonly id: number };
export type Command =
  | { readonly kind: 'act'; readonly action: Action; readonly target: CommandTarget; readonly seconds: number | null }
  | { readonly kind: 'startAll' | 'reload' | 'shutdown' };

/** What waits for keys before everything else. */
export type Prompt =
  | { readonly kind: 'filter'; readonly text: string; readonly before: string }
  | { readonly kind: 'palette'; readonly text: string; readonly chosen: number }
  | { readonly kind: 'confirm'; readonly ask: string; readonly command: Command }
  | { readonly kind: 'leave' }
  | { readonly kind: 'help' };

/** Where a list stands: the key of the selected row, its place for when it is gone, and the first row shown. */
export type Place = { readonly key: string | null; readonly index: number; readonly top: number };
export const TOP: Place = { key: null, index: 0, top: 0 };

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type ShownLevel = (typeof LOG_LEVELS)[number];

/** What was asked of the server about the analyzer that is open. */
export type Opened = {
  readonly id: number;
  readonly why: WhyView | null;
  readonly meter: MeterStatusView | null;
  /** By variable code. */
  readonly history: Readonly<Record<string, HistoryView>>;
};

/** Everything that is chosen on this screen. Never changed in place. */
export type Ui = {
  readonly screen: Screen;
  readonly places: Readonly<Partial<Record<Screen, Place>>>;
  readonly opened: Opened | null;
  /** The sum of analyzers that is open, or from which the analyzer that is open was opened; null: none. */
  readonly virtual: number | null;
  /** Device of the bus view. */
  readonly bus: number | null;
  /** The frames that are looked at while the view is paused; null: it follows. */
  readonly busPaused: readonly FrameView[] | null;
  readonly sort: Sort;
  readonly reversed: boolean;
  /** By screen that has one; `!` first inverts. */
  readonly filters: Readonly<Partial<Record<Screen, string>>>;
  readonly faultsOnly: boolean;
  readonly marks: ReadonlySet<number>;
  readonly level: ShownLevel;
  readonly prompt: Prompt | null;
  readonly feedback: { readonly tone: Tone; readonly text: string; readonly until: number } | null;
  readonly frozen: boolean;
  /** Off, so that the terminal's own selecting of text works. */
  readonly mouse: boolean;
  readonly everyMs: number;
};

export const firstUi = (): Ui => ({
  screen: 'overview',
  places: {},
  opened: null,
  virtual: null,
  bus: null,
  busPaused: null,
  sort: 'state',
  reversed: false,
  filters: {},
  faultsOnly: false,
  marks: new Set(),
  level: 'info',
  prompt: null,
  feedback: null,
  frozen: false,
  mouse: false,
  everyMs: 500,
});
