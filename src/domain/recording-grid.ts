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
