import type { ListView } from '../../src/protocol/views.ts';
import { glyphsOf } from '../../tui/formats/glyphs.ts';
import { applied } from '../../tui/state/apply.ts';
import { emptyPlant, type PlantState } from '../../tui/state/plant.ts';
import { firstUi, type Ui } from '../../tui/state/ui.ts';
import { blank, type Line } from '../../tui/view-model/line.ts';
import { tableLines } from '../../tui/view-model/small-table.ts';
import type { FrameView, Look } from '../../tui/view-model/view.ts';
import { frameOf } from '../../tui/view-model.ts';
import { LANGUAGES, type Language } from '../../tui/words/words.ts';
import { faultyPlant, NOW, PROBES, VARIABLES } from './fake-plant.ts';

export const textOf = ({ spans }: Line): string => spans.map(({ text }) => text).join('');

/** What the screen knows after the snapshot of a plant. */
export function plantOf(list: ListView): PlantState {
  const data = { what: ['all'], list, records: [], log: [], frames: [] };
  const plant = applied(emptyPlant(NOW), { event: 'snapshot', data }, NOW);
  const variables = new Map(
    list.analyzers.map(({ profile }) => [profile, profile === 'das-8000' ? PROBES : VARIABLES]),
  );
  return { ...plant, variables };
}

export type Asked = Partial<Look> & {
  readonly list?: ListView;
  readonly chosen?: Partial<Ui>;
  readonly lang?: Language;
};

export function lookOf({ list = faultyPlant(), chosen = {}, lang = 'en', ...over }: Asked = {}): Look {
  return {
    plant: plantOf(list),
    ui: { ...firstUi(), ...chosen },
    now: NOW,
    columns: 80,
    rows: 24,
    words: LANGUAGES[lang],
    glyphs: glyphsOf(false),
    readOnly: false,
    server: '127.0.0.1:50007',
    ...over,
  };
}

/** The screen as texts, from top to bottom. */
export function screenOf(frame: FrameView): readonly string[] {
  const { header, tabs, help, body, bodyRows, messages, footer } = frame;
  const tables = (body.tables ?? []).flatMap(tableLines);
  const lines = [...(body.heading ? [body.heading] : []), ...body.lines, ...tables];
  // tables stand beside each other on the screen, and here below
  const rest = Array.from({ length: tables.length > 0 ? Math.max(0, bodyRows - lines.length) : 0 }, () =>
    blank('rest'),
  );
  const middle = help ?? [...lines, ...rest].slice(0, bodyRows);
  return [header, tabs, ...middle, ...messages, footer].flatMap((each) => (each ? [textOf(each).trimEnd()] : []));
}

export const screen = (asked: Asked = {}): readonly string[] => screenOf(frameOf(lookOf(asked)));
