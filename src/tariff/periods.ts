import { LectorError } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { DAY_MS, type Day, type DayNumber, dayOf, describeDay } from './local-day.ts';
import type { Holidays, LocalDate, LocalTime, PeriodName, PeriodRule, PeriodTable } from './period-table.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** Days kept ready: some years, whatever is asked. */
const DAYS_MAX = 3_000;
const NO_RULE = -1;

/** A stretch of one period, half open. */
export type PeriodSpan = { readonly from: EpochMs; readonly to: EpochMs; readonly period: PeriodName };

export type PeriodAt = { readonly period: PeriodName; readonly rule: PeriodRule };

/** Which period it is, at any instant. */
export type Periods = {
  /** In the order of the first rules that name them, as `P1`..`P6` sorted. */
  readonly names: readonly PeriodName[];
  /** Those of the tables that are in force in [from, to). */
  namesIn(from: LocalDate, to: LocalDate): readonly PeriodName[];
  at(instant: EpochMs): PeriodAt;
  /** Place of the period in `names`: the quick way, for millions. */
  indexAt(instant: EpochMs): number;
  /** The stretches that [from, to) falls into, one after the other; neighbours differ. */
  spans(from: EpochMs, to: EpochMs): readonly PeriodSpan[];
};

export type PeriodOptions = {
  /** Of one tariff, from different dates on. */
  readonly tables: readonly PeriodTable[];
  readonly holidays: Holidays;
  /** Of the supply point: hours of rules are of its legal time, in days of 23 and 25 hours too. */
  readonly offsetAt: OffsetAt;
};

/**
 * The periods of a tariff. Throws CONFIG_INVALID, naming day and hour, for an instant that no table or no rule covers;
 * `uncovered` finds those of a table beforehand.
 */
export function createPeriods({ tables, holidays, offsetAt }: PeriodOptions): Periods {
  const names = namesOf(tables);
  const dated = tables.map((table) => ({ table, ready: readyTable(table, names) }));
  const days = new Map<DayNumber, ReadyDay>();

  const readyDay = (number: DayNumber): ReadyDay => {
    const known = days.get(number);
    if (known !== undefined) return known;
    const day = describeDay(number, holidays);
    const found = dated.find(({ table: { from, until } }) => from <= day.date && (until === null || day.date < until));
    if (found === undefined) throw notCovered(`${day.date}: no table of periods is for that day`);
    const made = found.ready.of(day);
    if (days.size >= DAYS_MAX) days.clear();
    days.set(number, made);
    return made;
  };
  const lookUp = (instant: EpochMs): { readonly day: ReadyDay; readonly minute: number } => {
    const wall = instant + offsetAt(instant);
    const number = Math.floor(wall / DAY_MS);
    return { day: readyDay(number), minute: Math.floor((wall - number * DAY_MS) / MINUTE_MS) };
  };
  const indexAt = (instant: EpochMs): number => {
    const { day, minute } = lookUp(instant);
    const index = day.periods[minute] ?? NO_RULE;
    if (index === NO_RULE) throw notCovered(`${day.date} ${timeText(minute)}: no rule covers that hour`);
    return index;
  };
  /** Where the run of minutes of a day ends, if its clocks do not change until then; null: they do. */
  const quickUntil = (instant: EpochMs): number | null => {
    const offset = offsetAt(instant);
    const wall = instant + offset;
    const number = Math.floor(wall / DAY_MS);
    const minute = Math.floor((wall - number * DAY_MS) / MINUTE_MS);
    const end = readyDay(number).runs.find((each) => each > minute) ?? DAY_MINUTES;
    const until = number * DAY_MS + end * MINUTE_MS - offset;
    return offsetAt(epochMs(until - 1)) === offset ? until : null;
  };
  return {
    names,
    namesIn: (first, end) =>
      namesOf(tables.filter(({ from, until }) => from < end && (until === null || until > first))),
    indexAt,
    at(instant) {
      const index = indexAt(instant);
      const { day, minute } = lookUp(instant);
      const rule = day.rules[day.ruleIndexes[minute] ?? 0];
      if (rule === undefined) throw notCovered(day.date);
      return { period: names[index] ?? '', rule };
    },
    spans(from, to) {
      const spans: PeriodSpan[] = [];
      for (let at = from; at < to; ) {
        const period = names[indexAt(at)] ?? '';
        const end = epochMs(Math.min(to, quickUntil(at) ?? sameUntil(at, indexAt)));
        const last = spans.at(-1);
        if (last?.period === period) spans[spans.length - 1] = { ...last, to: end };
        else spans.push({ from: at, to: end, period });
        at = end;
      }
      return spans;
    },
  };
}

const namesOf = (tables: readonly PeriodTable[]): readonly PeriodName[] =>
  [...new Set(tables.flatMap(({ rules }) => rules.map(({ period }) => period)))].sort();

/** Borders lie on whole minutes of local time, and offsets on whole minutes too: the next one where it differs. */
function sameUntil(at: EpochMs, indexAt: (instant: EpochMs) => number): number {
  const index = indexAt(at);
  let next = (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS;
  const end = next + DAY_MS;
  while (next < end && indexAt(epochMs(next)) === index) next += MINUTE_MS;
  return next;
}

type ReadyDay = {
  readonly date: string;
  /** One a minute: place in `names`, -1 where no rule matches. */
  readonly periods: Int8Array;
  readonly ruleIndexes: Int16Array;
  /** Minutes at which another period begins, and the end of the day. */
  readonly runs: readonly number[];
  readonly rules: readonly PeriodRule[];
};

/** Days to which the same rules apply share one list of minutes. */
function readyTable({ rules }: PeriodTable, names: readonly PeriodName[]) {
  const minutes = new Map<string, Pick<ReadyDay, 'periods' | 'ruleIndexes' | 'runs'>>();
  return {
    of(day: Day): ReadyDay {
      const applying = rules.flatMap((rule, index) => (appliesOn(rule, day) ? [index] : []));
      const key = applying.join(' ');
      const known = minutes.get(key) ?? minutesOf(rules, applying, names);
      minutes.set(key, known);
      return { ...known, date: day.date, rules };
    },
  };
}

function minutesOf(rules: readonly PeriodRule[], applying: readonly number[], names: readonly PeriodName[]) {
  const periods = new Int8Array(DAY_MINUTES).fill(NO_RULE);
  const ruleIndexes = new Int16Array(DAY_MINUTES).fill(NO_RULE);
  // the first that matches counts: written last
  for (const index of applying.toReversed()) {
    const rule = rules[index];
    if (rule === undefined) continue;
    for (const [from, to] of stretchesOf(rule)) {
      periods.fill(names.indexOf(rule.period), from, to);
      ruleIndexes.fill(index, from, to);
    }
  }
  const runs: number[] = [];
  for (let minute = 1; minute <= DAY_MINUTES; minute += 1) {
    if (periods[minute] !== periods[minute - 1]) runs.push(minute);
  }
  return { periods, ruleIndexes, runs };
}

function appliesOn({ months, dates, days }: PeriodRule, day: Day): boolean {
  if (months !== undefined && !months.includes(day.month)) return false;
  if (dates !== undefined && !dates.some((range) => isWithin(day.monthDay, range))) return false;
  return days === undefined || days.some((kind) => day.kinds.has(kind));
}

const isWithin = (monthDay: string, [from, to]: readonly [string, string]): boolean =>
  from <= to ? from <= monthDay && monthDay <= to : from <= monthDay || monthDay <= to;

/** Minutes of a day, half open. */
function stretchesOf({ hours }: PeriodRule): readonly (readonly [number, number])[] {
  if (hours === undefined) return [[0, DAY_MINUTES]];
  return hours.flatMap(([first, last]) => {
    const [from, to] = [minuteOf(first), minuteOf(last)];
    if (from < to) return [[from, to] as const];
    const both = [
      [from, DAY_MINUTES],
      [0, to],
    ] as const;
    return both.filter(([start, end]) => start < end);
  });
}

/** NaN: it is no time. */
export function minuteOf(time: LocalTime): number {
  const [, hour = '', minute = ''] = /^(\d\d):(\d\d)$/.exec(time) ?? [];
  const value = hour === '' ? Number.NaN : Number(hour) * 60 + Number(minute);
  return value <= DAY_MINUTES && Number(minute) < 60 ? value : Number.NaN;
}

const timeText = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

const notCovered = (where: string): LectorError =>
  new LectorError('CONFIG_INVALID', `the tariff does not say which period it is on ${where}`);

/**
 * The first hour of each day of a year on which no rule says which period it is, `2026-03-01 08:00`; empty: the rules
 * cover all of it. At most `max`.
 */
export function uncovered(rules: readonly PeriodRule[], holidays: Holidays, year: number, max = 5): readonly string[] {
  const names = [...new Set(rules.map(({ period }) => period))];
  const ready = readyTable({ rules, from: '', until: null }, names);
  const found: string[] = [];
  const end = dayOf(`${year + 1}-01-01`);
  for (let number = dayOf(`${year}-01-01`); number < end && found.length < max; number += 1) {
    const { periods, date } = ready.of(describeDay(number, holidays));
    const minute = periods.indexOf(NO_RULE);
    if (minute >= 0) found.push(`${date} ${timeText(minute)}`);
  }
  return found;
}
