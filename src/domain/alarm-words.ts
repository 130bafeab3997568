import type { QuietHours } from './alarm-rules.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `40 s`, `15 min`, `2 h 5 min`, `3 days 4 h`. */
export function spanText(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE_MS) return `${Math.floor(whole / 1000)} s`;
  if (whole < HOUR_MS) return `${Math.floor(whole / MINUTE_MS)} min`;
  if (whole < DAY_MS) return pair(Math.floor(whole / HOUR_MS), 'h', Math.floor((whole % HOUR_MS) / MINUTE_MS), 'min');
  const days = Math.floor(whole / DAY_MS);
  return pair(days, days === 1 ? 'day' : 'days', Math.floor((whole % DAY_MS) / HOUR_MS), 'h');
}

const pair = (large: number, unit: string, small: number, smaller: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`;

/** `1.2 GB`, `300 MB`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1e9) return `${Number((bytes / 1e9).toPrecision(bytes >= 1e10 ? 3 : 2))} GB`;
  return `${Math.round(bytes / 1e6)} MB`;
}

/** A value with as many figures as people read: `251.3`. */
export const figureText = (value: number): string => String(Number(value.toPrecision(5)));

/** How a duration stands in the file: `15m`, `1h`. */
export function durationText(ms: number): string {
  if (ms % HOUR_MS === 0 && ms > 0) return `${ms / HOUR_MS}h`;
  if (ms % MINUTE_MS === 0) return `${ms / MINUTE_MS}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** `22:00-07:00`. */
export const quietText = (quiet: readonly QuietHours[]): string =>
  quiet.map(({ from, to }) => `${clock(from)}-${clock(to)}`).join(', ');
