import { type Actor, createActor, type InspectionEvent } from 'xstate';
import { deviceName, ROOT_NAME } from '../machines/events.ts';
import { childrenOf } from './children.ts';
import { watchClockTrust } from './clock-trust.ts';
import { createLinks } from './device-links.ts';
import { type Failure, toFailure } from './domain/errors.ts';
import type { OffsetAt } from './domain/grid.ts';
import type { AnalyzerConfig, FaultKind, Installation } from './domain/installation.ts';
import { scheduleOf } from './domain/meter-spec.ts';
import type { Clock, Log } from './domain/ports.ts';
import type { Profile } from './domain/profile.ts';
import { formerGrid } from './domain/recording-grid.ts';
import { CLOCK_BACK_MS, type Scheduled } from './domain/schedule.ts';
import type { StateFile, Store } from './domain/store-port.ts';
import type { AnalyzerId, EpochMs } from './domain/units.ts';
import { createExports, registerExports } from './exports.ts';
import type { LineOf } from './links.ts';
import { createMemory } from './memory.ts';
import { afterFormer, openMeterChanges } from './meter-changes.ts';
import { openPasses } from './passes.ts';
import { createRecorder } from './recorder.ts';
import { RELEASED_AT } from './release.ts';
import { createReporter } from './reporter.ts';
import { wiredRoot } from './wiring.ts';
import { localText, zoneOffset } from './zone.ts';

export type AppOptions = {
  readonly installation: Installation;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly store: Store;
  readonly state: StateFile;
  /** Simulated TCP without sockets, for a clock that is not the machine's. */
  readonly inMemory?: boolean;
  /** A wall clock that is earlier is wrong, and this is said; when this release was made, if left out. */
  readonly clockTrustedSince?: EpochMs;
  /** Sees whatever the actors tell each other. */
  readonly inspect?: (event: InspectionEvent) => void;
  /** The bytes of real devices from elsewhere than their port or socket. */
  readonly lineOf?: LineOf;
};

/** The acquisition side, composed: configuration to ports to machines. */
export type App = {
  readonly root: Actor<ReturnType<typeof wiredRoot>>;
  start(): Promise<void>;
  /**
   * Stops in order and resolves when every line is closed, or does not close in time: 2 s at most. What was read is in
   * the store. Never rejects.
   */
  stop(): Promise<void>;
  /** A fault of a simulated meter; false when the analyzer is real or its line was never open. */
  fault(analyzerId: AnalyzerId, kind: FaultKind, forMs: number): boolean;
};

/** How often the store is told that we live: what a gap after a stop is measured from. */
const ALIVE_MS = 10_000;
/** Longest that the end of a stop waits for a line that was not closed in order. */
const CLOSE_MS = 250;

export function createApp(o: AppOptions): App {
  const { installation, clock, log, store } = o;
  const offsetAt = zoneOffset(installation.node.timezone);
  const devices = installation.devices.filter((device) => device.enabled);
  const analyzers = installation.analyzers.filter((each) => devices.some(({ id }) => id === each.deviceId));
  const profileOf = (analyzer: AnalyzerConfig) => o.profiles.get(analyzer.profileId)!;
  const scheduled = scheduleOf(analyzers).map((each) => withFormer(each, { store, now: clock.now(), offsetAt }));
  const memory = createMemory({ state: o.state, store, clock, log });
  const analyzerIds = analyzers.map(({ id }) => id);
  const passes = openPasses({ state: o.state, store, analyzerIds, now: clock.now(), log });
  const timeText = (at: EpochMs) => localText(at, offsetAt);
  const reporter = createReporter({ log, analyzers, devices, profileOf, timeText });
  const links = createLinks({
    ...{ devices, analyzers, profileOf, clock, offsetAt },
    observerOf: (id) => ({
      onEvent: (event) => root.system.get(deviceName(id))?.send({ type: 'NOTICED', event }),
      onLost: (cause) => root.system.get(deviceName(id))?.send({ type: 'LOST', cause: lineFailure(cause) }),
    }),
    inMemory: o.inMemory ?? false,
    lineOf: o.lineOf ?? (() => null),
  });
  const identification = (id: AnalyzerId) => memory.identityOf(id)?.text ?? '';
  const exports = createExports(analyzers, { offsetAt, identification, log, clock });
  const scheduledOf = new Map(scheduled.map((each) => [each.analyzerId, each]));
  const meters = openMeterChanges({ ...o, analyzers, now: clock.now() });
  const recorderOf = (of: readonly AnalyzerConfig[], over: Store) =>
    createRecorder({
      nodeId: installation.node.id,
      analyzers: of,
      scheduled: of.map(({ id }) => scheduledOf.get(id)!),
      ...{ profileOf, store: over, offsetAt, passes, clock },
      isPaused: (id) => memory.pauseOf(id) !== null,
      tell: reporter,
    });
  const recorder = afterFormer(
    recorderOf(analyzers, meters.over(store)),
    recorderOf(meters.former, meters.overFormer(store)),
  );
  const machine = wiredRoot({
    time: { now: clock.now, mono: clock.mono, random: o.random },
    offsetAt,
    linkOf: (id) => links.get(id)!.link,
    recorder,
    beginPass: passes.begin,
    store,
    exporterOf: (id) => exports.get(id)!.exporter,
    reporter,
    keepReading: (reading) => void store.putReading(reading).catch(reporter.storeFailed),
    keepIdentity: memory.keepIdentity,
    keepMode: memory.keepMode,
  });
  const { autoStart } = installation.general;
  const children = childrenOf({ devices, analyzers, profileOf, memory, autoStart, exporterIds: [...exports.keys()] });
  const root: App['root'] = createActor(machine, {
    systemId: ROOT_NAME,
    clock,
    ...(o.inspect && { inspect: o.inspect }),
    input: { children, scheduled, pass: passes.first },
  });

  let alive: unknown = null;
  let unsubscribe = () => {};
  const trust = watchClockTrust({ log, timeText, since: o.clockTrustedSince ?? RELEASED_AT });
  const sayAlive = () => {
    const now = clock.now();
    trust.check(now);
    // a clock that was put back is seen by the schedule first: the mark would hide it from the next run
    const { schedule } = root.getSnapshot().context;
    if (schedule === null || now >= schedule.ranUntil - CLOCK_BACK_MS) {
      store.markAlive(now).catch(reporter.storeFailed);
    }
  };
  const markAlive = () => {
    sayAlive();
    alive = clock.setTimeout(markAlive, ALIVE_MS);
  };
  return {
    root,
    async start() {
      memory.endPauses();
      await registerExports(store.outbox, exports, log);
      unsubscribe = store.outbox.onRecord(oncePerTurn(() => root.send({ type: 'RECORDED' })));
      root.start();
      markAlive();
    },
    async stop() {
      recorder.endRecovery();
      const stopped = new Promise<void>((resolve) => {
        root.subscribe({ complete: resolve, error: () => resolve() });
      });
      root.send({ type: 'SHUTDOWN' });
      await stopped;
      clock.clearTimeout(alive);
      sayAlive();
      unsubscribe();
      // what was not closed in order, because a request was still under way, is closed now
      await Promise.allSettled([...links.values()].map(({ link }) => within(link.close(), CLOSE_MS, clock)));
      await Promise.allSettled([...links.values()].map((link) => link.end()));
      await Promise.allSettled([...exports.values()].map(({ exporter }) => exporter.close()));
    },
    fault(analyzerId, kind, forMs) {
      const device = analyzers.find((each) => each.id === analyzerId)?.deviceId;
      return device === undefined ? false : (links.get(device)?.fault(analyzerId, kind, forMs) ?? false);
    },
  };
}

/** All analyzers of a window are written in one commit: who delivers is told once. */
function oncePerTurn(tell: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    queueMicrotask(() => {
      isAsked = false;
      tell();
    });
  };
}

async function within(promise: Promise<void>, limitMs: number, clock: Clock): Promise<void> {
  let timer: unknown = null;
  const limit = new Promise<void>((resolve) => {
    timer = clock.setTimeout(() => resolve(), limitMs);
  });
  await Promise.race([promise, limit]).finally(() => clock.clearTimeout(timer));
}

/** A changed recording interval takes effect where both grids meet; until then the former one holds. */
function withFormer(scheduled: Scheduled, o: { store: Store; now: EpochMs; offsetAt: OffsetAt }): Scheduled {
  const { analyzerId, recordingMs } = scheduled;
  const last = o.store.lastRecord(analyzerId);
  const lastReading = o.store.lastReading(analyzerId)?.nominal ?? null;
  const before = formerGrid({ recordingMs, last, lastReading, now: o.now, offsetAt: o.offsetAt });
  return before ? { ...scheduled, before } : scheduled;
}

function lineFailure(cause: unknown): Failure {
  return { ...toFailure(cause, 'LINE_CLOSED'), code: 'LINE_CLOSED' };
}
