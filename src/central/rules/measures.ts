import type { Window } from '../../domain/grid.ts';
import { energyInSpans, spanList } from '../../tariff/energy.ts';
import type { EnergySeries } from '../../tariff/energy-series.ts';
import { SHARE_WHOLE } from './step.ts';
import { hoursOf } from './windows.ts';

const HOUR_MS = 3_600_000;
/** An hour or a quarter of one, and what a clock is set right by. */
const LONGER = 1.01;

/** kW; `share`: of the window, what is known, 0..1. `unknown`: why there is none. */
export type Measured =
  | { readonly kw: number; readonly share: number }
  | { readonly unknown: string; readonly share: number };

const NOTHING: Measured = { unknown: 'there are no records of it', share: 0 };

const places = (series: EnergySeries, { start, end }: Window): readonly number[] =>
  Array.from({ length: series.length }, (_, place) => place).filter(
    (place) => series.start[place]! < end && series.end[place]! > start,
  );

/** Mean power taken in a window by the records that lie within it: what is fed back makes it no less. */
export function meanPower(series: EnergySeries, window: Window): Measured {
  const { start, end } = window;
  let [kwMs, ms] = [0, 0];
  let [isLong, isSilent] = [false, false];
  for (const place of places(series, window)) {
    const [from, to, kw] = [series.start[place]!, series.end[place]!, series.kw[place]!];
    if (to - from > (end - start) * LONGER) isLong = true;
    else if (Number.isNaN(kw)) isSilent = true;
    else if (from >= start && to <= end) {
      kwMs += kw * (to - from);
      ms += to - from;
    }
  }
  const minutes = Math.round((end - start) / 60_000);
  if (ms > 0) return { kw: kwMs / ms, share: Math.min(1, ms / (end - start)) };
  if (isLong) return { unknown: `its records are longer than ${minutes} minutes`, share: 0 };
  return isSilent ? { unknown: 'its records tell no active power', share: 0 } : NOTHING;
}

/** The least mean power of those whole hours of a window that are known; `share`: how many of them are. */
export function leastHour(series: EnergySeries, window: Window): Measured {
  const hours = hoursOf(window);
  const isLong = places(series, window).some((place) => series.end[place]! - series.start[place]! > HOUR_MS * LONGER);
  if (isLong) return { unknown: 'its records are longer than an hour', share: 0 };
  const spans = spanList(hours.map(({ start, end }, tally) => ({ from: start, to: end, tally })));
  const { kwh, coveredMs } = energyInSpans(series, spans, hours.length);
  const known = hours.flatMap((_, place) => (coveredMs[place]! >= HOUR_MS * SHARE_WHOLE ? [kwh[place]!] : []));
  if (known.length === 0) return NOTHING;
  return { kw: Math.min(...known), share: known.length / hours.length };
}

/** NaN: of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
