import { epochMs } from '../domain/units.ts';
import type { QuarterDemand, Usage } from './charges/context.ts';
import { type EnergySeries, seriesOver } from './energy-series.ts';
import { allSteps } from './steps.ts';
import {
  type Column,
  columnsOf,
  listOf,
  type MeteredVariable,
  nameOf,
  type Place,
  type Places,
  placesOf,
  recordedIn,
  recordedPlaces,
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
  return usageIn(columnsOf(records, listOf(placesOf(variables, recordedIn(records)))), variables, recordingMs);
}

/** The same of records in lists. */
export function usageIn(told: UsageColumns, variables: readonly MeteredVariable[], recordingMs: number | null): Usage {
  return allSteps(usagePieces(told, variables, recordingMs));
}

/** Records that are gone through at a time. */
const PIECE = 32_768;

/** The same in pieces of work that take a ms or so each, whatever the number of records: others have their turn. */
export function* usagePieces(
  told: UsageColumns,
  variables: readonly MeteredVariable[],
  recordingMs: number | null,
): Generator<void, Usage> {
  const places = recordedPlaces(variables, told);
  const { power, imported, exported, reactive, reactivePower } = places;
  const times = yield* timesOf(told, recordingMs);
  const kw = yield* powerIn(told, power);
  const kvar = yield* powerIn(told, reactivePower);
  const energies = (place: Place | null, by: Power | null, sign: 1 | -1) =>
    energySeries(told, times, { place, power: by, sign });
  return {
    imported: yield* energies(imported, kw, 1),
    exported: exported === null ? null : yield* energies(exported, kw, -1),
    reactive: reactive === null && kvar === null ? null : yield* energies(reactive, kvar, 1),
    ...(isBothWays(imported, variables, kw) && { notes: [BOTH_WAYS] }),
    demand: kw !== null ? yield* demandOf(told, kw, recordingMs) : isSilent(places, variables) ? [] : NO_POWER,
  };
}

/** It measures power, and there is nothing of it at all: that is no question of what is recorded. */
const isSilent = (recorded: Places, variables: readonly MeteredVariable[]): boolean =>
  listOf(recorded).length === 0 && placesOf(variables).power.length > 0;

const BOTH_WAYS =
  'the counter that is recorded counts what is used and what is fed in together, and power was fed in: that is in ' +
  'the energy of this bill; record the one of imported energy (CEA), where the meter has it';
/** Less is a meter that shows next to nothing. */
const FED_IN_KW = 0.05;

const isBothWays = (imported: Place | null, variables: readonly MeteredVariable[], power: Power | null): boolean =>
  variables.some(({ code, quantity }) => code === imported?.code && quantity === 'activeEnergyTotal') &&
  power?.kw.some((kw) => kw < -FED_IN_KW) === true;

const NO_POWER = { unknown: 'active power is not recorded: excess of power cannot be computed' };

function* inPieces(length: number, work: (from: number, to: number) => void): Generator<void, void> {
  for (let from = 0; from < length; from += PIECE) {
    work(from, Math.min(length, from + PIECE));
    yield;
  }
}

/** The records whose start is known: their places in all of them, null: it is every one. */
type Times = { readonly rows: Int32Array | null; readonly start: Float64Array; readonly end: Float64Array };

function* timesOf({ length, start, end }: UsageColumns, recordingMs: number | null): Generator<void, Times> {
  const isKnown = (row: number) => recordingMs !== null || !Number.isNaN(start[row]!);
  let known = 0;
  for (let row = 0; row < length; row += 1) if (isKnown(row)) known += 1;
  const rows = known === length ? null : new Int32Array(known);
  if (rows !== null) {
    for (let row = 0, at = 0; row < length; row += 1) if (isKnown(row)) rows[at++] = row;
  }
  const [starts, ends] = [new Float64Array(known), new Float64Array(known)];
  yield* inPieces(known, (first, last) => {
    for (let at = first; at < last; at += 1) {
      const row = rows === null ? at : rows[at]!;
      starts[at] = beginOf(start[row]!, end[row]!, recordingMs);
      ends[at] = end[row]!;
    }
  });
  return { rows, start: starts, end: ends };
}

const beginOf = (start: number, end: number, recordingMs: number | null): number =>
  Number.isNaN(start) && recordingMs !== null ? end - recordingMs : start;

/**
 * Of each record power of all its phases, NaN where one is missing, and the least share of readings behind them; null:
 * nowhere is one missing. A mean of at least {@link GOOD_SHARE} of the readings that were due stands for all of its
 * record; that of fewer stands for as much of it as they are, and the rest is without data.
 */
type Power = { readonly kw: Float64Array; readonly share: Float64Array | null };

/** Of the readings that are due: one of 15 may fail. */
const GOOD_SHARE = 0.9;

/** null: it is not recorded. */
function* powerIn({ length, columns }: UsageColumns, places: readonly Place[]): Generator<void, Power | null> {
  if (places.length === 0) return null;
  const kw = new Float64Array(length);
  let least: Float64Array | null = null;
  for (const place of places) {
    const { values, share } = columns.get(nameOf(place))!;
    yield* inPieces(length, (first, last) => {
      for (let row = first; row < last; row += 1) kw[row]! += values[row]! * place.factor;
    });
    for (let row = 0; row < length; row += 1) {
      if (!(share[row]! < 1) || Number.isNaN(values[row])) continue;
      least ??= new Float64Array(length).fill(1);
      least[row] = Math.min(least[row]!, share[row]!);
    }
    yield;
  }
  return { kw, share: least };
}

type Source = {
  readonly place: Place | null;
  readonly power: Power | null;
  /** Which direction of power the counter counts. */
  readonly sign: 1 | -1;
};

function* energySeries(
  { columns }: UsageColumns,
  times: Times,
  { place, power, sign }: Source,
): Generator<void, EnergySeries> {
  const all = seriesOver(times.start, times.end);
  const { length } = all;
  const share = power?.share ?? null;
  const series = share === null ? all : { ...all, until: untilOf(times, share) };
  if (power !== null) {
    const { kw } = power;
    yield* inPieces(length, (first, last) => addPower(series, times, { kw, sign, first, last }));
  }
  const column = place === null ? undefined : columns.get(nameOf(place));
  if (place === null || column === undefined) return series;
  const counting: Counting = { series, column, rows: times.rows, factor: place.factor, ...NOTHING_READ };
  yield* inPieces(length, (first, last) => addSteps(counting, first, last));
  return series;
}

type Counting = {
  readonly series: EnergySeries;
  readonly column: Column;
  readonly rows: Times['rows'];
  readonly factor: number;
  /** The last value, and when it was read: what the next difference is made to, unless records are missing between. */
  last: number;
  lastValue: number;
  isWhole: boolean;
};
const NOTHING_READ = { last: Number.NaN, lastValue: Number.NaN, isWhole: true };

function addSteps(counting: Counting, first: number, until: number): void {
  const { column, rows, factor } = counting;
  const { start, end, from: begins, to: ends, kwh } = counting.series;
  let { last, lastValue, isWhole } = counting;
  for (let at = first; at < until; at += 1) {
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
    kwh[at] = delta * factor;
  }
  counting.last = last;
  counting.lastValue = lastValue;
  counting.isWhole = isWhole;
}

/**
 * Whether a difference is that of these two values. Where it is not, a record between them is not here: what that one
 * counted is not known, and this one counted since it began.
 */
const isDifference = (delta: number, value: number, before: number): boolean =>
  Math.abs(value - before - delta) <= 1e-9 * Math.abs(value) + 1e-6;

/** Until when the power of each record tells of it. */
function untilOf({ rows, start, end }: Times, share: Float64Array): Float64Array {
  return end.map((until, at) => {
    const own = share[rows === null ? at : rows[at]!]!;
    return own < GOOD_SHARE ? start[at]! + (until - start[at]!) * own : until;
  });
}

type PowerPiece = {
  readonly kw: Float64Array;
  readonly sign: 1 | -1;
  readonly first: number;
  readonly last: number;
};

function addPower({ kw: own, end }: EnergySeries, { rows }: Times, { kw, sign, first, last }: PowerPiece): void {
  for (let at = first; at < last; at += 1) {
    // lived through twice: what the power was the second time
    if (at + 1 < own.length && end[at + 1] === end[at]) continue;
    own[at] = Math.max(0, kw[rows === null ? at : rows[at]!]! * sign);
  }
}

/**
 * Mean power of each quarter hour of the clock that records cover whole, and of which at least {@link GOOD_SHARE} of
 * the readings are there: of fewer nobody knows its mean.
 */
function* demandOf(
  { length, start: starts, end: ends }: UsageColumns,
  { kw: power, share }: Power,
  recordingMs: number | null,
): Generator<void, Usage['demand']> {
  const whole: QuarterDemand[] = [];
  let straddling: number | null = null;
  let [quarter, kwMs, covered, read] = [Number.NaN, 0, 0, 0];
  const finish = () => {
    if (covered === QUARTER_MS && read >= QUARTER_MS * GOOD_SHARE)
      whole.push({ end: epochMs(quarter), kw: kwMs / covered });
  };
  const add = (row: number) => {
    const end = ends[row]!;
    const start = beginOf(starts[row]!, end, recordingMs);
    const kw = power[row]!;
    if (Number.isNaN(start) || Number.isNaN(kw) || (row + 1 < length && ends[row + 1] === end)) return;
    const own = Math.ceil(end / QUARTER_MS) * QUARTER_MS;
    const ms = end - start;
    if (start < own - QUARTER_MS) {
      straddling ??= ms;
      return;
    }
    if (own !== quarter) {
      finish();
      quarter = own;
      kwMs = 0;
      covered = 0;
      read = 0;
    }
    kwMs += kw * ms;
    covered += ms;
    read += share === null ? ms : ms * share[row]!;
  };
  yield* inPieces(length, (first, last) => {
    for (let row = first; row < last; row += 1) add(row);
  });
  finish();
  return whole.length > 0 || straddling === null ? whole : noQuarters(straddling);
}

function noQuarters(ms: number): Usage['demand'] {
  const words = `records of ${Math.round(ms / 60_000)} minutes (tempsgravacio) make no quarter hours`;
  return { unknown: `${words}: excess of power cannot be computed; 1, 3, 5 or 15 do` };
}
