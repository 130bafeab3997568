import { type OffsetAt, type Window, windowOf } from '../../domain/grid.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';

/** How fine an answer is: each record, or what they were in an hour, a day, a month of the node's calendar. */
export const RESOLUTIONS = ['raw', 'hour', 'day', 'month'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];
export type BucketLength = Exclude<Resolution, 'raw'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const OLD_DATE = /^(\d\d)-(\d\d)-(\d{4})$/;

/** The hour, day or month (start, end] that an instant lies in. Days of 23 and 25 hours are one day. */
export function bucketOf(instant: EpochMs, length: BucketLength, offsetAt: OffsetAt): Window {
  switch (length) {
    case 'hour':
      return windowOf(instant, HOUR_MS, offsetAt);
    case 'day':
      return windowOf(instant, DAY_MS, offsetAt);
    case 'month': {
      const wall = new Date(instant - 1 + offsetAt(epochMs(instant - 1)));
      const [year, month] = [wall.getUTCFullYear(), wall.getUTCMonth()];
      return { start: dayStart(year, month, 1, offsetAt), end: dayStart(year, month + 1, 1, offsetAt) };
    }
  }
}

/** The first instant of a day of the calendar; `month` from 0, days and months beyond their end run on. */
function dayStart(year: number, month: number, day: number, offsetAt: OffsetAt): EpochMs {
  // noon is never far from midnight, and in no zone is it skipped
  const noon = Date.UTC(year, month, day, 12);
  return windowOf(epochMs(noon - offsetAt(epochMs(noon))), DAY_MS, offsetAt).start;
}

/** A day as a person names it. */
export type Day = { readonly year: number; readonly month: number; readonly day: number };

/** `2014-05-01`; null: no day of the calendar. */
export const parseDay = (text: string): Day | null => dayIn(DATE.exec(text)?.slice(1));
/** `01-05-2014`, as the old calls name it; null: no day of the calendar. */
export const parseOldDay = (text: string): Day | null => dayIn(OLD_DATE.exec(text)?.slice(1).reverse());

function dayIn(fields: readonly string[] | undefined): Day | null {
  const [year = 0, month = 0, day = 0] = (fields ?? []).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  // years below 100 are read as 19xx
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal && year >= 1970 ? { year, month, day } : null;
}

/** First instants of a day and of the day after it. */
export function dayBounds({ year, month, day }: Day, offsetAt: OffsetAt): readonly [first: EpochMs, next: EpochMs] {
  return [dayStart(year, month - 1, day, offsetAt), dayStart(year, month - 1, day + 1, offsetAt)];
}
