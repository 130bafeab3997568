import type { EpochMs } from './units.ts';
import { epochMs } from './units.ts';

/**
 * A stretch of time (start, end]: the start belongs to the one before. `pass`: how often the wall clock had been put
 * back when it was lived through; absent: never.
 */
export type Window = { readonly start: EpochMs; readonly end: EpochMs; readonly pass?: number };

/**
 * How far the wall clock of a zone is ahead of UTC at an instant, in ms (Madrid in summer: 7,200,000). Domain knows no
 * zones: whoever composes the program passes this in.
 */
export type OffsetAt = (instant: EpochMs) => number;

const HOUR_MS = 3_600_000;
/** No zone changes its offset twice within this time of a window's edge. */
const NEAR_MS = 6 * HOUR_MS;

/**
 * The window that `instant` belongs to, on wall-clock multiples of `recordingMs` in the zone of `offsetAt`.
 *
 * Up to an hour, a window is a stretch of real time: the hour that repeats in autumn is recorded twice, and where the
 * grid itself moves (zones that change by half an hour) the change of offset ends a window early. Above an hour a
 * window is a stretch of the calendar: the day lasts 23 or 25 hours twice a year, and one whose first minute does not
 * exist starts when the clocks change.
 */
export function windowOf(instant: EpochMs, recordingMs: number, offsetAt: OffsetAt): Window {
  // (start, end] is [start, end) one millisecond earlier.
  const inside = epochMs(instant - 1);
  return recordingMs <= HOUR_MS ? clockWindow(inside, recordingMs, offsetAt) : dayWindow(inside, recordingMs, offsetAt);
}

function clockWindow(inside: EpochMs, recordingMs: number, offsetAt: OffsetAt): Window {
  const offset = offsetAt(inside);
  const start = epochMs(floorTo(inside + offset, recordingMs) - offset);
  const end = epochMs(start + recordingMs);
  const shifts = (other: EpochMs) => (offsetAt(other) - offset) % recordingMs !== 0;
  return {
    start: shifts(start) ? offsetChange(start, inside, offsetAt) : start,
    end: shifts(epochMs(end - 1)) ? offsetChange(inside, epochMs(end - 1), offsetAt) : end,
  };
}

function dayWindow(inside: EpochMs, recordingMs: number, offsetAt: OffsetAt): Window {
  const edge = (index: number) => firstInstantAt(index * recordingMs, inside, offsetAt);
  let index = Math.floor((inside + offsetAt(inside)) / recordingMs);
  // Where the clock is put back over an edge, the edge was passed the first time.
  while (edge(index + 1) <= inside) index++;
  while (edge(index) > inside) index--;
  return { start: edge(index), end: edge(index + 1) };
}

/** First instant at which the wall clock, `local` ms after 1970-01-01T00:00 of the zone, is reached or jumped over. */
function firstInstantAt(local: number, near: EpochMs, offsetAt: OffsetAt): EpochMs {
  const guess = local - offsetAt(near);
  const before = epochMs(guess - NEAR_MS);
  const after = epochMs(guess + NEAR_MS);
  const old = local - offsetAt(before);
  const young = local - offsetAt(after);
  if (old === young) return epochMs(old);
  const change = offsetChange(before, after, offsetAt);
  if (old < change) return epochMs(old);
  return young >= change ? epochMs(young) : change;
}

/** First instant in (from, to] with the offset of `to`, where the offset changes once in between. */
function offsetChange(from: EpochMs, to: EpochMs, offsetAt: OffsetAt): EpochMs {
  const target = offsetAt(to);
  let low: number = from;
  let high: number = to;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(epochMs(middle)) === target) high = middle;
    else low = middle;
  }
  return epochMs(high);
}

/** Windows whose end lies in (from, until], oldest first, at most `max` of them. */
export function windowsBetween(
  from: EpochMs,
  until: EpochMs,
  recordingMs: number,
  offsetAt: OffsetAt,
  max = 100_000,
): readonly Window[] {
  const windows: Window[] = [];
  let window = windowOf(epochMs(from + 1), recordingMs, offsetAt);
  while (window.end <= until && windows.length < max) {
    windows.push(window);
    window = windowOf(epochMs(window.end + 1), recordingMs, offsetAt);
  }
  return windows;
}

/**
 * Nominal instants of the readings of a window: every `readingMs` from its start on, its end among them where the
 * interval divides it. The grid begins anew in each window, so that equal windows expect equally many readings.
 */
export function readingInstants(window: Window, readingMs: number): readonly EpochMs[] {
  return Array.from({ length: readingsExpected(window, readingMs) }, (_, index) =>
    epochMs(window.start + (index + 1) * readingMs),
  );
}

/** How many readings a window expects: the N of "n of N". */
export function readingsExpected(window: Window, readingMs: number): number {
  return Math.floor((window.end - window.start) / readingMs);
}

/** First nominal instant after `instant`. `readingMs` is at most `recordingMs`. */
export function nextReading(instant: EpochMs, readingMs: number, recordingMs: number, offsetAt: OffsetAt): EpochMs {
  let window = windowOf(epochMs(instant + 1), recordingMs, offsetAt);
  let next = window.start + (Math.floor((instant - window.start) / readingMs) + 1) * readingMs;
  // a window that a change of clocks made short may have no reading at all
  while (next > window.end) {
    window = windowOf(epochMs(window.end + 1), recordingMs, offsetAt);
    next = window.start + readingMs;
  }
  return epochMs(next);
}

/** Last nominal instant at or before `instant`. */
export function lastReading(instant: EpochMs, readingMs: number, recordingMs: number, offsetAt: OffsetAt): EpochMs {
  let window = windowOf(instant, recordingMs, offsetAt);
  for (;;) {
    const last = window.start + Math.floor((Math.min(instant, window.end) - window.start) / readingMs) * readingMs;
    if (last > window.start) return epochMs(last);
    window = windowOf(window.start, recordingMs, offsetAt);
  }
}

function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
