import type { AnalyzerView, DeviceView, VersionView } from '../client/index.ts';
import { safe } from '../domain/safe.ts';
import { agoText, numberText, percentText, spanText, timeText } from './ctl/human.ts';
import { wrapText } from './ctl/text-width.ts';
import { costMissingText, missingText, type VirtualView } from './ctl/virtual-text.ts';

/** A name and what is known; null: nothing is. */
export type Fact = readonly [string, string | null];

/** Facts under one another, names to the left, wrapped to a terminal of `columns`; what is not known is `-`. */
export function factsText(facts: readonly Fact[], columns: number): string {
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  const lines = facts.flatMap(([name, value]) => {
    const texts = wrapText(safe(value || '-', TEXT_MAX), Math.max(VALUE_MIN, columns - width));
    return texts.map((text, n) => `${(n === 0 ? name : '').padEnd(width)}${text}\n`);
  });
  return lines.join('');
}

/** Narrower is not worth wrapping for. */
const VALUE_MIN = 20;

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
 *   cost       today 24.10 by the contract school
 */
export function analyzerCard(view: AnalyzerView, now: number, columns: number): string {
  const facts: readonly Fact[] = [
    ['analyzer', [String(view.id), view.name, view.location].filter((each) => each !== '').join(', ')],
    ['meter', meterText(view)],
    ['state', `${stateText(view, now)}${untilText(view)}`],
    ...(view.error === null ? [] : [['error', view.error.message] as const]),
    ...(view.nextTry === null ? [] : [['next try', `${clock(view.nextTry)}, after ${view.attempt} in vain`] as const]),
    ['reading', readingText(view)],
    ['recording', recordingText(view)],
    ['power', powerText(view)],
    ...(view.tariff === undefined ? [] : [['cost', costText(view.today.cost, view.tariff)] as const]),
  ];
  return factsText(facts, columns);
}

const clock = (at: string | null): string => timeText(at)?.slice(11) ?? '-';

function meterText({ vendor, model, address, device, simulated, identification }: AnalyzerView): string {
  const name = vendor === '' || model.startsWith(vendor) ? model : `${vendor} ${model}`;
  const itself = identification?.trim() ?? '';
  const said = itself === '' || itself === name ? '' : `, "${itself}"`;
  return `${name}${simulated ? ' (simulated)' : ''}, address ${address} on line ${device}${said}`;
}

function stateText({ state, since }: AnalyzerView | DeviceView, now: number): string {
  const from = since === null ? '' : ` since ${clock(since)} (${agoText(since, now)})`;
  return `${state}${from}`;
}

/** Until when it is left alone. */
function untilText({ state, pausedUntil, pausedBy }: AnalyzerView): string {
  if (state === 'paused') {
    const line = pausedBy === 'line' ? ', with its line' : '';
    return `${line}, until ${pausedUntil === null ? 'it is resumed' : clock(pausedUntil)}`;
  }
  return state === 'stopped' ? ', until it is started' : '';
}

/** How something is now, in a line: `failed since 19:09:05 (17 s), tried again at 19:09:38`. */
export function nowadaysText(view: AnalyzerView | DeviceView, now: number): string {
  if ('analyzers' in view) return stateText(view, now);
  const again = view.nextTry === null ? '' : `, tried again at ${clock(view.nextTry)}`;
  return `${stateText(view, now)}${untilText(view)}${again}`;
}

function readingText({ ageMs, readingMs, rapidMs, readings, errorShare }: AnalyzerView): string {
  const last = ageMs === null ? 'none yet' : `${spanText(ageMs)} ago`;
  const rapid = rapidMs === null ? '' : ` (some every ${rapidMs / 1000} s)`;
  const share = errorShare ? ` (${percentText(errorShare)} lately)` : '';
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
export function deviceCard(view: DeviceView, now: number, columns: number): string {
  const facts: readonly Fact[] = [
    ['line', `${view.id}, ${view.description}`],
    ['state', stateText(view, now)],
    ...(view.error === null ? [] : [['error', view.error.message] as const]),
    ['analyzers', view.analyzers.join(' ')],
  ];
  return factsText(facts, columns);
}

/**
 * A sum of analyzers, which is computed by whoever looks:
 *
 *   sum      100, Building, Sa Pobla
 *   of       1 - 5
 *   reading  1.2 s ago at the oldest
 *   power    30.25 kW, today 100.3 kWh
 *   cost     today 24.10 by the contract school
 */
export function virtualCard(view: VirtualView, columns: number): string {
  const { id, name, location, of, ageMs, kw, energyKwh, cost, tariff } = view;
  const power = numberText(kw);
  const kwh = numberText(energyKwh);
  const how = view.energyFrom === 'power' ? ' (reckoned from power, without the time that was not read)' : '';
  const figures = [...(power === null ? [] : [`${power} kW`]), ...(kwh === null ? [] : [`today ${kwh} kWh${how}`])];
  const isMissing = view.missing.length > 0;
  const money = cost === null ? costMissingText(view) : costText(cost, tariff ?? '');
  const facts: readonly Fact[] = [
    ['sum', [String(id), name, location].filter((each) => each !== '').join(', ')],
    ['of', of],
    ['reading', ageMs === null ? 'not all were read yet' : `${spanText(ageMs)} ago at the oldest`],
    ['power', isMissing ? missingText(view) : figures.join(', ')],
    ...(money === null || isMissing ? [] : [['cost', money] as const]),
  ];
  return factsText(facts, columns);
}

/** What the energy of today costs; null: it is not known. */
const costText = (cost: number | null, tariff: string): string | null =>
  cost === null ? null : `today ${moneyText(cost)} by the contract ${tariff}`;

/** Two decimals, and never a minus before nothing. */
const moneyText = (amount: number): string => amount.toFixed(2).replace(/^-(?=0\.00$)/, '');

/** What server it is, and what it lets this client do. */
export function versionCard(
  { product, version, protocol, runtime, pid, startedAt, access }: VersionView,
  columns: number,
): string {
  const facts: readonly Fact[] = [
    ['server', `${product} ${version}, process ${pid}, on ${runtime}`],
    ['protocol', String(protocol)],
    ['started', timeText(startedAt)],
    ['access', access === 'full' ? 'everything may be asked of it' : 'it may only be looked at from here'],
  ];
  return factsText(facts, columns);
}
