import { lastReading, nextReading, type OffsetAt, type Window, windowOf } from './grid.ts';
import type { EpochMs } from './units.ts';
import { epochMs } from './units.ts';

/**
 * The recording windows of one analyzer. `before` is the interval that the configuration had and that holds until an
 * instant common to both grids ({@link commonInstant}), so that no two windows overlap.
 */
export type RecordingGrid = {
  readonly recordingMs: number;
  readonly before?: { readonly recordingMs: number; readonly until: EpochMs } | null;
};

/** The window (start, end] that an instant belongs to. */
export function windowIn(grid: RecordingGrid, instant: EpochMs, offsetAt: OffsetAt): Window {
  return windowOf(instant, recordingMsAt(grid, instant), offsetAt);
}

function recordingMsAt({ recordingMs, before }: RecordingGrid, instant: EpochMs): number {
  return before && instant <= before.until ? before.recordingMs : recordingMs;
}

/** First nominal instant of a reading after `instant`. */
export function nextIn(grid: RecordingGrid, readingMs: number, instant: EpochMs, offsetAt: OffsetAt): EpochMs {
  const { before } = grid;
  if (!before || instant >= before.until) return nextReading(instant, readingMs, grid.recordingMs, offsetAt);
  const next = nextReading(instant, Math.min(readingMs, before.recordingMs), before.recordingMs, offsetAt);
  return next <= before.until ? next : nextReading(before.until, readingMs, grid.recordingMs, offsetAt);
}

/** Last nominal instant of a reading at or before `instant`. */
export function lastIn(grid: RecordingGrid, readingMs: number, instant: EpochMs, offsetAt: OffsetAt): EpochMs {
  const { before } = grid;
  const old = (at: EpochMs, recordingMs: number) =>
    lastReading(at, Math.min(readingMs, recordingMs), recordingMs, offsetAt);
  if (before && instant <= before.until) return old(instant, before.recordingMs);
  const last = lastReading(instant, readingMs, grid.recordingMs, offsetAt);
  return before && last <= before.until ? old(before.until, before.recordingMs) : last;
}

/**
 * First instant after `after` at which a window ends in both grids: where a changed recording interval takes effect.
 * It comes within the day, because every accepted interval divides one.
 */
export function commonInstant(after: EpochMs, oneMs: number, otherMs: number, offsetAt: OffsetAt): EpochMs {
  const longMs = Math.max(oneMs, otherMs);
  const shortMs = Math.min(oneMs, otherMs);
  let end = windowOf(epochMs(after + 1), longMs, offsetAt).end;
  while (windowOf(end, shortMs, offsetAt).end !== end) end = windowOf(epochMs(end + 1), longMs, offsetAt).end;
  return end;
}

/** Every recording interval that is accepted: divisors of an hour, and whole hours that divide a day. */
const RECORDING_MS: readonly number[] = Array.from({ length: 1440 }, (_, index) => index + 1)
  .filter((minutes) => 60 % minutes === 0 || (minutes % 60 === 0 && 1440 % minutes === 0))
  .map((minutes) => minutes * 60_000);

/**
 * What still holds of the interval that `last`, the record written last, was made with: null where it is the one of
 * now. `until` is the first instant common to both grids after the last run, whose end is the later of the record's and
 * of `lastReading`, so that what was read before it is recorded whole. Where the clock was put back it is after `now`.
 */
export function formerGrid(o: {
  readonly recordingMs: number;
  readonly last: Window | null;
  readonly lastReading: EpochMs | null;
  readonly now: EpochMs;
  readonly offsetAt: OffsetAt;
}): RecordingGrid['before'] {
  const { recordingMs, last, offsetAt } = o;
  if (last === null) return null;
  const isOf = (everyMs: number) => {
    const { start, end } = windowOf(last.end, everyMs, offsetAt);
    return start === last.start && end === last.end;
  };
  if (isOf(recordingMs)) return null;
  const former = RECORDING_MS.find(isOf);
  if (former === undefined) return null;
  const ranUntil = Math.min(o.now, Math.max(last.end, o.lastReading ?? 0));
  return { recordingMs: former, until: commonInstant(epochMs(ranUntil - 1), former, recordingMs, offsetAt) };
}
