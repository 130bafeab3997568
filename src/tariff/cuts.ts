import type { OffsetAt } from '../domain/grid.ts';
import { instantOfWall } from '../domain/local-time.ts';
import type { Stretch } from './bill-lines.ts';
import { type Contract, changesWithin } from './contract.ts';
import { DAY_MS, dateOf, dayOf } from './local-day.ts';
import type { LocalDate } from './period-table.ts';

type DatedLists = readonly (readonly { readonly from: LocalDate; readonly until?: LocalDate | null }[])[];

/** The stretches that a bill's lines are of. */
export type Cuts = {
  /**
   * The bill, or each month from its first day on where it is longer than suppliers bill at once: what is of a billing
   * period (the greatest power, reactive energy, the limit of what surplus is paid) is of each by itself.
   */
  readonly billing: readonly Stretch[];
  /** `within` (the whole bill, unless given), cut where one of these lists changes, or a tax that is levied on it. */
  cut(lists: DatedLists, within?: Stretch): readonly Stretch[];
  /** Cut where one of these lists changes, and nowhere else: what is measured does not depend on a tax. */
  measured(lists: DatedLists, within: Stretch): readonly Stretch[];
};

/** Days of the longest span that is one billing period: two months. */
const BILLING_DAYS_MAX = 62;

export function createCuts(
  contract: Pick<Contract, 'electricityTax' | 'vat'>,
  { from, to, offsetAt }: { readonly from: LocalDate; readonly to: LocalDate; readonly offsetAt: OffsetAt },
): Cuts {
  const stretches = (dates: readonly LocalDate[]): readonly Stretch[] =>
    dates.slice(1).map((end, index) => stretchOf(dates[index] ?? from, end, offsetAt));
  const months = dayOf(to) - dayOf(from) > BILLING_DAYS_MAX ? monthsFrom(from, to) : [];
  const measured: Cuts['measured'] = (lists, within) =>
    stretches([within.from, ...changesWithin(lists, within.from, within.to), within.to]);
  return {
    ...{ billing: stretches([from, ...months, to]), measured },
    cut(lists, within = stretchOf(from, to, offsetAt)) {
      return measured([...lists, contract.electricityTax, contract.vat], within);
    },
  };
}

export function stretchOf(from: LocalDate, to: LocalDate, offsetAt: OffsetAt): Stretch {
  const instant = (date: LocalDate) => instantOfWall(dayOf(date) * DAY_MS, offsetAt);
  return { from, to, start: instant(from), end: instant(to), days: dayOf(to) - dayOf(from) };
}

/** The day of `from` in each month after it, or the last of a month that has no such day, within (from, to). */
function monthsFrom(from: LocalDate, to: LocalDate): readonly LocalDate[] {
  const [year = 0, month = 0, day = 0] = from.split('-').map(Number);
  const found: LocalDate[] = [];
  for (let next = month; ; next += 1) {
    const last = new Date(Date.UTC(year, next + 1, 0)).getUTCDate();
    const date = dateOf(Date.UTC(year, next, Math.min(day, last)) / DAY_MS);
    if (date >= to) return found;
    found.push(date);
  }
}

/** First days of months, weeks (Mondays), or all days, within (from, to). */
export function turnsOf(unit: 'day' | 'week' | 'month', from: LocalDate, to: LocalDate): readonly LocalDate[] {
  const found: LocalDate[] = [];
  for (let day = dayOf(from) + 1; day < dayOf(to); day += 1) {
    const date = dateOf(day);
    // 1970-01-05 was a Monday
    const isTurn = unit === 'day' || (unit === 'week' ? (day - 4) % 7 === 0 : date.endsWith('-01'));
    if (isTurn) found.push(date);
  }
  return found;
}
