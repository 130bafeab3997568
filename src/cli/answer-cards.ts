import type { AnalyzerView, DeviceView } from '../client/index.ts';
import { safe } from '../domain/safe.ts';
import { agoText, numberText, percentText, spanText, timeText } from './ctl/human.ts';

/** A name and what is known; null: nothing is. */
export type Fact = readonly [string, string | null];

/** Facts under one another, names to the left; what is not known is `-`. */
export function factsText(facts: readonly Fact[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${safe(value || '-', TEXT_MAX)}\n`).join('');
}

const TEXT_MAX = 2000;

/**
 * Everything about one analyzer that fits ten lines; `now` is the server's clock:
 *
 *   analyzer   1, Main switchboard, Sa Pobla
 *   meter      Schneider PM710, address 1 on line 1, "PM710 v3.02"
 *   state      polling since 08:00:00 (10 h)
 *   reading    1.2 s ago, every 60 s; 600 good, 1 failed
 *   recording  every 15 min; until 18:00:00 with 15 of 15 readings
 *   power      12.40 kW, today 84.20 kWh
 */
export function analyzerCard(view: AnalyzerView, now: number): string {
  return factsText([
    ['analyzer', [String(view.id), view.name, view.location].filter((each) => each !== '').join(', ')],
    ['meter', meterText(view)],
    ['state', stateText(view, now)],
    ...(view.error === null ? [] : [['error', view.error.message] as const]),
    ...(view.nextTry === null ? [] : [['next try', `${clock(view.nextTry)}, after ${view.attempt} in vain`] as const]),
    ['reading', readingText(view)],
    ['recording', recordingText(view)],
    ['power', powerText(view)],
  ]);
}

const clock = (at: string | null): string => timeText(at)?.slice(11) ?? '-';

function meterText({ vendor, model, address, device, simulated, identification }: AnalyzerView): string {
  const name = vendor === '' || model.startsWith(vendor) ? model : `${vendor} ${model}`;
  const said = identification === null ? '' : `, "${identification.trimEnd()}"`;
  return `${name}${simulated ? ' (simulated)' : ''}, address ${address} on line ${device}${said}`;
}

function stateText({ state, since, pausedUntil }: AnalyzerView | (DeviceView & { pausedUntil: null }), now: number) {
  const from = since === null ? '' : ` since ${clock(since)} (${agoText(since, now)})`;
  return `${state}${from}${pausedUntil === null ? '' : `, until ${clock(pausedUntil)}`}`;
}

function readingText({ ageMs, readingMs, rapidMs, readings, errorShare }: AnalyzerView): string {
  const last = ageMs === null ? 'none yet' : `${spanText(ageMs)} ago`;
  const rapid = rapidMs === null ? '' : ` (some every ${rapidMs / 1000} s)`;
  const share = errorShare ? ` (${percentText(errorShare)} of the last)` : '';
  return `${last}, every ${readingMs / 1000} s${rapid}; ${readings.good} good, ${readings.failed} failed${share}`;
}

function recordingText({ recordingMs, lastRecord }: AnalyzerView): string {
  const every = `every ${recordingMs / 60_000} min`;
  if (lastRecord === null) return `${every}; none yet`;
  return `${every}; until ${clock(lastRecord.end)} with ${lastRecord.n} of ${lastRecord.expected} readings`;
}

/** PAT is in kW on every meter, its total last. */
function powerText({ lastReading, today }: AnalyzerView): string | null {
  const kw = numberText(lastReading?.values.PAT?.at(-1));
  const kwh = numberText(today.energyKwh);
  const parts = [...(kw === null ? [] : [`${kw} kW`]), ...(kwh === null ? [] : [`today ${kwh} kWh`])];
  return parts.length === 0 ? null : parts.join(', ');
}

/** The same of a line. */
export function deviceCard(view: DeviceView, now: number): string {
  return factsText([
    ['line', `${view.id}, ${view.description}`],
    ['state', stateText({ ...view, pausedUntil: null }, now)],
    ...(view.error === null ? [] : [['error', view.error.message] as const]),
    ['analyzers', view.analyzers.join(' ')],
  ]);
}
