import { closableWindows } from './domain/closable-windows.ts';
import { nextGeneration } from './domain/generation.ts';
import type { OffsetAt, Window } from './domain/grid.ts';
import type { AnalyzerConfig } from './domain/installation.ts';
import type { Profile } from './domain/profile.ts';
import type { LectorRecord } from './domain/record.ts';
import { recordOf } from './domain/record-of.ts';
import type { Scheduled } from './domain/schedule.ts';
import type { Store } from './domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from './domain/units.ts';

export type RecorderOptions = {
  readonly nodeId: number;
  readonly analyzers: readonly AnalyzerConfig[];
  readonly scheduled: readonly Scheduled[];
  readonly profileOf: (analyzer: AnalyzerConfig) => Profile;
  readonly store: Store;
  readonly offsetAt: OffsetAt;
  /** Whether the analyzer was being read when the last run ended: not where it was paused. */
  readonly wasReading: (id: AnalyzerId) => boolean;
};

/**
 * Makes records: pure functions of the stored readings of their windows. The store has them when a function returns,
 * and `written` settles as its writes do, which may be much later. Throws what the store says when it cannot be read.
 */
export type Recorder = {
  /** Closes one window; `record` is null when no reading of it was stored: Lector did not read then. */
  closeWindow(analyzerId: AnalyzerId, window: Window): { readonly record: LectorRecord | null } & Written;
  /** Closes what ended by `startedAt`, while Lector did not run, once, and marks the stretches in between. */
  recover(startedAt: EpochMs): { readonly windows: number } & Written;
};

type Written = { readonly written: Promise<unknown> };

const NOTHING = { record: null, written: Promise.resolve() } as const;

/** Readings of the last run that a start looks at; those of older windows were closed by a run before it. */
const RECOVER_MAX_MS = 3 * 86_400_000;

export function createRecorder(o: RecorderOptions): Recorder {
  const { store, offsetAt } = o;

  const write = (analyzer: AnalyzerConfig, window: Window, evenEmpty: boolean): ReturnType<Recorder['closeWindow']> => {
    const readings = store.readings(analyzer.id, window.start, window.end);
    if (readings.length === 0 && !evenEmpty) return NOTHING;
    const record = recordOf({
      nodeId: o.nodeId,
      analyzer,
      profile: o.profileOf(analyzer),
      window,
      generation: nextGeneration(store.records(analyzer.id, epochMs(window.end - 1), window.end), window),
      readings,
      previous: store.lastRecord(analyzer.id),
    });
    return { record, written: store.putRecord(record) };
  };

  const recoverOne = (
    analyzer: AnalyzerConfig,
    scheduled: Scheduled,
    now: EpochMs,
  ): ReturnType<Recorder['recover']> => {
    const last = store.lastRecord(analyzer.id);
    const since = epochMs(Math.max(last?.end ?? 0, now - RECOVER_MAX_MS));
    const newest = epochMs(Math.max(now, store.lastReading(analyzer.id)?.nominal ?? now));
    const { windows, gaps } = closableWindows({
      ...scheduled,
      lastRecordEnd: last?.end ?? null,
      lastAlive: o.wasReading(analyzer.id) ? store.lastAlive() : null,
      readings: store.readings(analyzer.id, since, newest).map((reading) => reading.nominal),
      now,
      offsetAt,
    });
    const written = Promise.all([
      ...windows.map((window) => write(analyzer, window, true).written),
      ...gaps.map(({ from, to }) => store.putGap({ analyzerId: analyzer.id, from, to, cause: 'stopped' })),
    ]);
    // whoever closes the rest may throw before anybody waits for these
    written.catch(() => undefined);
    return { windows: windows.length, written };
  };

  return {
    closeWindow(analyzerId, window) {
      const analyzer = o.analyzers.find((each) => each.id === analyzerId);
      return analyzer ? write(analyzer, window, false) : NOTHING;
    },
    recover(startedAt) {
      const all = o.analyzers.map((analyzer, index) => recoverOne(analyzer, o.scheduled[index]!, startedAt));
      const windows = all.reduce((sum, each) => sum + each.windows, 0);
      return { windows, written: Promise.all(all.map((each) => each.written)) };
    },
  };
}
