import type { OffsetAt } from '../domain/grid.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { BillOptions } from './bill.ts';
import { billedEnergy } from './billed-energy.ts';
import { inForce } from './contract.ts';
import { stretchOf, turnsOf } from './cuts.ts';
import { energyInSpans, spanList } from './energy.ts';
import { dateOf, dayOf } from './local-day.ts';
import { exact, exactKwh } from './money.ts';
import type { LocalDate, PeriodName } from './period-table.ts';
import { createPeriods } from './periods.ts';

/** What the energy of a period is made of. Half open; `cost` without taxes, not rounded to cents; null: no price. */
export type OpenedPart = {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly date: LocalDate;
  readonly kwh: number;
  readonly hours: number;
  readonly coveredHours: number;
  readonly cost: string | null;
  /** Of `kwh`, what came from power or was divided by time. */
  readonly kwhByPower: number;
  readonly kwhByTime: number;
};

/** The energy of a period of the contract day by day; days without an hour of it are left out. */
export function openedDays(options: BillOptions, period: PeriodName): readonly OpenedPart[] {
  const { contract, usage, from, to, offsetAt } = options;
  const periods = energyPeriodsOf(options);
  const dates = [from, ...turnsOf('day', from, to), to];
  return dates.slice(1).flatMap((next, index): readonly OpenedPart[] => {
    const date = dates[index] ?? from;
    const { start, end } = stretchOf(date, next, offsetAt);
    const energies = billedEnergy(usage.imported, periods, { start, end }, { unbilled: usage.unbilled });
    const found = energies.find((each) => each.period === period);
    if (found === undefined || found.hours === 0) return [];
    const { kwh, hours, coveredHours, kwhByPower, kwhByTime } = found;
    const times = { from: start, to: end, date };
    return [{ ...times, kwh, hours, coveredHours, kwhByPower, kwhByTime, cost: costOf(contract, date, period, kwh) }];
  });
}

/** The energy of a period on one day, record by record: what of each lies in the period. */
export function openedRecords(options: BillOptions, period: PeriodName, date: LocalDate): readonly OpenedPart[] {
  const { contract, usage, offsetAt } = options;
  const { start, end } = stretchOf(date, dateOf(dayOf(date) + 1), offsetAt);
  const { imported } = usage;
  const spans = energyPeriodsOf(options)
    .spans(start, end)
    .filter((each) => each.period === period);
  const parts: { from: number; to: number }[] = [];
  for (let index = 0; index < imported.length; index += 1) {
    for (const span of spans) {
      const from = Math.max(imported.start[index] ?? 0, span.from, parts.at(-1)?.to ?? 0);
      const to = Math.min(imported.end[index] ?? 0, span.to);
      if (from < to) parts.push({ from, to });
    }
  }
  const list = spanList(parts.map((part, tally) => ({ ...part, tally })));
  const { kwh, kwhByPower, kwhByTime, coveredMs } = energyInSpans(imported, list, parts.length);
  return parts.map(({ from, to }, at) => ({
    ...{ from: epochMs(from), to: epochMs(to), date, kwh: kwh[at] ?? 0, hours: (to - from) / HOUR_MS },
    ...{ coveredHours: (coveredMs[at] ?? 0) / HOUR_MS, cost: costOf(contract, date, period, kwh[at] ?? 0) },
    ...{ kwhByPower: kwhByPower[at] ?? 0, kwhByTime: kwhByTime[at] ?? 0 },
  }));
}

const HOUR_MS = 3_600_000;

type Of = Pick<BillOptions, 'contract'> & { readonly offsetAt: OffsetAt };

export const energyPeriodsOf = ({ contract, offsetAt }: Of) =>
  createPeriods({ tables: contract.energyPeriods, holidays: contract.holidays, offsetAt });

function costOf({ energyPrices, hourlyPrices }: BillOptions['contract'], date: LocalDate, period: string, kwh: number) {
  const price = hourlyPrices === null ? inForce(energyPrices, date)?.perKwh[period] : undefined;
  return price === undefined ? null : exactKwh(kwh).times(exact(price)).toFixed(4);
}
