import { type App, type AppOptions, createApp } from '../../src/app.ts';
import type { AnalyzerConfig, DeviceConfig, Installation } from '../../src/domain/installation.ts';
import type { Profile } from '../../src/domain/profile.ts';
import type { SmallState, Store } from '../../src/domain/store-port.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import type { LineOf } from '../../src/links.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { installationOf, PROFILES } from './installation.ts';
import { createLogLines } from './log-lines.ts';
import { createMemoryState } from './memory-state.ts';
import { createSteppedClock, type SteppedClock } from './stepped-clock.ts';

export type RunningOptions = {
  readonly devices: readonly DeviceConfig[];
  readonly analyzers: readonly AnalyzerConfig[];
  readonly clock?: SteppedClock;
  readonly store?: Store;
  readonly state?: Partial<SmallState>;
  readonly timezone?: string;
  /** Whether analyzers begin by themselves; yes if left out. */
  readonly autoStart?: boolean;
  /** Earlier than this the clock is wrong, and this is said; the start of 2026 if left out. */
  readonly clockTrustedSince?: EpochMs;
  readonly inspect?: AppOptions['inspect'];
  /** Rules of alarms; none if left out. */
  readonly alarms?: Installation['alarms'];
  /** The bytes of devices that are not simulated. */
  readonly lineOf?: LineOf;
  readonly destined?: AppOptions['destined'];
  /** Contracts, by the name that analyzers give; none if left out. */
  readonly contracts?: AppOptions['contracts'];
};

/** Another configuration: as at the start, where it says nothing. */
export type ReloadTo = {
  readonly devices?: readonly DeviceConfig[];
  readonly analyzers?: readonly AnalyzerConfig[];
  readonly profiles?: ReadonlyMap<string, Profile>;
  readonly contracts?: AppOptions['contracts'];
  readonly installation?: Partial<Installation>;
  readonly planOnly?: boolean;
};

/** The whole acquisition side on simulated lines in memory, a clock that steps, and a store in memory. */
export async function runApp(options: RunningOptions) {
  const clock = options.clock ?? createSteppedClock();
  const store = options.store ?? createMemoryStore();
  const log = createLogLines();
  const state = createMemoryState(options.state);
  const { autoStart = true } = options;
  const installed = installationOf(options.devices, options.analyzers, options.timezone);
  const { alarms = [] } = options;
  const installation = { ...installed, alarms, general: { ...installed.general, autoStart } };
  const app: App = createApp({
    installation,
    profiles: PROFILES,
    clock,
    random: () => 0.5,
    log,
    store,
    state,
    inMemory: true,
    clockTrustedSince: options.clockTrustedSince ?? epochMs(Date.UTC(2026, 0, 1)),
    ...(options.inspect && { inspect: options.inspect }),
    ...(options.destined && { destined: options.destined }),
    ...(options.contracts && { contracts: options.contracts }),
    lineOf: options.lineOf ?? (() => null),
  });
  await app.start();
  return {
    app,
    clock,
    store,
    log,
    state,
    /** What the machine of an analyzer or device says of itself. */
    stateOf: (name: string) => app.root.system.get(name)?.getSnapshot().value as unknown,
    contextOf: (name: string) => app.root.system.get(name)?.getSnapshot().context,
    /** Puts another configuration in the place of the one in force, in stepped time. */
    reload(next: ReloadTo = {}) {
      const { devices = options.devices, analyzers = options.analyzers, planOnly = false } = next;
      const profiles = next.profiles ?? PROFILES;
      const changed = { ...installation, devices, analyzers, ...next.installation };
      const contracts = next.contracts ?? options.contracts ?? new Map();
      return clock.settle(app.reload({ installation: changed, profiles, contracts }, planOnly), 10_000);
    },
    /** Stops in stepped time. */
    stop: () => clock.settle(app.stop(), 10_000),
  };
}
