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
  /** How long that was. */
  readonly guessedHours: number;
  /** What was measured in time that is not billed; not in `kwh`, nor is that time in `hours`. */
  readonly kwhUnbilled: number;
};

export type BilledBy = {
  readonly unbilled?: readonly Unbilled[] | undefined;
  /** Of the time without data; absent or null: it is not guessed. */
  readonly guesses?: EnergySeries | null | undefined;
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

/** Energy of a stretch by period, without the time that is not billed; with `guesses` for time without data. */
export function billedEnergy(
  series: EnergySeries,
  periods: Periods,
  stretch: Times,
  { unbilled = [], guesses = null }: BilledBy,
): readonly BilledEnergy[] {
  const { billed, free } = parted(stretch, unbilled);
  const sumsOf = (of: EnergySeries, times: readonly Times[]) => {
    const all = times.map(({ start, end }) => energyByPeriod(of, periods, start, end));
    return (place: number, field: Exclude<keyof PeriodEnergy, 'period'>) =>
      all.reduce((sum, list) => sum + (list[place]?.[field] ?? 0), 0);
  };
  const measured = sumsOf(series, billed);
  const left = sumsOf(series, free);
  const guessed = guesses === null ? () => 0 : sumsOf(guesses, billed);
  return periods.names.map((period, place) => {
    const kwhEstimated = guessed(place, 'kwh');
    return {
      ...{ period, kwh: measured(place, 'kwh') + kwhEstimated, kwhByPower: measured(place, 'kwhByPower') },
      ...{ kwhByTime: measured(place, 'kwhByTime'), hours: measured(place, 'hours') },
      ...{ coveredHours: measured(place, 'coveredHours'), kwhUnbilled: left(place, 'kwh') },
      ...{ kwhEstimated, guessedHours: guessed(place, 'coveredHours') },
    };
  });
}
