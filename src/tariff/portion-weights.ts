import type { EnergySeries } from './energy-series.ts';

/** Place of the first that is greater than `instant`; `ends` ascend. */
export function firstAfter(ends: Float64Array, instant: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Integral of the size of the power over [from, to), kW x ms, of records from the place `first` on; NaN where they do
 * not cover all of it. In one loop without a list: a year has thousands of steps over a border.
 */
export function powerOver({ length, start, end, kw }: EnergySeries, first: number, from: number, to: number): number {
  let ms = 0;
  let sum = 0;
  for (let place = first; place < length && start[place]! < to; place += 1) {
    const power = kw[place]!;
    if (Number.isNaN(power)) continue;
    const part = Math.min(end[place]!, to) - Math.max(start[place]!, from);
    if (part <= 0) continue;
    ms += part;
    sum += Math.abs(power) * part;
  }
  return ms === to - from ? sum : Number.NaN;
}
