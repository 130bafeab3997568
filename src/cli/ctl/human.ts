import type { IsoTime, NumberList } from '../../client/index.ts';
import { NOTHING } from './table.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long, as people say it: `0.8 s`, `42 s`, `4 min`, `3 h`, `12 days`. */
export function spanText(ms: number | null): string | null {
  if (ms === null || Number.isNaN(ms)) return null;
  const span = Math.max(0, ms);
  if (span < 10 * SECOND) return `${(span / SECOND).toFixed(1)} s`;
  if (span < 2 * MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < 2 * HOUR) return `${Math.floor(span / MINUTE)} min`;
  return span < 2 * DAY ? `${Math.floor(span / HOUR)} h` : `${Math.floor(span / DAY)} days`;
}

/** How long ago an instant was. */
export const agoText = (at: IsoTime | null, now: number): string | null =>
  at === null ? null : spanText(now - Date.parse(at));

/** An instant as its own place's clock shows it; without the date where it is the same day as `now`. */
export function timeText(at: IsoTime | null, now: number | null = null): string | null {
  if (at === null) return null;
  const [date = '', time = ''] = at.split('T');
  const clock = time.slice(0, 8);
  return now !== null && dateAt(now, time) === date ? clock : `${date} ${clock}`;
}

/** The date of an instant where times end as `like` does: `+01:00`, `Z`. */
function dateAt(instant: number, like: string): string {
  const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)$/.exec(like) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE * (sign === '-' ? -1 : 1);
  return new Date(instant + offset).toISOString().slice(0, 10);
}

/** Digits that a person reads of a measured value. */
const DIGITS = 4;

/** A measured value with so many digits, at most three of them decimals, and never an exponent. */
export function numberText(value: number | null | undefined, digits = DIGITS): string | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  if (value === 0) return '0';
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1;
  return value.toFixed(Math.min(3, Math.max(0, digits - whole)));
}

/** The values of one variable in one cell, blanks between them. */
export const numbersText = (values: NumberList | undefined, digits = DIGITS): string | null =>
  values === undefined ? null : values.map((value) => numberText(value, digits) ?? NOTHING).join(' ');

/** The same, as they are. */
export const numbersPlain = (values: NumberList | undefined): string | null =>
  values === undefined ? null : values.map((value) => (value === null ? NOTHING : String(value))).join(' ');

export const percentText = (share: number | null): string | null => {
  if (share === null) return null;
  if (share > 0 && share < 0.01) return '<1 %';
  return `${Math.round(share * 100)} %`;
};
