import type { Holidays, LocalDate, PeriodName, PeriodTable } from './period-table.ts';
import type { Territory } from './spain.ts';

/** Something that is so from a local date on, until the next one of the list; in the order of their dates. */
export type Dated<T> = readonly (T & { readonly from: LocalDate })[];
/** One number for each period that it is known of. */
export type ByPeriod = Readonly<Record<PeriodName, number>>;

/** Of cos phi in [from, below). */
export type ReactiveBand = { readonly from: number; readonly below: number; readonly perKvarh: number };

/** How power beyond the contracted is charged. Of quarter hours: `kp` x `perKw` x the root of the sum of squares. */
export type ExcessRule = (
  | { readonly rule: 'maximeter'; readonly perKw: ByPeriod }
  | { readonly rule: 'quarterHours'; readonly perKw: number; readonly kp: ByPeriod }
) & {
  /** How many days of a bill the price is of, such as 30; absent: of a billing period, however long it is. */
  readonly perDays?: number;
};

/** A line of the user's own. `until` exclusive; null: for ever. `vat`: whether it is levied on it, or its own rate. */
export type Fee = {
  readonly name: string;
  readonly from: LocalDate;
  readonly until: LocalDate | null;
  readonly per: 'day' | 'kWh' | 'bill';
  readonly amount: number;
  readonly electricityTax: boolean;
  readonly vat: boolean | number;
};

/** `percent` of these lines is taken off. */
export type Discount = {
  readonly name: string;
  readonly from: LocalDate;
  readonly until: LocalDate | null;
  readonly percent: number;
  readonly of: 'energy' | 'power' | 'both';
};

/** Price of an hour, or of another stretch, per kWh; half open. */
export type PriceSpan = { readonly from: number; readonly to: number; readonly perKwh: number };

/**
 * What a supply is charged by. Prices without taxes, in `currency`; all are dated, so that what is added later changes
 * no earlier bill. An empty list: not known, or there is none of it, as `none` says.
 */
export type Contract = {
  readonly name: string;
  readonly about: string;
  /** `3.0TD`, or what its own periods are called. */
  readonly tariff: string;
  /** null: its own periods. */
  readonly territory: Territory | null;
  readonly timezone: string;
  readonly currency: string;
  readonly energyPeriods: readonly PeriodTable[];
  readonly powerPeriods: readonly PeriodTable[];
  readonly holidays: Holidays;
  readonly contractedKw: Dated<{ readonly kw: ByPeriod }>;
  readonly energyPrices: Dated<{ readonly perKwh: ByPeriod }>;
  /** Prices by the hour in the place of `energyPrices`; null: by period. */
  readonly hourlyPrices: readonly PriceSpan[] | null;
  readonly powerPrices: Dated<{ readonly perKwYear: ByPeriod }>;
  /** Days of a year of power: always 365, or as many as the year has. */
  readonly powerYear: 365 | 'actual';
  readonly excess: Dated<ExcessRule>;
  readonly reactive: Dated<{
    /** Share of the active energy that is free. */
    readonly free: number;
    readonly periods: readonly PeriodName[];
    readonly bands: readonly ReactiveBand[];
  }>;
  readonly surplus: Dated<{ readonly perKwh: number }>;
  readonly fees: readonly Fee[];
  readonly discounts: readonly Discount[];
  /** `vat`: its own rate, where that is not the usual one. */
  readonly rental: Dated<{ readonly perDay: number; readonly vat?: number }>;
  /** Carbon dioxide of a kWh that is taken from the grid. */
  readonly co2: Dated<{ readonly gramsPerKwh: number }>;
  /** `minimumPerKwh`: the least of it, for each kWh that is taken from the grid; absent: there is none. */
  readonly electricityTax: Dated<{ readonly percent: number; readonly minimumPerKwh?: number | undefined }>;
  readonly vat: Dated<{ readonly percent: number }>;
  /** What this supply is not charged: its absence is no missing price. */
  readonly none: readonly ChargeKind[];
};

export const CHARGE_KINDS = [
  'power',
  'energy',
  'excess',
  'reactive',
  'surplus',
  'fee',
  'discount',
  'electricityTax',
  'rental',
  'vat',
] as const;
export type ChargeKind = (typeof CHARGE_KINDS)[number];

/** What is in force on a local date; null: nothing yet. */
export function inForce<T extends { readonly from: LocalDate }>(list: readonly T[], date: LocalDate): T | null {
  return list.findLast(({ from }) => from <= date) ?? null;
}

/** Dates within (from, to) on which anything of these lists changes, ascending. */
export function changesWithin(
  lists: readonly (readonly { readonly from: LocalDate; readonly until?: LocalDate | null }[])[],
  from: LocalDate,
  to: LocalDate,
): readonly LocalDate[] {
  const dates = lists.flat().flatMap((each) => [each.from, each.until ?? null]);
  const within = dates.filter((date) => date !== null && date > from && date < to);
  return [...new Set(within as readonly LocalDate[])].sort();
}
