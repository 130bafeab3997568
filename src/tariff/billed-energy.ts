import { type EpochMs, epochMs } from '../domain/units.ts';
import type { Stretch } from './bill-lines.ts';
import { energyByPeriod, type PeriodEnergy } from './energy.ts';
import type { EnergySeries } from './energy-series.ts';
import type { Periods } from './periods.ts';

/** Time that is not billed, half open. */
export type Unbilled = { readonly from: EpochMs; readonly to: EpochMs };

/** Energy of a period as it is billed. */
export type BilledEnergy = PeriodEnergy & {
  /** Of `kwh`, what is a guess for time without data. */
  readonly kwhEstimated: number;
  /** What was measured in time that is not billed; not in `kwh`, nor is that time in `hours`. */
  readonly kwhUnbilled: number;
};

type Times = Pick<Stretch, 'start' | 'end'>;

/** What of a stretch is billed, and what is not. */
export function parted({ start, end }: Times, unbilled: readonly Unbilled[]) {
  const billed: Times[] = [];
  const free: Times[] = [];
  let at = start;
  for (const { from, to } of unbilled.toSorted((a, b) => a.from - b.from)) {
    const [first, last] = [epochMs(Math.max(from, at)), epochMs(Math.min(to, end))];
    if (first >= last) continue;
    if (at < first) billed.push({ start: at, end: first });
    free.push({ start: first, end: last });
    at = last;
  }
  if (at < end) billed.push({ start: at, end });
  return { billed, free };
}

/** Energy of a stretch by period, without the time that is not billed. */
export function billedEnergy(
  series: EnergySeries,
  periods: Periods,
  stretch: Times,
  unbilled: readonly Unbilled[],
): readonly BilledEnergy[] {
  const { billed, free } = parted(stretch, unbilled);
  const all = billed.map(({ start, end }) => energyByPeriod(series, periods, start, end));
  const left = free.map(({ start, end }) => energyByPeriod(series, periods, start, end));
  return periods.names.map((period, place) => {
    const total = (lists: typeof all, field: 'kwh' | 'kwhByPower' | 'kwhByTime' | 'hours' | 'coveredHours') =>
      lists.reduce((sum, list) => sum + (list[place]?.[field] ?? 0), 0);
    return {
      ...{ period, kwh: total(all, 'kwh'), kwhByPower: total(all, 'kwhByPower'), kwhByTime: total(all, 'kwhByTime') },
      ...{ hours: total(all, 'hours'), coveredHours: total(all, 'coveredHours') },
      ...{ kwhEstimated: 0, kwhUnbilled: total(left, 'kwh') },
    };
  });
}

/**
 * The same with a guess for the time without data: the mean power of the period in the rest of the stretch. A period
 * without any data stays as it is, for nothing tells of it.
 */
export function withEstimates(energies: readonly BilledEnergy[]): readonly BilledEnergy[] {
  return energies.map((each) => {
    const { kwh, hours, coveredHours } = each;
    if (coveredHours <= 0 || coveredHours >= hours) return each;
    const guess = (kwh / coveredHours) * (hours - coveredHours);
    return { ...each, kwh: kwh + guess, kwhEstimated: guess };
  });
}
