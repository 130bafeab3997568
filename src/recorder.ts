import { closableWindows } from './domain/closable-windows.ts';
import { nextGeneration } from './domain/generation.ts';
import type { OffsetAt, Window } from './domain/grid.ts';
import type { AnalyzerConfig } from './domain/installation.ts';
import { livedSince, passOf } from './domain/pass.ts';
import type { Profile } from './domain/profile.ts';
import type { Gap, LectorRecord } from './domain/record.ts';
import { recordOf } from './domain/record-of.ts';
import type { Scheduled } from './domain/schedule.ts';
import type { Store } from './domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from './domain/units.ts';
import { createLastRun } from './last-run.ts';
import type { Passes } from './passes.ts';

export type RecorderOptions = {
  readonly nodeId: number;
  readonly analyzers: readonly AnalyzerConfig[];
  readonly scheduled: readonly Scheduled[];
  readonly profileOf: (analyzer: AnalyzerConfig) => Profile;
  readonly store: Store;
  readonly offsetAt: OffsetAt;
  /** Whether the analyzer is paused: where nothing is recorded, the pause says why. */
  readonly isPaused: (id: AnalyzerId) => boolean;
  readonly passes: Pick<Passes, 'last' | 'known'>;
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
  /** Marks a stretch that a clock left out: as much of it as holds no record and has no mark yet. */
  markGap(stretch: Stretch): Promise<void>;
};

type Stretch = Omit<Gap, 'cause'>;
type Written = { readonly written: Promise<unknown> };

const NOTHING = { record: null, written: Promise.resolve() } as const;
const DAY_MS = 86_400_000;

export function createRecorder(o: RecorderOptions): Recorder {
  const { store } = o;
  const lastRun = createLastRun(o);

  const staggerOf = (id: AnalyzerId) => o.scheduled.find((each) => each.analyzerId === id)?.staggerMs ?? 0;
  const recordedOf = (id: AnalyzerId, { end }: Window) => store.records(id, epochMs(end - 1), end);

  const write = (analyzer: AnalyzerConfig, window: Window, evenEmpty: boolean): ReturnType<Recorder['closeWindow']> => {
    const generation = nextGeneration(recordedOf(analyzer.id, window), window);
    const stored = store.readings(analyzer.id, window.start, window.end);
    // what was read when the clock passed here before is in the record of then
    const since = generation === 0 ? 0 : livedSince(window, o.passes.known(), staggerOf(analyzer.id));
    const readings = stored.filter((reading) => passOf(reading) >= since);
    if (readings.length === 0 && !evenEmpty) return NOTHING;
    const record = recordOf({
      nodeId: o.nodeId,
      analyzer,
      profile: o.profileOf(analyzer),
      window,
      generation,
      readings,
      previous: store.lastRecord(analyzer.id),
    });
    return { record, written: store.putRecord(record) };
  };

  /** End of the last record in (from, to]; `from` when there is none. Looks further back in growing steps. */
  const recordedUntil = (id: AnalyzerId, from: EpochMs, to: EpochMs): EpochMs => {
    for (let spanMs = DAY_MS; ; spanMs *= 4) {
      const after = epochMs(Math.max(from, to - spanMs));
      const last = store.records(id, after, to).at(-1);
      if (last !== undefined || after === from) return last?.end ?? from;
    }
  };

  const mark = async ({ analyzerId, from, to }: Stretch, cause: Gap['cause']): Promise<void> => {
    const recorded = recordedUntil(analyzerId, from, to);
    const marks = store.gaps(analyzerId, recorded, to);
    const rest = marks.reduce((until, gap) => (gap.from <= until && gap.to > until ? gap.to : until), recorded);
    if (rest < to) await store.putGap({ analyzerId, from: rest, to, cause });
  };

  const recoverOne = (
    analyzer: AnalyzerConfig,
    scheduled: Scheduled,
    now: EpochMs,
  ): ReturnType<Recorder['recover']> => {
    const { windows, gaps } = closableWindows({ ...lastRun.of(analyzer, scheduled, now), now, offsetAt: o.offsetAt });
    const passed = (window: Window) => ({ ...window, pass: o.passes.last });
    const analyzerId = analyzer.id;
    const written = Promise.all([
      ...windows.map((window) => write(analyzer, passed(window), true).written),
      ...(o.isPaused(analyzerId) ? [] : gaps.map((gap) => mark({ analyzerId, ...gap }, 'stopped'))),
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
    markGap: (stretch) => mark(stretch, 'clock'),
  };
}
