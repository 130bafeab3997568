import { type DayKind, type Holidays, type LocalDate, WEEKDAYS } from './period-table.ts';

export const DAY_MS = 86_400_000;

/** Longest span that is billed at once, three years: records of a minute for as long take some 200 MB. */
export const SPAN_DAYS_MAX = 1_100;

/** A day of local time, as days since 1970-01-01. */
export type DayNumber = number;

export const dateOf = (day: DayNumber): LocalDate => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** NaN: it is no date. */
export function dayOf(date: LocalDate): DayNumber {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return Number.NaN;
  const day = Date.parse(`${date}T00:00:00Z`) / DAY_MS;
  return Number.isInteger(day) && dateOf(day) === date ? day : Number.NaN;
}

export type Day = {
  readonly number: DayNumber;
  readonly date: LocalDate;
  /** `MM-DD`. */
  readonly monthDay: string;
  readonly month: number;
  readonly kinds: ReadonlySet<DayKind>;
};

/** 1970-01-01 was a Thursday. */
const weekdayOf = (day: DayNumber) => WEEKDAYS[(((day + 3) % 7) + 7) % 7] ?? 'mon';

export function describeDay(number: DayNumber, holidays: Holidays): Day {
  const date = dateOf(number);
  const monthDay = date.slice(-5);
  const weekday = weekdayOf(number);
  const isHoliday = holidays.fixed.includes(monthDay) || holidays.dates.includes(date);
  const isOff = isHoliday || weekday === 'sat' || weekday === 'sun';
  const kinds: readonly DayKind[] = [weekday, isOff ? 'off' : 'work', ...(isHoliday ? (['holiday'] as const) : [])];
  return { number, date, monthDay, month: Number(monthDay.slice(0, 2)), kinds: new Set(kinds) };
}
