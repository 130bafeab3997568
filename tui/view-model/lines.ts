import type { LineView } from '../../src/protocol/answers.ts';
import type { DeviceState } from '../../src/protocol/views.ts';
import { count, figure, percent } from '../formats/figure.ts';
import { bar } from '../formats/gauge.ts';
import type { Sign } from '../formats/glyphs.ts';
import { plain } from '../formats/width.ts';
import type { Tone } from '../state/ui.ts';
import { type Words, wordOf } from '../words/words.ts';
import { adviceOf, errorWords, joined, sinceOf } from './condition.ts';
import { span } from './line.ts';
import { LEAD, listBody } from './list-body.ts';
import { type Column, fitted, headingOf, rowOf } from './table.ts';
import { type Body, type Look, serverNow } from './view.ts';

const LOOKS: Readonly<Record<DeviceState, readonly [Sign, Tone]>> = {
  open: ['fine', 'good'],
  resting: ['wait', 'dim'],
  opening: ['wait', 'warn'],
  reopening: ['bad', 'bad'],
  paused: ['paused', 'accent'],
  closing: ['wait', 'warn'],
  closed: ['stopped', 'warn'],
  held: ['held', 'bad'],
  disabled: ['off', 'dim'],
};
/** Columns that stay when a sentence takes the place of figures. */
const HEAD = ['state', 'id', 'port'];
/** From this share on a line has no room for retries. */
const BUSY_SHARE = 0.8;

/** The lines as they were measured last, or the devices alone until then. */
export function linesOf({ plant }: Look): readonly LineView[] {
  const measured = new Map((plant.lines?.lines ?? []).map((each) => [each.id, each]));
  return [...plant.devices.values()].map((device) => ({
    ...(measured.get(device.id) ?? UNMEASURED),
    ...device,
  }));
}

const UNMEASURED: Pick<LineView, 'utilisation' | 'planned' | 'transactions' | 'errors' | 'asking' | 'waiting'> = {
  utilisation: 0,
  planned: null,
  transactions: { total: 0, perSecond: 0 },
  errors: {},
  asking: null,
  waiting: 0,
};

/** "no answer 12, checksum 3"; empty: none. */
export function errorCounts(errors: LineView['errors'], words: Words): string {
  const all = Object.entries(errors).filter(([, n]) => n > 0);
  return all
    .sort(([, a], [, b]) => b - a)
    .map(([kind, n]) => `${wordOf(words.lineErrors, kind) ?? plain(kind)} ${count(n)}`)
    .join(', ');
}

function columnsOf(look: Look): readonly Column<LineView>[] {
  const { words, glyphs, plant, columns } = look;
  const c = words.columns;
  const name = (id: number): string => plain(plant.analyzers.get(id)?.name || String(id));
  const load = ({ utilisation }: LineView): Tone => (utilisation >= BUSY_SHARE ? 'bad' : 'good');
  return [
    {
      ...{ key: 'state', title: c.state, width: 12, rank: 0, align: 'left' as const },
      cell: ({ state }) => span(`${glyphs.signs[LOOKS[state][0]]} ${words.deviceStates[state]}`, LOOKS[state][1]),
    },
    { key: 'id', title: c.line, width: 5, rank: 0, align: 'right', cell: ({ id }) => span(String(id)) },
    {
      ...{ key: 'port', title: c.port, width: 18, grow: 34, rank: 1, align: 'left' as const },
      cell: ({ description }) => span(plain(description)),
    },
    {
      ...{ key: 'plan', title: c.plan, width: 8, rank: 7, align: 'right' as const },
      cell: ({ planned }) => span(percent(planned), 'dim'),
    },
    {
      ...{ key: 'busy', title: c.busy, width: columns >= 120 ? 20 : 10, rank: 2, align: 'left' as const },
      cell: (row, width) => span(`${bar(row.utilisation, width - 5, glyphs)} ${percent(row.utilisation)}`, load(row)),
    },
    {
      ...{ key: 'rate', title: c.rate, width: 6, rank: 3, align: 'right' as const },
      cell: ({ transactions }) => span(figure(transactions.perSecond, 1)),
    },
    {
      ...{ key: 'errors', title: c.errors, width: 14, grow: 40, rank: 5, align: 'left' as const },
      cell: ({ errors }) => {
        const text = errorCounts(errors, words);
        return text === '' ? span(words.noErrors, 'dim') : span(text, 'warn');
      },
    },
    {
      ...{ key: 'asking', title: c.asking, width: 10, grow: 34, rank: 6, align: 'left' as const },
      cell: ({ asking }) =>
        asking ? span(`${name(asking.analyzer)} ${plain(asking.what)}`) : span(words.nobody, 'dim'),
    },
  ];
}

/**
 * The lines:
 *
 *     STATE         LINE PORT                 BUSY        PER S ERR            ASKED NOW
 *   ▶ ● open           1 /dev/ttyUSB0 19200   ███░░ 61%     7.4 no answer 12   Kitchen 3 registers
 *     ✖ lost           2 no such port; next try 18:05:42; is the adapter plugged in?
 */
export function linesBody(look: Look, height: number): Body {
  const { words, columns, glyphs } = look;
  const table = fitted(columnsOf(look), columns - LEAD, HEAD);
  return listBody(look, height, {
    screen: 'lines',
    heading: headingOf(table, glyphs.ellipsis).spans,
    rows: linesOf(look),
    keyOf: ({ id }) => String(id),
    draw: (row) => rowOf(table, row, glyphs.ellipsis, noteFor(row, look)),
    detailOf: (row) => detailOf(row, look),
    empty: words.noLines,
    cut: table.cut,
  });
}

function noteFor(row: LineView, { words }: Look) {
  if (row.error === null || row.state === 'open') return null;
  const text = joined([errorWords(row.error, words), adviceOf(row.error, words)]);
  return { head: HEAD, spans: [span(text)] };
}

function detailOf(row: LineView, look: Look): readonly string[] {
  const { words, plant } = look;
  const since = sinceOf(row.since, serverNow(look), words);
  const error = row.error ? plain(row.error.message) : '';
  const who = row.analyzers.map((id) => plain(plant.analyzers.get(id)?.name || String(id))).join(', ');
  const state = `${words.deviceStates[row.state]} ${since}`.trim();
  const waiting = row.waiting > 0 ? words.waiting(row.waiting) : '';
  const advice = row.state === 'open' ? '' : adviceOf(row.error, words);
  return [`${words.line(row.id)}: ${joined([state, error, waiting])}`, joined([advice, who])];
}
