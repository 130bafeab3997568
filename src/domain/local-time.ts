import type { OffsetAt } from './grid.ts';
import { type EpochMs, epochMs } from './units.ts';

/** Farthest that a zone is from UTC. */
const OFFSET_MAX_MS = 26 * 3_600_000;
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/;
const ABSOLUTE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * The instant of a date or a date and time in local time (`2026-11-25`, which is its midnight, `2026-11-25 14:30`), or
 * with an offset of its own (`2026-11-25T14:30:00+01:00`, `...Z`). null: it is none. A time that comes twice is the
 * first of both; one that is left out by a zone is as late after the change as it says.
 */
export function parseLocalTime(text: string, offsetAt: OffsetAt): EpochMs | null {
  if (ABSOLUTE.test(text)) {
    const instant = Date.parse(text.replace(' ', 'T'));
    return Number.isNaN(instant) ? null : epochMs(instant);
  }
  const match = LOCAL.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const isReal = year >= 1 && hour < 24 && minute < 60 && second < 60;
  if (!isReal || new Date(wall).getUTCDate() !== day || new Date(wall).getUTCMonth() !== month - 1) return null;
  return instantOfWall(wall, offsetAt);
}

/** An instant as people of the zone write it: "2026-11-25 12:15:00". */
export function localText(instant: EpochMs, offsetAt: OffsetAt): string {
  return new Date(instant + offsetAt(instant)).toISOString().slice(0, 19).replace('T', ' ');
}

/** The instant at which clocks show `wall` (ms, as if it were UTC). */
export function instantOfWall(wall: number, offsetAt: OffsetAt): EpochMs {
  const before = offsetAt(epochMs(wall - OFFSET_MAX_MS));
  const after = offsetAt(epochMs(wall + OFFSET_MAX_MS));
  // the greater offset is the earlier instant
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    const instant = epochMs(wall - offset);
    if (offsetAt(instant) === offset) return instant;
  }
  return epochMs(wall - before);
}

/** Longest step by which a zone puts its clocks back. */
const BACK_MAX_MS = 3 * 3_600_000;

/** The same local time once more, where it comes twice and `first` is the first of both; else `first` itself. */
export function secondOfWall(first: EpochMs, offsetAt: OffsetAt): EpochMs {
  const back = offsetAt(first) - offsetAt(epochMs(first + BACK_MAX_MS));
  const second = epochMs(first + back);
  return back > 0 && offsetAt(second) === offsetAt(first) - back ? second : first;
}

/** Whether a time says its own offset, so that it comes once. */
export const isAbsoluteTime = (text: string): boolean => ABSOLUTE.test(text);
