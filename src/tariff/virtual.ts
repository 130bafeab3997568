import type { QuarterDemand, Usage } from './charges/context.ts';
import { energyInSpans, type SpanList } from './energy.ts';
import { type EnergySeries, emptySeries } from './energy-series.ts';
import { allSteps } from './steps.ts';

const HOUR_MS = 3_600_000;
/** Less is of rounding. */
const WORTH_KWH = 0.0005;
/** A window of which less is known is not known: the counter is read some seconds before its end. */
const KNOWN_SHARE = 0.98;

type Named = { readonly sign: 1 | -1; readonly name: string; readonly usage: Usage };

/**
 * The consumption of a sum of analyzers, in the windows of all of them. What one of them does not tell the sum does not
 * either: that time is without data. Their order makes no difference.
 */
export function combinedUsage(terms: readonly Named[]): Usage {
  return allSteps(combinedSteps(terms));
}

/** The same in steps of some ms for a year of records: who has others to serve does so in between. */
export function* combinedSteps(terms: readonly Named[]): Generator<void, Usage> {
  if (terms.length === 0) throw new Error('a sum of no analyzers');
  const windows = yield* windowsOf(terms.map(({ usage }) => usage.imported));
  const combined = function* (pick: (usage: Usage) => EnergySeries | null): Generator<void, Summed | null> {
    const parts = terms.map(({ sign, usage }) => ({ sign, series: pick(usage) }));
    if (parts.some(({ series }) => series === null)) return null;
    const known = parts.flatMap(({ sign, series }) => (series === null ? [] : [{ sign, series }]));
    return yield* sumIn(windows, known);
  };
  const imported = yield* combined((usage) => usage.imported);
  const exported = yield* combined((usage) => usage.exported);
  const reactive = yield* combined((usage) => usage.reactive);
  return {
    imported: imported?.sum ?? emptySeries(0),
    ...{ exported: exported?.sum ?? null, reactive: reactive?.sum ?? null },
    demand: yield* combinedDemand(terms),
    unbilled: terms.flatMap(({ usage }) => usage.unbilled ?? []),
    notes: [
      `of ${terms.map(({ sign, name }, at) => `${sign < 0 ? '- ' : at > 0 ? '+ ' : ''}${name}`).join(' ')}`,
      ...new Set([...terms.flatMap(({ usage }) => usage.notes ?? []), ...goneOn(terms, imported?.isGoneOn ?? [])]),
    ],
  };
}

/** `isShared`: whether each of them has a record there; 1 or 0. */
type Windows = SpanList & { readonly isShared: Uint8Array };

/** From the first to the last of their windows, divided where one begins or ends. */
function* windowsOf(all: readonly EnergySeries[]): Generator<void, Windows> {
  let borders = new Float64Array(0);
  for (const series of all) {
    borders = joined(borders, bordersOf(series));
    yield;
  }
  const length = Math.max(0, borders.length - 1);
  const isShared = new Uint8Array(length);
  const places = all.map(() => 0);
  for (let at = 0; at < length; at += 1) {
    let isAll = true;
    for (const [index, series] of all.entries()) isAll = isWithin(series, borders[at]!, places, index) && isAll;
    isShared[at] = isAll ? 1 : 0;
  }
  yield;
  const tally = Int32Array.from(isShared.keys());
  return { length, from: borders.subarray(0, length), to: borders.subarray(1), tally, isShared };
}

/** Where its windows begin and end, ascending. */
function bordersOf({ length, start, end }: EnergySeries): Float64Array {
  const borders = new Float64Array(2 * length);
  let count = 0;
  let isAscending = true;
  for (let place = 0; place < length; place += 1) {
    const [from, to] = [start[place]!, end[place]!];
    // the instant at which a meter was exchanged is no window
    if (from === to) continue;
    isAscending &&= from < to && (count === 0 || borders[count - 1]! <= from);
    borders[count] = from;
    borders[count + 1] = to;
    count += 2;
  }
  const found = borders.subarray(0, count);
  return isAscending ? found : found.sort();
}

/** The values of two ascending lists, each once. */
function joined(one: Float64Array, other: Float64Array): Float64Array<ArrayBuffer> {
  const all = new Float64Array(one.length + other.length);
  let [a, b, count] = [0, 0, 0];
  while (a < one.length || b < other.length) {
    const value = b >= other.length || (a < one.length && one[a]! <= other[b]!) ? one[a++]! : other[b++]!;
    if (count === 0 || value > all[count - 1]!) all[count++] = value;
  }
  return all.slice(0, count);
}

/** Whether an instant, each after the one before, is in a window of a series. `places`: how far each has been gone. */
function isWithin({ length, start, end }: EnergySeries, instant: number, places: number[], index: number): boolean {
  let place = places[index]!;
  while (place < length && end[place]! <= instant) place += 1;
  places[index] = place;
  return place < length && start[place]! <= instant;
}

type Part = { readonly sign: 1 | -1; readonly series: EnergySeries };

/** `isGoneOn`: of each of them, whether its counter went on where one of them has no records. */
type Summed = { readonly sum: EnergySeries; readonly isGoneOn: readonly boolean[] };

function* sumIn(windows: Windows, parts: readonly Part[]): Generator<void, Summed> {
  const { length, from, to, isShared } = windows;
  const sum = emptySeries(length);
  sum.start.set(from);
  sum.end.set(to);
  const total = new Float64Array(length);
  const isGoneOn: boolean[] = [];
  for (const { sign, series } of parts) {
    const { kwh, kwhByTime, coveredMs } = energyInSpans(series, windows, length);
    // what one of them does not tell stays unknown
    for (let place = 0; place < length; place += 1) {
      const isKnown = coveredMs[place]! >= (to[place]! - from[place]!) * KNOWN_SHARE;
      total[place] = isKnown ? total[place]! + sign * kwh[place]! : Number.NaN;
    }
    isGoneOn.push(kwhByTime.some((each, place) => isShared[place] === 0 && Math.abs(each) >= WORTH_KWH));
    yield;
  }
  for (let place = 0; place < length; place += 1) {
    const [start, end, kwh] = [from[place]!, to[place]!, total[place]!];
    if (Number.isNaN(kwh)) continue;
    sum.from[place] = start;
    sum.to[place] = end;
    sum.kwh[place] = kwh;
    // where one of them has no record it is not known when: the bill divides it by time, and says so
    if (isShared[place] === 1) sum.kw[place] = (kwh * HOUR_MS) / (end - start);
  }
  yield;
  return { sum, isGoneOn };
}

/** Which of them went on without records, so that it is not known when. */
function goneOn(terms: readonly Named[], isGoneOn: readonly boolean[]): readonly string[] {
  return terms
    .filter((_, index) => isGoneOn[index] === true)
    .map(({ name }) => `what the counter of ${name} went on while it made no records is divided by time`);
}

function* combinedDemand(terms: readonly Named[]): Generator<void, Usage['demand']> {
  let sums: readonly QuarterDemand[] | null = null;
  for (const { sign, usage } of terms) {
    if ('unknown' in usage.demand) return usage.demand;
    const own = usage.demand.map(({ end, kw }) => ({ end, kw: sign > 0 ? kw : 0 - kw })).sort((a, b) => a.end - b.end);
    sums = sums === null ? own : inBoth(sums, own);
    yield;
  }
  return sums ?? [];
}

/** The sums of those quarter hours that both lists, by their ends, have. */
function inBoth(one: readonly QuarterDemand[], other: readonly QuarterDemand[]): readonly QuarterDemand[] {
  const both: QuarterDemand[] = [];
  let at = 0;
  for (const { end, kw } of one) {
    while (at < other.length && other[at]!.end < end) at += 1;
    const same = other[at];
    if (same?.end === end) both.push({ end, kw: kw + same.kw });
  }
  return both;
}
