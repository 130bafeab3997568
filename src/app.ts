import { type Actor, createActor, type InspectionEvent, waitFor } from 'xstate';
import type { AnalyzerContext } from '../machines/analyzer-setup.ts';
import { analyzerName, deliveryName, deviceName, ROOT_NAME } from '../machines/events.ts';
import { startAlarms } from './alarms.ts';
import { childrenOf } from './children.ts';
import { watchClockTrust } from './clock-trust.ts';
import { createLinks } from './device-links.ts';
import { consultedOf } from './domain/consulted.ts';
import { type Failure, LectorError, toFailure } from './domain/errors.ts';
import type { FaultKind, LogLevel } from './domain/installation.ts';
import type { Clock, Log } from './domain/ports.ts';
import type { Reading } from './domain/reading.ts';
import { CLOCK_BACK_MS } from './domain/schedule.ts';
import type { StateFile, Store } from './domain/store-port.ts';
import type { AnalyzerId, EpochMs } from './domain/units.ts';
import { watchEvents } from './entered-events.ts';
import { createExports, type ExporterOptions } from './exports.ts';
import { type Configuration, type Fleet, firstFleet } from './fleet.ts';
import { createLeavers } from './leavers.ts';
import type { LineOf } from './links.ts';
import { createLineWatch } from './live/line-watch.ts';
import type { RootState } from './live/ports.ts';
import { createMemory } from './memory.ts';
import { afterFormer, formerPlaces, openMeterChanges } from './meter-changes.ts';
import { alsoTold, type Outside, observe } from './observation.ts';
import { oncePerTurn } from './once-per-turn.ts';
import { openPasses } from './passes.ts';
import type { ReloadView } from './protocol/answers.ts';
import type { Operator } from './protocol/operator.ts';
import { createRecorder } from './recorder.ts';
import { RELEASED_AT } from './release.ts';
import { createReloading, type Touched } from './reload.ts';
import { createReporter } from './reporter.ts';
import { instanceOf, siteOf } from './site.ts';
import { tellWhenWritten, wiredRoot } from './wiring.ts';
import { localText, zoneOffset } from './zone.ts';

export type AppOptions = Configuration & {
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
  /** Another way to make what serves a destination. */
  readonly destined?: ExporterOptions['create'];
  /** Of the process that it runs in; if left out, it cannot be reloaded or ended by a command. */
  readonly outside?: Outside;
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
  /**
   * Puts another configuration, which was checked, in the place of the one in force: only what differs is touched, and
   * everything else is read on. `planOnly`: says what would be done. Rejects CANCELLED once Lector is being stopped.
   */
  reload(next: Configuration, planOnly: boolean): Promise<ReloadView>;
  /** What is in force now; another object after each reload. */
  fleet(): Fleet;
  /** What people and programs see of it, and how they command it. */
  readonly operator: Operator;
  /** A line of the log, for those who watch it. */
  logged(level: LogLevel, text: string): void;
};

/** How often the store is told that we live: what a gap after a stop is measured from. */
const ALIVE_MS = 10_000;
export function createApp(o: AppOptions): App {
  const { clock, log, store } = o;
  const offsetAt = zoneOffset(o.installation.node.timezone);
  const timeText = (at: EpochMs) => localText(at, offsetAt);
  let fleet = firstFleet(o, { store, now: clock.now(), offsetAt });
  const inForce = () => fleet;
  const { analyzers } = fleet;

  const memory = createMemory({ state: o.state, store, clock, log });
  const analyzerIds = analyzers.map(({ id }) => id);
  const passes = openPasses({ state: o.state, store, analyzerIds, now: clock.now(), log });
  const trust = watchClockTrust({ log, timeText, since: o.clockTrustedSince ?? RELEASED_AT });
  const lines = createLineWatch(clock);
  const links = createLinks({
    ...{ fleet: inForce, clock, offsetAt },
    observerOf: (id) => ({
      onEvent: (event) => root.system.get(deviceName(id))?.send({ type: 'NOTICED', event }),
      onLost: (cause) => root.system.get(deviceName(id))?.send({ type: 'LOST', cause: lineFailure(cause) }),
      onFrame: (frame) => live.witness.frame(id, frame),
    }),
    watch: lines.watch,
    inMemory: o.inMemory ?? false,
    lineOf: o.lineOf ?? (() => null),
  });
  const outside = o.outside ?? NOWHERE;
  const instance = instanceOf(o.state, (error) => log.error({ error }, 'the id of this data folder could not be kept'));
  const { dataDir } = o.installation.general;
  const entered = watchEvents({ dataDir, log, changed: () => exports.siteChanged() });
  const exports = createExports(store.outbox, fleet.destinations, {
    ...{ offsetAt, log, clock, random: o.random, records: store.records, ...(o.destined && { create: o.destined }) },
    site: () =>
      siteOf(fleet, { now: clock.now(), offsetAt, version: outside.version, instance, events: entered.now() }),
    identification: (id) => memory.identityOf(id)?.text ?? '',
    order: (id) => consultedOf(fleet.placeOf(id)?.analyzer ?? { consultes: [], rapid: null }),
    operator: () => live.operator,
    reachable: (id) => root.system.get(deliveryName(id))?.send({ type: 'RETRY' }),
  });
  const meters = openMeterChanges({ ...o, analyzers, now: clock.now() });
  const troubles = () => [
    ...[store.trouble(), trust.trouble(), entered.trouble()].filter((words) => words !== null),
    ...exports.troubles(),
  ];
  const alarms = startAlarms({ clock, random: o.random, log, version: outside.version, dataDir });
  const live = observe({
    ...{ clock, store, offsetAt, fleet: inForce, memory, meters, lines, troubles, fault: links.fault },
    root: () => rootState(root.getSnapshot()),
    actor(name) {
      const snapshot = root.system.get(name)?.getSnapshot();
      return snapshot?.status === 'active' ? snapshot : null;
    },
    send: (event) => root.send(event),
    reload: (next, planOnly) => reloading.reload(next, planOnly),
    ...{ outside, exports, alarms },
    retry(name, exporterId) {
      exports.memoryOf(exporterId).freeAll();
      root.system.get(name)?.send({ type: 'RETRY' });
    },
  });
  const reporter = alsoTold(createReporter({ log, fleet: inForce, timeText }), live.witness);
  const recording = {
    nodeId: o.installation.node.id,
    ...{ offsetAt, passes, clock, tell: reporter },
    isPaused: (id: AnalyzerId) => memory.pauseOf(id) !== null,
  };
  const recorder = afterFormer(
    createRecorder({ ...recording, analyzers, placeOf: (id) => fleet.placeOf(id), store: meters.over(store) }),
    createRecorder({
      ...{ ...recording, analyzers: meters.former, store: meters.overFormer(store) },
      placeOf: formerPlaces(fleet, meters.former),
    }),
  );
  const keepReading = (reading: Reading) => {
    // asked for by hand: shown, and part of no record
    if (!reading.forced) void store.putReading(reading).catch(reporter.storeFailed);
    live.witness.reading(reading);
  };

  /** Everything that the root starts, as the fleet says now. */
  const children = () => {
    const { devices, profileOf, analyzers } = fleet;
    const { autoStart } = fleet.installation.general;
    return childrenOf({ devices, analyzers, profileOf, memory, autoStart, exporterIds: exports.ids() });
  };
  /** Puts another fleet in force, whole; what is touched of it starts anew, and everything else goes on. */
  const install = async (next: Fleet, touched: Touched) => {
    fleet = next;
    memory.endPauses();
    const closeFormer = links.change(new Set(touched.lines), new Set(touched.analyzers));
    const settled = exports.settle(fleet.destinations);
    const restart = [...touched.lines.map(deviceName), ...touched.analyzers.map(analyzerName)];
    root.send({ type: 'CHANGE', children: children(), scheduled: fleet.scheduled, restart });
    reporter.installed();
    live.installed();
    exports.installed();
    await Promise.all([closeFormer(), settled]);
  };
  const leavers = createLeavers({
    ...{ fleet: inForce, outbox: store.outbox, exporterIds: exports.ids },
    install: (next) => void install(next, NOBODY).catch(reporter.storeFailed),
  });
  const machine = wiredRoot({
    time: { now: clock.now, mono: clock.mono, random: o.random },
    offsetAt,
    linkOf: links.linkOf,
    ...{ recorder, store, reporter, keepReading },
    beginPass: passes.begin,
    exports,
    keepIdentity: memory.keepIdentity,
    keepMode: memory.keepMode,
    delivered(exporterId, count) {
      leavers.delivered();
      live.witness.delivered(exporterId, count);
    },
    apart: live.witness.apart,
    leaving: leavers,
  });
  const root: App['root'] = createActor(machine, {
    systemId: ROOT_NAME,
    clock,
    ...(o.inspect && { inspect: o.inspect }),
    input: { children: children(), scheduled: fleet.scheduled, pass: passes.first },
  });
  const reloading = createReloading({
    ...{ fleet: inForce, install, recorder, meters, store, clock, offsetAt, log },
    running: () => waitFor(root, (state) => !state.matches('starting')),
    waiting(id) {
      const context: AnalyzerContext | undefined = root.system.get(analyzerName(id))?.getSnapshot().context;
      return { windows: context?.windows ?? [], isRead: context?.mode === 'running' };
    },
    pass: () => root.getSnapshot().context.schedule?.pass ?? 0,
    recorded: (made) => tellWhenWritten(made, reporter),
    storeFailed: reporter.storeFailed,
  });

  let alive: unknown = null;
  let unsubscribe = () => {};
  let lastTroubles = '';
  const sayTroubles = () => {
    const now = troubles().join('\n');
    if (now !== lastTroubles) live.witness.trouble();
    lastTroubles = now;
  };
  const sayAlive = () => {
    const now = clock.now();
    trust.check(now);
    sayTroubles();
    // a clock that was put back is seen by the schedule first: the mark would hide it from the next run
    const { schedule } = root.getSnapshot().context;
    if (schedule === null || now >= schedule.ranUntil - CLOCK_BACK_MS) {
      store.markAlive(now).catch(reporter.storeFailed);
    }
  };
  const markAlive = () => {
    sayAlive();
    void entered.look();
    alive = clock.setTimeout(markAlive, ALIVE_MS);
  };
  return {
    root,
    async start() {
      memory.endPauses();
      await exports.begin();
      unsubscribe = store.outbox.onRecord(oncePerTurn(() => root.send({ type: 'RECORDED' })));
      root.start();
      live.alarms?.start();
      markAlive();
    },
    async stop() {
      live.alarms?.stop();
      reloading.end();
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
      await links.end();
      await Promise.all([exports.close(), alarms.close()]);
    },
    fault: links.fault,
    reload: reloading.reload,
    fleet: inForce,
    operator: live.operator,
    logged: live.witness.log,
  };
}

/** Where there is no process to be asked. */
const NOWHERE: Outside = {
  ...{ version: '', runtime: '', pid: 0, shutdown: () => undefined },
  readFiles: () => Promise.reject(new LectorError('CONFIG_INVALID', 'there are no files to read')),
};

type RootSnapshot = ReturnType<App['root']['getSnapshot']>;

function rootState({ value, context: { restarts, held } }: RootSnapshot): RootState {
  return { state: typeof value === 'string' ? value : (Object.keys(value)[0] ?? ''), restarts, held };
}

const NOBODY: Touched = { lines: [], analyzers: [] };

function lineFailure(cause: unknown): Failure {
  return { ...toFailure(cause, 'LINE_CLOSED'), code: 'LINE_CLOSED' };
}
