import { epochMs } from '../domain/units.ts';
import type { QuarterDemand, Usage } from './charges/context.ts';
import { type EnergySeries, seriesOver } from './energy-series.ts';
import {
  columnsOf,
  listOf,
  type MeteredVariable,
  nameOf,
  type Place,
  placesOf,
  type UsageColumns,
  type UsageRecord,
} from './usage-columns.ts';

export type { MeteredVariable, UsageRecord } from './usage-columns.ts';

const QUARTER_MS = 900_000;

/**
 * What the records of an analyzer, by end, tell of consumption: differences of its counters with the instants between
 * which they were made, and mean power. `recordingMs`: length of a record whose start is not known.
 */
export function usageOf(
  records: readonly UsageRecord[],
  variables: readonly MeteredVariable[],
  recordingMs: number | null,
): Usage {
  return usageIn(columnsOf(records, listOf(placesOf(variables))), variables, recordingMs);
}

/** The same of records in lists. */
export function usageIn(told: UsageColumns, variables: readonly MeteredVariable[], recordingMs: number | null): Usage {
  const { power, imported, exported, reactive, reactivePower } = placesOf(variables);
  const times = timesOf(told, recordingMs);
  const kw = powerIn(told, power);
  const energies = (place: Place | null, by: Float64Array | null, sign: 1 | -1) =>
    energySeries(told, times, { place, kw: by, sign });
  const kvar = powerIn(told, reactivePower);
  return {
    imported: energies(imported, kw, 1),
    exported: exported === null ? null : energies(exported, kw, -1),
    reactive: reactive === null && kvar === null ? null : energies(reactive, kvar, 1),
    demand: kw === null ? NO_POWER : demandOf(told, kw, recordingMs),
  };
}

const NO_POWER = { unknown: 'active power is not recorded: excess of power cannot be computed' };

/** The records whose start is known: their places in all of them, null: it is every one. */
type Times = { readonly rows: Int32Array | null; readonly start: Float64Array; readonly end: Float64Array };

function timesOf({ length, start, end }: UsageColumns, recordingMs: number | null): Times {
  const isKnown = (row: number) => recordingMs !== null || !Number.isNaN(start[row]!);
  let known = 0;
  for (let row = 0; row < length; row += 1) if (isKnown(row)) known += 1;
  const rows = known === length ? null : new Int32Array(known);
  if (rows !== null) {
    for (let row = 0, at = 0; row < length; row += 1) if (isKnown(row)) rows[at++] = row;
  }
  const [starts, ends] = [new Float64Array(known), new Float64Array(known)];
  for (let at = 0; at < known; at += 1) {
    const row = rows === null ? at : rows[at]!;
    starts[at] = beginOf(start[row]!, end[row]!, recordingMs);
    ends[at] = end[row]!;
  }
  return { rows, start: starts, end: ends };
}

const beginOf = (start: number, end: number, recordingMs: number | null): number =>
  Number.isNaN(start) && recordingMs !== null ? end - recordingMs : start;

/** Power of each record, of all its phases; NaN where one is missing. null: it is not recorded. */
function powerIn({ length, columns }: UsageColumns, places: readonly Place[]): Float64Array | null {
  if (places.length === 0) return null;
  const sums = new Float64Array(length);
  for (const place of places) {
    const { values } = columns.get(nameOf(place))!;
    for (let row = 0; row < length; row += 1) sums[row]! += values[row]! * place.factor;
  }
  return sums;
}

type Source = {
  readonly place: Place | null;
  readonly kw: Float64Array | null;
  /** Which direction of power the counter counts. */
  readonly sign: 1 | -1;
};

function energySeries({ columns }: UsageColumns, times: Times, { place, kw, sign }: Source): EnergySeries {
  const series = seriesOver(times.start, times.end);
  if (kw !== null) addPower(series, times, kw, sign);
  const column = place === null ? undefined : columns.get(nameOf(place));
  if (place === null || column === undefined) return series;
  const { start, end, from: begins, to: ends, kwh } = series;
  const { rows } = times;
  /** The last value, and when it was read: what the next difference is made to, unless records are missing between. */
  let last = Number.NaN;
  let lastValue = Number.NaN;
  let isWhole = true;
  for (let at = 0; at < series.length; at += 1) {
    const row = rows === null ? at : rows[at]!;
    if (at > 0 && start[at]! > end[at - 1]!) isWhole = false;
    const value = column.values[row]!;
    if (Number.isNaN(value)) continue;
    const delta = column.delta[row]!;
    const read = column.at[row]!;
    // an old lector does not say when it read the counter
    const to = Number.isNaN(read) ? end[at]! : read;
    // without the value before, nobody knows since when it counted; after a clock was put back, it is the record's
    const isSinceLast = Number.isNaN(last) || (last < to && (isWhole || isDifference(delta, value, lastValue)));
    const from = isSinceLast ? last : start[at]!;
    last = to;
    lastValue = value;
    isWhole = true;
    if (Number.isNaN(delta) || !(from < to)) continue;
    begins[at] = from;
    ends[at] = to;
    kwh[at] = delta * place.factor;
  }
  return series;
}

/**
 * Whether a difference is that of these two values. Where it is not, a record between them is not here: what that one
 * counted is not known, and this one counted since it began.
 */
const isDifference = (delta: number, value: number, before: number): boolean =>
  Math.abs(value - before - delta) <= 1e-9 * Math.abs(value) + 1e-6;

function addPower({ kw: own, end }: EnergySeries, { rows }: Times, kw: Float64Array, sign: 1 | -1): void {
  for (let at = 0; at < own.length; at += 1) {
    // lived through twice: what the power was the second time
    if (at + 1 < own.length && end[at + 1] === end[at]) continue;
    own[at] = Math.max(0, kw[rows === null ? at : rows[at]!]! * sign);
  }
}

/** Mean power of each quarter hour of the clock that records cover whole. */
function demandOf(
  { length, start: starts, end: ends }: UsageColumns,
  power: Float64Array,
  recordingMs: number | null,
): Usage['demand'] {
  const whole: QuarterDemand[] = [];
  let straddling: number | null = null;
  let [quarter, kwMs, covered] = [Number.NaN, 0, 0];
  const finish = () => {
    if (covered === QUARTER_MS) whole.push({ end: epochMs(quarter), kw: kwMs / covered });
  };
  for (let row = 0; row < length; row += 1) {
    const end = ends[row]!;
    const start = beginOf(starts[row]!, end, recordingMs);
    const kw = power[row]!;
    if (Number.isNaN(start) || Number.isNaN(kw) || (row + 1 < length && ends[row + 1] === end)) continue;
    const own = Math.ceil(end / QUARTER_MS) * QUARTER_MS;
    const ms = end - start;
    if (start < own - QUARTER_MS) {
      straddling ??= ms;
      continue;
    }
    if (own !== quarter) {
      finish();
      [quarter, kwMs, covered] = [own, 0, 0];
    }
    kwMs += kw * ms;
    covered += ms;
  }
  finish();
  if (whole.length > 0 || straddling === null) return whole;
  const words = `records of ${Math.round(straddling / 60_000)} minutes (tempsgravacio) make no quarter hours`;
  return { unknown: `${words}: excess of power cannot be computed; 1, 3, 5 or 15 do` };
}
