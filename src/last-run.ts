import type { ClosableInput } from './domain/closable-windows.ts';
import type { Window } from './domain/grid.ts';
import type { AnalyzerConfig } from './domain/installation.ts';
import { passOf, unrecordedSince } from './domain/pass.ts';
import type { Scheduled } from './domain/schedule.ts';
import { type EpochMs, epochMs } from './domain/units.ts';
import type { RecorderOptions } from './recorder.ts';

export type LastRun = {
  /** What the store tells of an analyzer's last run, for the windows that a start must close. */
  of(analyzer: AnalyzerConfig, scheduled: Scheduled, now: EpochMs): Omit<ClosableInput, 'now' | 'offsetAt'>;
};

/** Lector was reading an analyzer when last alive if the last reading was at most this and two intervals old. */
const READING_SLACK_MS = 30_000;
/** Longest window, on the day that has 25 hours. */
const WINDOW_MAX_MS = 25 * 3_600_000;

type LastRunOptions = Pick<RecorderOptions, 'store' | 'isPaused' | 'passes'>;

/** Looks into the store for what the last run left. Almost always that is the window that was open when it ended. */
export function createLastRun({ store, isPaused, passes }: LastRunOptions): LastRun {
  const pass = passes.last;

  const aliveOf = ({ id, readingMs }: AnalyzerConfig, newest: EpochMs | null): EpochMs | null => {
    const alive = store.lastAlive();
    if (alive === null || newest === null || isPaused(id)) return null;
    return newest >= alive - 2 * readingMs - READING_SLACK_MS ? alive : null;
  };

  return {
    of(analyzer, scheduled, now) {
      const { id } = analyzer;
      const last = store.lastRecord(id);
      const newest = store.lastReading(id);
      /** A window that was recorded, and of which nothing was read since. */
      const isRecorded = (window: Window) => {
        const records = store.records(id, epochMs(window.end - 1), window.end);
        const since = unrecordedSince(records);
        const readings = () => store.readings(id, window.start, window.end);
        return records.length > 0 && !readings().some((reading) => passOf(reading) >= since);
      };
      const isRepeated = last !== null && passOf(last) < pass;
      const since = isRepeated ? epochMs((passes.from ?? now) - WINDOW_MAX_MS) : (last?.end ?? epochMs(0));
      const ofPass = newest !== null && passOf(newest) === pass ? newest.nominal : null;
      const until = Math.max(now, store.lastAlive() ?? 0, ofPass ?? 0) + WINDOW_MAX_MS;
      const readings = store.instants(id, since, epochMs(until));
      // the window that the clock left when it was put back comes last of all
      const left = newest === null || newest.nominal <= since ? [] : [newest.nominal];
      return {
        ...scheduled,
        lastRecordEnd: last?.end ?? null,
        isRepeated,
        // with a clock that was never put back, the last record tells
        ...(pass > 0 && { isRecorded }),
        lastAlive: aliveOf(analyzer, ofPass),
        readings: [...readings, ...left],
      };
    },
  };
}
