import { closableWindows } from './domain/closable-windows.ts';
import { nextGeneration } from './domain/generation.ts';
import type { OffsetAt, Window } from './domain/grid.ts';
import type { AnalyzerConfig } from './domain/installation.ts';
import { livedSince, passOf } from './domain/pass.ts';
import type { Profile } from './domain/profile.ts';
import type { Gap, LectorRecord } from './domain/record.ts';
import { recordOf } from './domain/record-of.ts';
import { windowIn } from './domain/recording-grid.ts';
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
  readonly passes: Pick<Passes, 'last' | 'left' | 'known'>;
};

/**
 * Makes records: pure functions of the stored readings of their windows. The store has them when a function returns,
 * and `written` settles as its writes do, which may be much later. Throws what the store says when it cannot be read.
 */
export type Recorder = {
  /**
   * Closes one window, and those before it that hold readings and were left open (whoever should have closed them had
   * crashed). A window without a stored reading makes no record, because Lector did not read then, unless `isHeld`: it
   * should have.
   */
  closeWindow(analyzerId: AnalyzerId, window: Window, isHeld?: boolean): readonly Made[];
  /** Closes what ended by `startedAt`, while Lector did not run, once, and marks the stretches in between. */
  recover(startedAt: EpochMs): { readonly windows: number } & Written;
  /** Marks a stretch that a clock left out: as much of it as holds no record and has no mark yet. */
  markGap(stretch: Stretch): Promise<void>;
};

type Stretch = Omit<Gap, 'cause'>;
type Written = { readonly written: Promise<unknown> };
/** A record, and the promise of its write. */
export type Made = { readonly record: LectorRecord } & Written;

const DAY_MS = 86_400_000;

export function createRecorder(o: RecorderOptions): Recorder {
  const { store } = o;
  const lastRun = createLastRun(o);
  const places = new Map(
    o.analyzers.map((analyzer, index) => [analyzer.id, { analyzer, scheduled: o.scheduled[index]! }]),
  );

  const staggerOf = (id: AnalyzerId) => o.scheduled.find((each) => each.analyzerId === id)?.staggerMs ?? 0;
  const recordedOf = (id: AnalyzerId, { end }: Window) => store.records(id, epochMs(end - 1), end);

  /** What is recorded already is not recorded again where another time zone made hours, or days, begin elsewhere. */
  const unrecorded = (window: Window, previous: LectorRecord | null): Window => {
    const isOfNow = previous !== null && passOf(previous) === passOf(window);
    const overlaps = isOfNow && previous.end > window.start && previous.end < window.end;
    return overlaps ? { ...window, start: previous.end } : window;
  };

  const write = (analyzer: AnalyzerConfig, whole: Window, evenEmpty: boolean): readonly Made[] => {
    const previous = store.lastRecord(analyzer.id);
    const window = unrecorded(whole, previous);
    const generation = nextGeneration(recordedOf(analyzer.id, window), window);
    const stored = store.readings(analyzer.id, window.start, window.end);
    // what was read when the clock passed here before is in the record of then
    const since = generation === 0 ? 0 : livedSince(window, o.passes.known(), staggerOf(analyzer.id));
    const readings = stored.filter((reading) => passOf(reading) >= since);
    if (readings.length === 0 && !evenEmpty) return [];
    const record = recordOf({
      nodeId: o.nodeId,
      analyzer,
      profile: o.profileOf(analyzer),
      window,
      generation,
      ...{ readings, previous },
    });
    const passed = window.pass ? { ...record, pass: window.pass } : record;
    return [{ record: passed, written: store.putRecord(passed) }];
  };

  /** Windows between the last record and `window` that hold readings: almost always none. */
  const leftOpen = (scheduled: Scheduled, { start, pass = 0 }: Window): readonly Window[] => {
    const { analyzerId } = scheduled;
    const since = store.lastRecord(analyzerId)?.end ?? epochMs(0);
    if (since >= start) return [];
    const read = store.readings(analyzerId, since, start).filter((reading) => passOf(reading) === pass);
    const windows = read.map(({ nominal }) => windowIn(scheduled, nominal, o.offsetAt));
    const apart = new Map(windows.map((each) => [each.end, { ...each, ...(pass > 0 && { pass }) }]));
    return [...apart.values()].filter(({ end }) => end <= start);
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
      ...windows.flatMap((window) => write(analyzer, passed(window), true).map((made) => made.written)),
      ...(o.isPaused(analyzerId) ? [] : gaps.map((gap) => mark({ analyzerId, ...gap }, 'stopped'))),
    ]);
    // whoever closes the rest may throw before anybody waits for these
    written.catch(() => undefined);
    return { windows: windows.length, written };
  };

  return {
    closeWindow(analyzerId, window, isHeld = false) {
      const place = places.get(analyzerId);
      if (place === undefined) return [];
      const { analyzer, scheduled } = place;
      const before = leftOpen(scheduled, window).flatMap((each) => write(analyzer, each, false));
      return [...before, ...write(analyzer, window, isHeld)];
    },
    recover(startedAt) {
      const all = o.analyzers.map((analyzer, index) => recoverOne(analyzer, o.scheduled[index]!, startedAt));
      const windows = all.reduce((sum, each) => sum + each.windows, 0);
      return { windows, written: Promise.all(all.map((each) => each.written)) };
    },
    markGap: (stretch) => mark(stretch, 'clock'),
  };
}
