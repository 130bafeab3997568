import type { EpochMs } from '../domain/units.ts';
import type { EnergySeries } from './energy-series.ts';

/** An amount of energy over a stretch of time. */
export type Portion = {
  readonly from: number;
  readonly to: number;
  readonly kwh: number;
  readonly source: 'counter' | 'power';
};

/** `isByTime`: no measured power tells how the energy is spread. */
export type Weight = { readonly share: number; readonly isByTime: boolean };

/** How much of a portion falls into a stretch of it: by measured power where that covers all of it, else by time. */
export function weightsOf(series: EnergySeries, portion: Portion): (from: EpochMs, to: EpochMs) => Weight {
  const within = powersWithin(series, portion);
  const integral = (from: number, to: number) =>
    within.reduce(
      (sum, { start, end, kw }) => {
        const ms = Math.min(end, to) - Math.max(start, from);
        return ms <= 0 ? sum : { ms: sum.ms + ms, kwms: sum.kwms + Math.abs(kw) * ms };
      },
      { ms: 0, kwms: 0 },
    );
  const whole = integral(portion.from, portion.to);
  const isMeasured = whole.ms === portion.to - portion.from && whole.kwms > 0;
  return (from, to) => ({
    share: isMeasured ? integral(from, to).kwms / whole.kwms : (to - from) / (portion.to - portion.from),
    // of power itself time tells exactly how much
    isByTime: !isMeasured && portion.source === 'counter' && portion.kwh !== 0,
  });
}

type Power = { readonly start: number; readonly end: number; readonly kw: number };

function powersWithin({ length, start, end, kw }: EnergySeries, { from, to }: Portion): readonly Power[] {
  const found: Power[] = [];
  for (let at = firstAfter(end, from); at < length && start[at]! < to; at += 1) {
    if (!Number.isNaN(kw[at]!)) found.push({ start: start[at]!, end: end[at]!, kw: kw[at]! });
  }
  return found;
}

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
