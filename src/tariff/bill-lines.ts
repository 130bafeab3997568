import type { EpochMs } from '../domain/units.ts';
import type { ChargeKind } from './contract.ts';
import type { LocalDate, PeriodName } from './period-table.ts';

/** One line of a bill. Dates are local, `to` exclusive. */
export type BillLine = {
  readonly kind: ChargeKind;
  readonly name: string;
  readonly period: PeriodName | null;
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** In `unit`; null: the line has none. */
  readonly quantity: number | null;
  readonly unit: string;
  /** Per unit, before it is rounded; null: it has none, or it is not known. */
  readonly price: number | null;
  /** null: it cannot be told, as `missing` says. */
  readonly amount: string | null;
  /** What would be needed for it, in words; null: nothing. */
  readonly missing: string | null;
  /** What a person should know of it; null: nothing. */
  readonly note: string | null;
  /** Share of its time that has data, 0..1; null: it does not depend on data. */
  readonly coverage: number | null;
  /** Of its quantity, what is a guess for time without data; 0: nothing. */
  readonly estimated: number;
};

/** A stretch of the bill in which no price changes. */
export type Stretch = {
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly days: number;
};
