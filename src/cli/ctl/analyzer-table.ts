import type { AnalyzerView, DeviceView } from '../../client/index.ts';
import { safe } from '../../domain/safe.ts';
import { patKw } from '../../protocol/virtual-view.ts';
import { agoText, numberText, spanText, timeText } from './human.ts';
import type { Screen, Tone } from './screen.ts';
import { type Column, tableText } from './table.ts';
import { wrapText } from './text-width.ts';
import { missingText, type VirtualView } from './virtual-text.ts';

const STATE_TONES: Readonly<Record<string, Tone>> = {
  polling: 'good',
  recording: 'good',
  open: 'good',
  running: 'good',
  idle: 'good',
  sending: 'good',
  connecting: 'warning',
  opening: 'warning',
  paused: 'warning',
  stopped: 'warning',
  backingOff: 'bad',
  reopening: 'bad',
  failed: 'bad',
  parked: 'bad',
  held: 'bad',
};

/** The colour of the word for a state, whosever it is. */
export const stateTone = (state: string): Tone => STATE_TONES[state] ?? 'plain';

/** What a row is made of: an analyzer, or a sum of several. */
type Row = {
  readonly id: number;
  readonly name: string;
  readonly model: string;
  readonly line: number | null;
  readonly state: string;
  readonly since: string | null;
  readonly ageMs: number | null;
  readonly kw: number | null;
  readonly kwh: number | null;
  readonly error: string | null;
  /** What is to be known of it, a sentence; null: nothing. */
  readonly note: string | null;
};

/** The columns are documented and stable: new ones come at the end. */
const columns = (now: number): readonly Column<Row>[] => [
  { title: 'id', align: 'right', plain: ({ id }) => id },
  { title: 'name', plain: ({ name }) => name, narrowest: 12 },
  { title: 'model', plain: ({ model }) => model, narrowest: 6, from: 100 },
  { title: 'line', align: 'right', plain: ({ line }) => line, from: 100 },
  { title: 'state', plain: ({ state }) => state, tone: ({ state }) => stateTone(state) },
  { title: 'since', align: 'right', plain: ({ since }) => since, shown: ({ since }) => agoText(since, now) },
  {
    title: 'age',
    align: 'right',
    plain: ({ ageMs }) => (ageMs === null ? null : ageMs / 1000),
    shown: ({ ageMs }) => spanText(ageMs),
  },
  { title: 'kW', align: 'right', plain: ({ kw }) => kw, shown: ({ kw }) => numberText(kw) },
  { title: 'kWh today', align: 'right', plain: ({ kwh }) => kwh, shown: ({ kwh }) => numberText(kwh) },
  // on a terminal it stands below the table, in full
  { title: 'error', plain: ({ error }) => error, from: Number.POSITIVE_INFINITY },
];

const analyzerRow = (view: AnalyzerView): Row => ({
  ...{ id: view.id, name: view.name, model: view.model, line: view.device, state: view.state, since: view.since },
  ...{ ageMs: view.ageMs, kw: patKw(view), kwh: view.today.energyKwh },
  error: view.error?.message ?? lineNote(view),
  note: noteOf(view),
});

/** It is no meter: what it is made of stands where a model does. */
const virtualRow = (view: VirtualView): Row => ({
  ...{ id: view.id, name: view.name, model: view.of, line: null, state: 'computed', since: null },
  ...{ ageMs: view.ageMs, kw: view.kw, kwh: view.energyKwh },
  ...{ error: missingText(view), note: missingText(view) },
});

/** What tells it from one that was paused by hand. */
const lineNote = ({ pausedBy }: AnalyzerView): string | null => (pausedBy === 'line' ? 'paused with its line' : null);

/**
 * Analyzers by id, then sums of them; `now` is the server's:
 *
 *   id  name              model  line  state     since    age     kW  kWh today
 *    1  Main switchboard  PM710     1  polling   4 min  0.4 s  12.40      103.2
 *    2  Kitchen           PM500     1  failed     17 s   22 s  8.840       80.1
 *  100  Building          1 - 2     -  computed      -   22 s      -          -
 *
 *   2 failed: unit 2 on /dev/ttyUSB0 did not answer within 1000 ms: check its address, its wiring and its power
 *   100 not known: analyzer 2 (Kitchen) is failed
 */
export function analyzersText(
  analyzers: readonly AnalyzerView[],
  now: number,
  screen: Screen,
  virtuals: readonly VirtualView[] = [],
): string {
  const sorted = analyzers.toSorted((a, b) => a.id - b.id).map(analyzerRow);
  const rows = [...sorted, ...virtuals.map(virtualRow)];
  const table = tableText(columns(now), rows, screen);
  const notes = screen.tty ? notesText(rows, screen) : '';
  return notes === '' ? table : `${table}\n${notes}`;
}

/** What is to be known of some of them, a sentence each; those of whom the same is to be said share it. */
function notesText(rows: readonly Row[], screen: Screen): string {
  const ids = new Map<string, number[]>();
  for (const { id, note } of rows) {
    if (note !== null) ids.set(note, [...(ids.get(note) ?? []), id]);
  }
  const notes = [...ids].flatMap(([note, which]) => wrapText(`${which.join(', ')} ${note}`, screen.columns));
  return notes.map((line) => `${line}\n`).join('');
}

function noteOf(view: AnalyzerView): string | null {
  const { state, error, pausedUntil } = view;
  if (error !== null) return `${state}: ${safe(error.message, NOTE_MAX)}`;
  const paused = lineNote(view);
  return pausedUntil === null ? paused : `${paused ?? state} until ${timeText(pausedUntil)?.slice(11)}`;
}

/** More than any sentence of the server. */
const NOTE_MAX = 2000;

const deviceColumns = (now: number): readonly Column<DeviceView>[] => [
  { title: 'line', plain: ({ id }) => `line:${id}` },
  { title: 'where', plain: ({ description }) => description, narrowest: 12 },
  { title: 'state', plain: ({ state }) => state, tone: ({ state }) => stateTone(state) },
  { title: 'since', align: 'right', plain: ({ since }) => since, shown: ({ since }) => agoText(since, now) },
  { title: 'analyzers', plain: ({ analyzers }) => analyzers.join(' ') },
  { title: 'error', plain: ({ error }) => error?.message ?? null, narrowest: 20, wraps: true },
];

/** Devices, for `status line:1`. */
export const devicesText = (devices: readonly DeviceView[], now: number, screen: Screen): string =>
  tableText(deviceColumns(now), devices, screen);
