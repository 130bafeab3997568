/** `P1`..`P6`, or what a tariff calls it. */
export type PeriodName = string;

/** `2026-11-25`. */
export type LocalDate = string;
/** `08:00`, `24:00`; whole minutes. */
export type LocalTime = string;

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** off: Saturdays, Sundays and holidays; work: all others. */
export const DAY_KINDS = [...WEEKDAYS, 'work', 'off', 'holiday'] as const;
export type DayKind = (typeof DAY_KINDS)[number];

/**
 * Which period it is on some days at some hours, all of the local time of the supply point; what is left out does not
 * matter. Of several rules that match the first counts.
 */
export type PeriodRule = {
  readonly period: PeriodName;
  /** What a person calls it: `high season, peak`. */
  readonly name?: string | undefined;
  /** 1..12. */
  readonly months?: readonly number[] | undefined;
  /** Days of each year, both included, `MM-DD`; over the turn of the year where the first is the later one. */
  readonly dates?: readonly (readonly [from: string, to: string])[] | undefined;
  readonly days?: readonly DayKind[] | undefined;
  /** Half open; over midnight where the first is the later one: then both ends of the same day. */
  readonly hours?: readonly (readonly [from: LocalTime, to: LocalTime])[] | undefined;
};

/** National or local holidays: of every year (`MM-DD`), and of one (`YYYY-MM-DD`). */
export type Holidays = { readonly fixed: readonly string[]; readonly dates: readonly LocalDate[] };

/** Rules from a local date on; `until` null: until there is another table. */
export type PeriodTable = {
  readonly rules: readonly PeriodRule[];
  readonly from: LocalDate;
  readonly until: LocalDate | null;
};
