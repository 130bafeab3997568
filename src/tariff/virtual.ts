import { type EpochMs, epochMs } from '../domain/units.ts';
import type { QuarterDemand, Usage } from './charges/context.ts';
import { energyInSpans, type SpanList } from './energy.ts';
import { type EnergySeries, emptySeries } from './energy-series.ts';

const HOUR_MS = 3_600_000;
/** A window of which less is known is not known: the counter is read some seconds before its end. */
const KNOWN_SHARE = 0.98;

/**
 * The consumption of a sum of analyzers, in the windows of the first of them. What one of them does not tell the sum
 * does not either: that time is without data.
 */
export function combinedUsage(
  terms: readonly { readonly sign: 1 | -1; readonly name: string; readonly usage: Usage }[],
): Usage {
  const [first] = terms;
  if (first === undefined) throw new Error('a sum of no analyzers');
  const windows = windowsOf(first.usage.imported);
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

/** The windows of the records, without those that overlap the one before. */
function windowsOf({ length, start, end }: EnergySeries): SpanList {
  const places: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < length; place += 1) {
    if (start[place]! < last) continue;
    places.push(place);
    last = end[place]!;
  }
  return {
    length: places.length,
    from: Float64Array.from(places, (place) => start[place]!),
    to: Float64Array.from(places, (place) => end[place]!),
    tally: Int32Array.from(places.keys()),
  };
}

type Part = { readonly sign: 1 | -1; readonly series: EnergySeries };

function sumIn(windows: SpanList, parts: readonly Part[]): EnergySeries {
  const all = parts.map(({ sign, series }) => ({ sign, ...energyInSpans(series, windows, windows.length) }));
  const sum = emptySeries(windows.length);
  for (let place = 0; place < windows.length; place += 1) {
    const [start, end] = [windows.from[place]!, windows.to[place]!];
    sum.start[place] = start;
    sum.end[place] = end;
    if (all.some(({ coveredMs }) => coveredMs[place]! < (end - start) * KNOWN_SHARE)) continue;
    const kwh = all.reduce((total, each) => total + each.sign * each.kwh[place]!, 0);
    sum.from[place] = start;
    sum.to[place] = end;
    sum.kwh[place] = kwh;
    sum.kw[place] = (kwh * HOUR_MS) / (end - start);
  }
  return sum;
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
