import { closableWindows } from './domain/closable-windows.ts';
import { nextGeneration } from './domain/generation.ts';
import type { OffsetAt, Window } from './domain/grid.ts';
import type { AnalyzerConfig } from './domain/installation.ts';
import type { Clock } from './domain/ports.ts';
import type { Profile } from './domain/profile.ts';
import type { LectorRecord } from './domain/record.ts';
import { recordOf } from './domain/record-of.ts';
import type { Scheduled } from './domain/schedule.ts';
import type { Store } from './domain/store-port.ts';
import { type AnalyzerId, epochMs } from './domain/units.ts';

export type RecorderOptions = {
  readonly nodeId: number;
  readonly analyzers: readonly AnalyzerConfig[];
  readonly scheduled: readonly Scheduled[];
  readonly profileOf: (analyzer: AnalyzerConfig) => Profile;
  readonly store: Store;
  readonly clock: Clock;
  readonly offsetAt: OffsetAt;
  /** Whether the analyzer was being read when the last run ended: not where it was paused. */
  readonly wasReading: (id: AnalyzerId) => boolean;
};

/** Makes records: pure functions of the stored readings of their windows. Rejects with what the store says. */
export type Recorder = {
  /** Closes one window; null when no reading of it was stored: Lector did not read then. */
  closeWindow(analyzerId: AnalyzerId, window: Window): Promise<LectorRecord | null>;
  /** Closes what ended while Lector did not run, once, and marks the stretches in between. The windows it closed. */
  recover(): Promise<number>;
};

/** Readings of the last run that a start looks at; those of older windows were closed by a run before it. */
const RECOVER_MAX_MS = 3 * 86_400_000;

export function createRecorder(o: RecorderOptions): Recorder {
  const { store, clock, offsetAt } = o;

  const write = async (analyzer: AnalyzerConfig, window: Window, evenEmpty: boolean): Promise<LectorRecord | null> => {
    const readings = store.readings(analyzer.id, window.start, window.end);
    if (readings.length === 0 && !evenEmpty) return null;
    const record = recordOf({
      nodeId: o.nodeId,
      analyzer,
      profile: o.profileOf(analyzer),
      window,
      generation: nextGeneration(store.records(analyzer.id, epochMs(window.end - 1), window.end), window),
      readings,
      previous: store.lastRecord(analyzer.id),
    });
    await store.putRecord(record);
    return record;
  };

  const recoverOne = async (analyzer: AnalyzerConfig, scheduled: Scheduled): Promise<number> => {
    const last = store.lastRecord(analyzer.id);
    const now = clock.now();
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
    for (const window of windows) await write(analyzer, window, true);
    for (const { from, to } of gaps) await store.putGap({ analyzerId: analyzer.id, from, to, cause: 'stopped' });
    return windows.length;
  };

  return {
    async closeWindow(analyzerId, window) {
      const analyzer = o.analyzers.find((each) => each.id === analyzerId);
      return analyzer ? await write(analyzer, window, false) : null;
    },
    async recover() {
      let closed = 0;
      for (const [index, analyzer] of o.analyzers.entries()) {
        const scheduled = o.scheduled[index];
        if (scheduled) closed += await recoverOne(analyzer, scheduled);
      }
      return closed;
    },
  };
}
