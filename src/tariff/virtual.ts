import { type EpochMs, epochMs } from '../domain/units.ts';
import type { QuarterDemand, Usage } from './charges/context.ts';
import { energyInSpans, type SpanList } from './energy.ts';
import { type EnergySeries, emptySeries } from './energy-series.ts';

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
      ...new Set([...terms.flatMap(({ usage }) => usage.notes ?? []), ...goneOn(windows, terms)]),
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
  for (let place = 0; place < windows.length; place += 1) {
    const [start, end] = [windows.from[place]!, windows.to[place]!];
    if (all.some(({ coveredMs }) => coveredMs[place]! < (end - start) * KNOWN_SHARE)) continue;
    const kwh = all.reduce((total, each) => total + each.sign * each.kwh[place]!, 0);
    sum.from[place] = start;
    sum.to[place] = end;
    sum.kwh[place] = kwh;
    // where one of them has no record it is not known when: the bill divides it by time, and says so
    if (windows.isShared[place] === 1) sum.kw[place] = (kwh * HOUR_MS) / (end - start);
  }
  return sum;
}

/** Which of them went on without records, so that it is not known when. */
function goneOn(windows: Windows, terms: readonly Named[]): readonly string[] {
  return terms.flatMap(({ name, usage: { imported } }) => {
    const { kwhByTime } = energyInSpans(imported, windows, windows.length);
    const isSome = kwhByTime.some((kwh, place) => windows.isShared[place] === 0 && Math.abs(kwh) >= WORTH_KWH);
    return isSome ? [`what the counter of ${name} went on while it made no records is divided by time`] : [];
  });
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
