import { chance } from './chance.ts';

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** What a day is like in a school: its use above the night's base runs through (hour, 0..1) points. */
type DayKind = 'lessons' | 'office' | 'closed';
type Shape = readonly (readonly [hour: number, level: number])[];

/** All are 0 from 22:30 to 5:30: clocks are changed at night, and nothing may depend on which hour repeats. */
const SHAPES: Readonly<Record<DayKind, Shape>> = {
  lessons: [
    ...([
      [0, 0],
      [5.5, 0],
      [7, 0.25],
      [8.25, 0.86],
      [10.75, 0.94],
      [11.25, 0.8],
      [11.75, 0.97],
    ] as const),
    ...([
      [12.75, 1],
      [13.75, 0.85],
      [14.25, 0.55],
      [15, 0.74],
      [16.75, 0.6],
      [17.5, 0.34],
    ] as const),
    ...([
      [20.5, 0.24],
      [22, 0.05],
      [22.5, 0],
      [24, 0],
    ] as const),
  ],
  office: [
    [0, 0],
    [7, 0],
    [8.5, 0.24],
    [11, 0.3],
    [13.5, 0.27],
    [15, 0],
    [24, 0],
  ],
  closed: [
    [0, 0],
    [8, 0],
    [10, 0.06],
    [13, 0.05],
    [15, 0],
    [24, 0],
  ],
};

/** The running integral of a shape at each of its points, in hours of full level. */
const SUMS = Object.fromEntries(Object.entries(SHAPES).map(([kind, shape]) => [kind, sumsOf(shape)])) as Readonly<
  Record<DayKind, readonly number[]>
>;

function sumsOf(shape: Shape): readonly number[] {
  let sum = 0;
  return shape.map(([hour, level], n) => {
    const [lastHour, lastLevel] = shape[n - 1] ?? [hour, level];
    sum += ((hour - lastHour) * (level + lastLevel)) / 2;
    return sum;
  });
}

export type SchoolDay = { readonly kind: DayKind; readonly factor: number };

/** The day number `day` (of the local calendar, 1970-01-01 is 0) of the school with this seed. */
export function schoolDay(seed: number, day: number): SchoolDay {
  const date = new Date(day * DAY_MS);
  const month = date.getUTCMonth() + 1;
  const season = 1 + 0.18 * Math.cos((2 * Math.PI * (dayOfYear(date, day) - 20)) / 365.25);
  const factor = season * (0.92 + 0.16 * chance(seed, day));
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  if (weekend || isHoliday(month, date.getUTCDate(), day, date.getUTCFullYear())) return { kind: 'closed', factor };
  return { kind: isSummer(month, date.getUTCDate()) ? 'office' : 'lessons', factor };
}

/** Highest factor that {@link schoolDay} gives. */
export const DAY_FACTOR_MAX = 1.18 * 1.08;

const dayOfYear = (date: Date, day: number): number => day - Date.UTC(date.getUTCFullYear(), 0, 1) / DAY_MS;

const isSummer = (month: number, date: number): boolean =>
  (month === 6 && date > 21) || month === 7 || (month === 9 && date < 11);

function isHoliday(month: number, date: number, day: number, year: number): boolean {
  if (month === 8 || (month === 12 && date > 22) || (month === 1 && date < 8)) return true;
  if (['5-1', '10-12', '11-1', '12-6', '12-8'].includes(`${month}-${date}`)) return true;
  const easter = easterDay(year);
  return day >= easter - 7 && day <= easter + 7;
}

/** Easter Sunday (Gregorian, Gauss), as a day number. */
function easterDay(year: number): number {
  const century = Math.floor(year / 100);
  const moon = (19 * (year % 19) + century - Math.floor(century / 4) - Math.floor((8 * century + 13) / 25) + 15) % 30;
  const full = moon - (moon > 28 || (moon === 28 && year % 19 > 10) ? 1 : 0);
  const weekday = (year + Math.floor(year / 4) + full + 2 - century + Math.floor(century / 4)) % 7;
  return Date.UTC(year, 2, 28 + full - weekday) / DAY_MS;
}

/** Level 0..1 of a kind of day, `localMs` after its midnight. */
export function levelAt(kind: DayKind, localMs: number): number {
  const { from, to, part } = stretchAt(SHAPES[kind], localMs / HOUR_MS);
  return from[1] + (to[1] - from[1]) * part;
}

/** Integral of {@link levelAt} from midnight on, in hours of full level. */
export function levelHours(kind: DayKind, localMs: number): number {
  const hour = localMs / HOUR_MS;
  const { from, index } = stretchAt(SHAPES[kind], hour);
  return (SUMS[kind][index] ?? 0) + ((hour - from[0]) * (from[1] + levelAt(kind, localMs))) / 2;
}

/** Integral of the whole day. */
export const levelHoursOfDay = (kind: DayKind): number => SUMS[kind].at(-1) ?? 0;

function stretchAt(shape: Shape, hour: number) {
  let index = shape.length - 2;
  while (index > 0 && (shape[index]?.[0] ?? 0) > hour) index -= 1;
  const from = shape[index] ?? [0, 0];
  const to = shape[index + 1] ?? [24, 0];
  return { from, to, index, part: (hour - from[0]) / (to[0] - from[0]) };
}
