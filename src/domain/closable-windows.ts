import type { OffsetAt, Window } from './grid.ts';
import { type RecordingGrid, windowIn } from './recording-grid.ts';
import type { EpochMs } from './units.ts';
import { epochMs } from './units.ts';

export type ClosableInput = RecordingGrid & {
  /** End of the record of the analyzer that was written last; null: it has none. */
  readonly lastRecordEnd: EpochMs | null;
  /** The wall clock was put back after that record: windows before its end may have come once more. */
  readonly isRepeated?: boolean;
  /** Whether a window with readings was recorded from them; left out: those up to the last record were. */
  readonly isRecorded?: (window: Window) => boolean;
  /** Last mark of the run before that the analyzer was being read; null: none, or it was paused or not started. */
  readonly lastAlive: EpochMs | null;
  /** Nominal instants of its stored readings after the last record, in any order. */
  readonly readings: readonly EpochMs[];
  readonly now: EpochMs;
  /** Windows that ended within this time before `now` are left to the schedule, which waits for the stagger. */
  readonly staggerMs: number;
  readonly offsetAt: OffsetAt;
};

/** What a start makes good: windows to close now, oldest first, and the stretches (from, to] in which nothing ran. */
export type Closable = {
  readonly windows: readonly Window[];
  readonly gaps: readonly { readonly from: EpochMs; readonly to: EpochMs }[];
};

/**
 * Which windows ended while Lector did not run and must be recorded at start: those with a stored reading (also one
 * that failed), and the one in which it was last alive, though it read nothing. What lies between them, and up to the
 * window that is open now, is a gap. Takes no loop over the time that passed.
 *
 * The window that is open now stays open: its record is made at its end, from the readings of before and after. One
 * that lies wholly in the future was begun by a clock that has been put right since, and is closed too.
 */
export function closableWindows(o: ClosableInput): Closable {
  const { lastRecordEnd, offsetAt } = o;
  const until = epochMs(o.now - o.staggerMs);
  const open = windowIn(o, epochMs(until + 1), offsetAt);
  const isNew = (window: Window) =>
    (lastRecordEnd === null || window.end > lastRecordEnd || o.isRepeated === true) && o.isRecorded?.(window) !== true;
  const isOver = ({ start, end }: Window) => end <= until || start >= o.now;
  const windows = windowsOf(o).filter((window) => isNew(window) && isOver(window));
  const from = lastRecordEnd ?? windows[0]?.start ?? open.start;
  return {
    windows,
    gaps: gapsBetween(
      from,
      windows.filter(({ end }) => end <= until),
      open.start,
    ),
  };
}

/** The windows in which something ran, each once, oldest first. */
function windowsOf(o: ClosableInput): readonly Window[] {
  const alive = o.lastRecordEnd === null && o.readings.length === 0 ? [] : [o.lastAlive];
  const found = new Map<EpochMs, Window>();
  let window: Window | null = null;
  for (const instant of [...o.readings, ...alive]) {
    if (instant === null) continue;
    if (window === null || instant <= window.start || instant > window.end) window = windowIn(o, instant, o.offsetAt);
    found.set(window.end, window);
  }
  return [...found.values()].sort((a, b) => a.end - b.end);
}

function gapsBetween(from: EpochMs, windows: readonly Window[], to: EpochMs): Closable['gaps'] {
  const ends = [from, ...windows.map(({ end }) => end)];
  const starts = [...windows.map(({ start }) => start), to];
  return ends.flatMap((end, index) => {
    const start = starts[index] ?? to;
    return start > end ? [{ from: end, to: start }] : [];
  });
}
