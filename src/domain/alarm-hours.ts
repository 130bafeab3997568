import type { QuietHours } from './alarm-rules.ts';
import type { OffsetAt } from './grid.ts';
import type { EpochMs } from './units.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/**
 * Whether an instant lies in quiet hours, by the clock on the wall: in the night that the clock is put back, 2:30 is
 * quiet twice where it is quiet once; an hour that is skipped is quiet for nobody.
 */
export function isQuiet(at: EpochMs, quiet: readonly QuietHours[], offsetAt: OffsetAt): boolean {
  if (quiet.length === 0) return false;
  const minutes = Math.floor((at + offsetAt(at)) / MINUTE_MS) % DAY_MINUTES;
  const minute = (minutes + DAY_MINUTES) % DAY_MINUTES;
  return quiet.some(({ from, to }) => (from < to ? minute >= from && minute < to : minute >= from || minute < to));
}

/** `22:00-07:00`, several with commas; null: it is no such text. A stretch that is empty or all day is none. */
export function parseQuiet(text: string): readonly QuietHours[] | null {
  const parts = text.split(',').map((part) => /^\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/.exec(part));
  const hours = parts.map((part) => {
    if (part === null) return null;
    const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = part.slice(1).map(Number);
    const isClock =
      fromHour < 24 && fromMinute < 60 && toMinute < 60 && (toHour < 24 || (toHour === 24 && toMinute === 0));
    const [from, to] = [fromHour * 60 + fromMinute, (toHour * 60 + toMinute) % DAY_MINUTES];
    return isClock && from !== to ? { from, to } : null;
  });
  const found = hours.filter((each) => each !== null);
  return found.length === hours.length ? found : null;
}
