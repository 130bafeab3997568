import type { AnalyzerView, DeviceView } from '../../client/index.ts';
import { agoText, numberText, spanText } from './human.ts';
import type { Screen, Tone } from './screen.ts';
import { type Column, tableText } from './table.ts';

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

/** PAT is in kW on every meter, and its total stands last where phases stand before it. */
const powerKw = ({ lastReading }: AnalyzerView): number | null => lastReading?.values.PAT?.at(-1) ?? null;

/** The columns are documented and stable: new ones come at the end. */
const columns = (now: number): readonly Column<AnalyzerView>[] => [
  { title: 'id', align: 'right', plain: ({ id }) => id },
  { title: 'name', plain: ({ name }) => name, narrowest: 12 },
  { title: 'model', plain: ({ model }) => model, narrowest: 6, from: 100 },
  { title: 'line', align: 'right', plain: ({ device }) => device, from: 100 },
  { title: 'state', plain: ({ state }) => state, tone: ({ state }) => stateTone(state) },
  { title: 'since', align: 'right', plain: ({ since }) => since, shown: ({ since }) => agoText(since, now) },
  {
    title: 'age',
    align: 'right',
    plain: ({ ageMs }) => (ageMs === null ? null : ageMs / 1000),
    shown: ({ ageMs }) => spanText(ageMs),
  },
  { title: 'kW', align: 'right', plain: powerKw, shown: (row) => numberText(powerKw(row)) },
  {
    title: 'kWh today',
    align: 'right',
    plain: ({ today }) => today.energyKwh,
    shown: ({ today }) => numberText(today.energyKwh),
  },
  { title: 'error', plain: ({ error }) => error?.message ?? null, narrowest: 12 },
];

/**
 * Analyzers by id; `now` is the server's:
 *
 *   id  name              model  line  state      since    age    kW  kWh today  error
 *    1  Main switchboard  PM710     1  recording  4 min  0.4 s  12.40      103.2  -
 */
export function analyzersText(analyzers: readonly AnalyzerView[], now: number, screen: Screen): string {
  return tableText(
    columns(now),
    analyzers.toSorted((a, b) => a.id - b.id),
    screen,
  );
}

const deviceColumns = (now: number): readonly Column<DeviceView>[] => [
  { title: 'line', plain: ({ id }) => `line:${id}` },
  { title: 'where', plain: ({ description }) => description, narrowest: 12 },
  { title: 'state', plain: ({ state }) => state, tone: ({ state }) => stateTone(state) },
  { title: 'since', align: 'right', plain: ({ since }) => since, shown: ({ since }) => agoText(since, now) },
  { title: 'analyzers', plain: ({ analyzers }) => analyzers.join(' ') },
  { title: 'error', plain: ({ error }) => error?.message ?? null, narrowest: 12 },
];

/** Devices, for `status line:1`. */
export const devicesText = (devices: readonly DeviceView[], now: number, screen: Screen): string =>
  tableText(deviceColumns(now), devices, screen);
