import { closableWindows } from './domain/closable-windows.ts';
import { LectorError } from './domain/errors.ts';
import { nextGeneration } from './domain/generation.ts';
import type { OffsetAt, Window } from './domain/grid.ts';
import type { AnalyzerConfig } from './domain/installation.ts';
import { passOf, unrecordedSince } from './domain/pass.ts';
import type { Clock } from './domain/ports.ts';
import type { Gap, LectorRecord } from './domain/record.ts';
import { recordOf } from './domain/record-of.ts';
import { windowIn } from './domain/recording-grid.ts';
import type { Scheduled } from './domain/schedule.ts';
import type { Store } from './domain/store-port.ts';
import { type Stretch, uncovered } from './domain/stretch.ts';
import { type AnalyzerId, type EpochMs, epochMs } from './domain/units.ts';
import type { Place } from './fleet.ts';
import { createLastRun } from './last-run.ts';
import type { Passes } from './passes.ts';
import { type Closed, createRecovery, type Left, type Recovery } from './recovery.ts';

export type RecorderOptions = {
  readonly nodeId: number;
  /** Analyzers whose last run is looked into at the start. */
  readonly analyzers: readonly AnalyzerConfig[];
  /** What records of an analyzer are made by now; null: it is not known any more. */
  readonly placeOf: (id: AnalyzerId) => Place | null;
  readonly store: Store;
  readonly offsetAt: OffsetAt;
  /** Whether the analyzer is paused: where nothing is recorded, the pause says why. */
  readonly isPaused: (id: AnalyzerId) => boolean;
  readonly passes: Pick<Passes, 'last' | 'from' | 'left'>;
  readonly clock: Pick<Clock, 'mono' | 'setTimeout'>;
  readonly tell: {
    /** A record was made, after `previous`. */
    made(record: LectorRecord, previous: LectorRecord | null): void;
    /** No record can be made of a window, because of a fault of Lector's own: it is left out. */
    setAside(analyzerId: AnalyzerId, window: Window, error: unknown): void;
    /** Why windows of the last run were not closed, once; they are closed with the next one of their analyzer. */
    recoverFailed(error: unknown): void;
  };
};

/**
 * Makes records: pure functions of the stored readings of their windows. The store has them when a function returns,
 * and `written` settles as its writes do, which may be much later. Throws what the store says when it cannot be read.
 */
export type Recorder = {
  /**
   * Closes one window, and those before it that hold readings and were left open (whoever should have closed them had
   * crashed). A window without a stored reading makes no record, because Lector did not read then, unless `isHeld`: it
   * should have. Not to be called before `recovering` has settled. A window of which a fault of Lector's own lets
   * nothing be made throws twice more and is then set aside.
   */
  closeWindow(analyzerId: AnalyzerId, window: Window, isHeld?: boolean): readonly Made[];
  /**
   * Closes what ended by `startedAt`, while Lector did not run, once, and marks the stretches in between. Resolves when
   * readings may begin: the closing goes on beside them, except after the clock was put back, for what is read then may
   * take the place of what was read before.
   */
  recover(startedAt: EpochMs): Promise<{ readonly closed: Promise<Closed> }>;
  /** Settles when the windows that the last run left of an analyzer are closed; null: they are. Never rejects. */
  recovering(id: AnalyzerId): Promise<void> | null;
  /** Closes what is left of them at once: the clock was put back. */
  finishRecovery(): void;
  /** Leaves them to the next start. */
  endRecovery(): void;
  /** Marks a stretch that a clock left out: as much of it as holds no record and has no mark yet. */
  markGap(stretch: Unrecorded): Promise<void>;
};

type Unrecorded = Omit<Gap, 'cause'>;
type Written = { readonly written: Promise<unknown> };
/** A record, and the promise of its write. */
export type Made = { readonly record: LectorRecord } & Written;

const DAY_MS = 86_400_000;
/** Within so much time before its end, a stretch is marked around each record that lies in it. */
const MARK_NEAR_MS = 5 * DAY_MS;
/** How often a window is tried of which nothing can be made. */
const TRIES_MAX = 3;

export function createRecorder(o: RecorderOptions): Recorder {
  const { store } = o;
  const lastRun = createLastRun(o);

  const recordedOf = (id: AnalyzerId, { end }: Window) => store.records(id, epochMs(end - 1), end);

  /** What is recorded already is not recorded again where another time zone made hours, or days, begin elsewhere. */
  const unrecorded = (window: Window, previous: LectorRecord | null): Window => {
    const isOfNow = previous !== null && passOf(previous) === passOf(window);
    const overlaps = isOfNow && previous.end > window.start && previous.end < window.end;
    return overlaps ? { ...window, start: previous.end } : window;
  };

  const write = ({ analyzer, profile }: Place, whole: Window, evenEmpty: boolean): readonly Made[] => {
    const previous = store.lastRecord(analyzer.id);
    const window = unrecorded(whole, previous);
    const recorded = recordedOf(analyzer.id, window);
    const generation = nextGeneration(recorded, window);
    const stored = store.readings(analyzer.id, window.start, window.end);
    // what was read when the clock passed here before is in the record of then
    const since = unrecordedSince(recorded);
    const readings = stored.filter((reading) => passOf(reading) >= since && passOf(reading) <= passOf(window));
    const isRecorded = recorded.some((record) => passOf(record) === passOf(window));
    if (readings.length === 0 && (isRecorded || !evenEmpty)) return [];
    const record = recordOf({
      nodeId: o.nodeId,
      ...{ analyzer, profile, window },
      generation,
      ...{ readings, previous },
    });
    const passed = window.pass ? { ...record, pass: window.pass } : record;
    o.tell.made(passed, previous);
    markBefore(passed, previous);
    return [{ record: passed, written: store.putRecord(passed) }];
  };

  const lastAside = new Map<AnalyzerId, Window>();

  /** Windows between the last record and `window` that hold readings: almost always none. */
  const leftOpen = (scheduled: Scheduled, { start, pass = 0 }: Window): readonly Window[] => {
    const { analyzerId } = scheduled;
    const aside = lastAside.get(analyzerId);
    const passedOver = aside !== undefined && passOf(aside) === pass ? aside.end : 0;
    const since = epochMs(Math.max(store.lastRecord(analyzerId)?.end ?? 0, passedOver));
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

  /** What holds no record and has no mark. */
  const uncoveredIn = ({ analyzerId, from, to }: Unrecorded): readonly Stretch[] => {
    // a clock that was far in the past leaves out years: of those, all up to the last record were lived through
    const near = epochMs(Math.max(from, to - MARK_NEAR_MS));
    const records = store.records(analyzerId, near, to).map((record) => ({ from: record.start, to: record.end }));
    const since = near === from ? from : (records[0]?.from ?? recordedUntil(analyzerId, from, near));
    return uncovered({ from: since, to }, [...records, ...store.gaps(analyzerId, since, to)]);
  };

  /** Whole windows before a record of which nothing was read, and nothing says so yet: none was due while it ran. */
  const markBefore = (record: LectorRecord, previous: LectorRecord | null): void => {
    if (previous === null || passOf(previous) !== passOf(record) || previous.end >= record.start) return;
    const { analyzerId, start, end } = record;
    const holes = uncoveredIn({ analyzerId, from: previous.end, to: start });
    const whole = holes.filter(({ from, to }) => to - from >= end - start);
    for (const hole of whole) store.putGap({ analyzerId, ...hole, cause: 'stopped' }).catch(o.tell.recoverFailed);
  };

  const mark = async ({ analyzerId, from, to }: Unrecorded, cause: Gap['cause']): Promise<void> => {
    const left = uncoveredIn({ analyzerId, from, to });
    await Promise.all(left.map((stretch) => store.putGap({ analyzerId, ...stretch, cause })));
  };

  const tries = new Map<string, number>();
  /**
   * What is made of a window. Errors of the store are thrown: it is there again some time. Any other is a bug, which
   * the same readings meet each time: at the last of `most` tries the window is set aside, and others go on.
   */
  const sparing = (id: AnalyzerId, window: Window, most: number, make: () => readonly Made[]): readonly Made[] => {
    const name = `${id}/${window.end}/${passOf(window)}`;
    const before = tries.get(name) ?? 0;
    if (before >= TRIES_MAX) return [];
    try {
      return make();
    } catch (error) {
      if (error instanceof LectorError) throw error;
      tries.set(name, before + 1 < most ? before + 1 : TRIES_MAX);
      if (before + 1 < most) throw error;
      lastAside.set(id, window);
      o.tell.setAside(id, window, error);
      return [];
    }
  };

  const planOf = ({ analyzer, scheduled }: Place, now: EpochMs): Left => {
    const { windows, gaps } = closableWindows({ ...lastRun.of(analyzer, scheduled, now), now, offsetAt: o.offsetAt });
    const marks = o.isPaused(analyzer.id)
      ? []
      : gaps.map((gap) => mark({ analyzerId: analyzer.id, ...gap }, 'stopped'));
    return { windows: windows.map((window) => ({ ...window, pass: o.passes.last })), marks };
  };
  let recovery: Recovery | null = null;

  return {
    closeWindow(analyzerId, window, isHeld = false) {
      const place = o.placeOf(analyzerId);
      if (place === null) return [];
      return sparing(analyzerId, window, TRIES_MAX, () => {
        const before = leftOpen(place.scheduled, window).flatMap((each) =>
          sparing(analyzerId, each, 1, () => write(place, each, false)),
        );
        return [...before, ...write(place, window, isHeld)];
      });
    },
    async recover(startedAt) {
      // as it is configured now, whatever takes its place meanwhile
      const places = o.analyzers.flatMap(({ id }) => o.placeOf(id) ?? []);
      recovery = createRecovery({
        ...{ places, clock: o.clock, failed: o.tell.recoverFailed },
        plan: (place) => planOf(place, startedAt),
        close: (place, window) =>
          sparing(place.analyzer.id, window, 1, () => write(place, window, true)).map(({ written }) => written),
      });
      const begun = await recovery.begin();
      if (o.passes.left !== null) await begun.closed;
      return begun;
    },
    recovering: (id) => recovery?.under(id) ?? null,
    finishRecovery: () => recovery?.finish(),
    endRecovery: () => recovery?.end(),
    markGap: (stretch) => mark(stretch, 'clock'),
  };
}
