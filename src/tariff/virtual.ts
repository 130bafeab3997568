import { type EpochMs, epochMs } from '../domain/units.ts';
import type { QuarterDemand, Usage } from './charges/context.ts';
import { energyInSpans, type SpanList } from './energy.ts';
import { type EnergySeries, emptySeries } from './energy-series.ts';

const HOUR_MS = 3_600_000;
/** A window of which less is known is not known: the counter is read some seconds before its end. */
const KNOWN_SHARE = 0.98;

/**
 * The consumption of a sum of analyzers, in the windows of all of them. What one of them does not tell the sum does not
 * either: that time is without data. Their order makes no difference.
 */
export function combinedUsage(
  terms: readonly { readonly sign: 1 | -1; readonly name: string; readonly usage: Usage }[],
): Usage {
  const [first] = terms;
  if (first === undefined) throw new Error('a sum of no analyzers');
  const windows = windowsOf(terms.map(({ usage }) => usage.imported));
  const combined = (pick: (usage: Usage) => EnergySeries | null): EnergySeries | null => {
    const parts = terms.map(({ sign, usage }) => ({ sign, series: pick(usage) }));
    if (parts.some(({ series }) => series === null)) return null;
    return sumIn(
      windows,
      parts.flatMap(({ sign, series }) => (series === null ? [] : [{ sign, series }])),
    );
  };
  return {
    imported: combined(({ imported }) => imported) ?? emptySeries(0),
    exported: combined(({ exported }) => exported),
    reactive: combined(({ reactive }) => reactive),
    demand: combinedDemand(terms),
    unbilled: terms.flatMap(({ usage }) => usage.unbilled ?? []),
    notes: [
      `of ${terms.map(({ sign, name }, at) => `${sign < 0 ? '- ' : at > 0 ? '+ ' : ''}${name}`).join(' ')}`,
      ...new Set(terms.flatMap(({ usage }) => usage.notes ?? [])),
    ],
  };
}

/** `isShared`: whether each of them has a record there; 1 or 0. */
type Windows = SpanList & { readonly isShared: Uint8Array };

/** From the first to the last of their windows, divided where one begins or ends. */
function windowsOf(all: readonly EnergySeries[]): Windows {
  const borders = new Float64Array(all.reduce((sum, { length }) => sum + 2 * length, 0));
  let count = 0;
  for (const { length, start, end } of all) {
    borders.set(start.subarray(0, length), count);
    borders.set(end.subarray(0, length), count + length);
    count += 2 * length;
  }
  borders.sort();
  const [from, to, shared]: [number[], number[], number[]] = [[], [], []];
  const places = all.map(() => 0);
  for (let at = 1; at < count; at += 1) {
    const [begin, until] = [borders[at - 1]!, borders[at]!];
    if (until <= begin) continue;
    const there = all.filter((series, index) => isWithin(series, begin, places, index));
    from.push(begin);
    to.push(until);
    shared.push(there.length === all.length ? 1 : 0);
  }
  const tally = Int32Array.from(from.keys());
  const isShared = Uint8Array.from(shared);
  return { length: from.length, from: Float64Array.from(from), to: Float64Array.from(to), tally, isShared };
}

/** Whether an instant is in a window of a series; asked by ascending instants. `places` is how far each has been gone. */
function isWithin({ length, start, end }: EnergySeries, instant: number, places: number[], index: number): boolean {
  let place = places[index]!;
  while (place < length && end[place]! <= instant) place += 1;
  places[index] = place;
  return place < length && start[place]! <= instant;
}

type Part = { readonly sign: 1 | -1; readonly series: EnergySeries };

function sumIn(windows: Windows, parts: readonly Part[]): EnergySeries {
  const all = parts.map(({ sign, series }) => ({ sign, ...energyInSpans(series, windows, windows.length) }));
  const sum = emptySeries(windows.length);
  sum.start.set(windows.from);
  sum.end.set(windows.to);
  /** Whether all is known from one window to another, which is one step then. */
  const isStep = (first: number, last: number): boolean => {
    const [start, end] = [windows.from[first]!, windows.to[last]!];
    const ofStep = (list: Float64Array) => list.subarray(first, last + 1).reduce((total, each) => total + each, 0);
    if (all.some(({ coveredMs }) => ofStep(coveredMs) < (end - start) * KNOWN_SHARE)) return false;
    const kwh = all.reduce((total, each) => total + each.sign * ofStep(each.kwh), 0);
    sum.from[last] = start;
    sum.to[last] = end;
    sum.kwh[last] = kwh;
    // over several it is not known when: the bill divides it by time, and says so
    if (first === last) sum.kw[last] = (kwh * HOUR_MS) / (end - start);
    return true;
  };
  for (let first = 0; first < windows.length; first += 1) {
    const last = endOfStep(windows, first);
    if (!isStep(first, last) && last > first) for (let each = first; each <= last; each += 1) isStep(each, each);
    first = last;
  }
  return sum;
}

/** Where one of them made no records its counter went on: that is one step, to the next window that all of them have. */
function endOfStep({ length, isShared }: Windows, first: number): number {
  let last = first;
  while (isShared[last] === 0 && last + 1 < length) last += 1;
  return last;
}

function combinedDemand(terms: readonly { readonly sign: 1 | -1; readonly usage: Usage }[]): Usage['demand'] {
  const sums = new Map<EpochMs, { kw: number; count: number }>();
  for (const { sign, usage } of terms) {
    if ('unknown' in usage.demand) return usage.demand;
    for (const { end, kw } of usage.demand) {
      const { kw: sum, count } = sums.get(end) ?? { kw: 0, count: 0 };
      sums.set(end, { kw: sum + sign * kw, count: count + 1 });
    }
  }
  const whole = [...sums].filter(([, { count }]) => count === terms.length);
  return whole.map(([end, { kw }]): QuarterDemand => ({ end: epochMs(end), kw })).sort((a, b) => a.end - b.end);
}
