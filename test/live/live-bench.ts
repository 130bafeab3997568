import type { AnalyzerNews } from '../../machines/analyzer-setup.ts';
import { analyzerName, deviceName, type RootEvent } from '../../machines/events.ts';
import type { Failure } from '../../src/domain/errors.ts';
import type { AnalyzerConfig, DeviceConfig } from '../../src/domain/installation.ts';
import { meterSpec } from '../../src/domain/meter-spec.ts';
import { isModeCommand, type Mode, modeAfter, RUNNING } from '../../src/domain/mode.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { newSession, type Session } from '../../src/domain/session.ts';
import type { Identity } from '../../src/domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from '../../src/domain/units.ts';
import type { VirtualConfig } from '../../src/domain/virtual.ts';
import { createLive } from '../../src/live/live.ts';
import type { ActorState, LineUse, LiveOptions, Plant } from '../../src/live/ports.ts';
import type { PlantEvent } from '../../src/protocol/events.ts';
import type { Answered } from '../../src/protocol/operator.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { analyzerWords, deliveryWords, deviceWords, nameOf, placeOf, rootWords } from '../../src/words.ts';
import { zoneOffset } from '../../src/zone.ts';
import { deviceConfig, installationOf, PROFILES } from '../support/installation.ts';
import { createSteppedClock, type SteppedClock } from '../support/stepped-clock.ts';

type Setting = {
  readonly analyzers: readonly AnalyzerConfig[];
  readonly devices?: readonly DeviceConfig[];
  readonly destinations?: Plant['destinations'];
  readonly virtuals?: readonly VirtualConfig[];
  readonly start?: number;
  readonly clock?: SteppedClock;
  readonly store?: LiveOptions['store'];
  readonly meterSince?: LiveOptions['meterSince'];
  readonly reload?: LiveOptions['reload'];
};

type Known = { value: { link: string; recorder: string }; mode: Mode; session: Session };

/** The live view with actors that are played by hand: what they say, and what they are told. */
export function createBench(o: Setting) {
  const clock = o.clock ?? createSteppedClock(o.start);
  const store = o.store ?? createMemoryStore();
  const sent: RootEvent[] = [];
  const others = new Map<string, ActorState>();
  const known = new Map<AnalyzerId, Known>();
  const identities = new Map<AnalyzerId, Identity>();
  const root = { state: 'running', restarts: {}, held: {} as Record<string, Failure> };
  const uses = new Map<number, LineUse>();
  const ended = new Map<number, EpochMs>();
  const troubles: string[] = [];
  const holdings = new Map<string, { readonly failure: Failure; readonly forMs: number }>();
  const retried: string[] = [];
  let plant = plantOf(o);

  const knownOf = (id: AnalyzerId): Known => {
    const there = known.get(id);
    if (there !== undefined) return there;
    const config = plant.installation.analyzers.find((each) => each.id === id)!;
    const device = plant.installation.devices.find((each) => each.id === config.deviceId)!;
    const session = newSession(meterSpec(config, device, plant.profileOf(config)), null);
    const fresh: Known = { value: { link: 'connecting', recorder: 'idle' }, mode: RUNNING, session };
    known.set(id, fresh);
    return fresh;
  };
  const actor = (name: string): ActorState | null => {
    if (root.held[name] !== undefined) return null;
    const [kind, id] = name.split(':');
    if (kind !== 'analyzer') return others.get(name) ?? null;
    const { value, mode, session } = knownOf(Number(id));
    return { value, context: { ...mode, session } };
  };
  /** The machine of an analyzer does what it is told, as the real one. */
  const obey = (event: RootEvent) => {
    if (event.type === 'UNHOLD') {
      delete root.held[event.systemId];
      live.witness.root({ news: 'retried', name: event.systemId });
    }
    if (event.type !== 'COMMAND') return;
    const { analyzerId: id, command } = event;
    const each = knownOf(id);
    if (command.type === 'IDENTIFY') say(id, 'connecting');
    if (!isModeCommand(command)) return;
    const mode = modeAfter(each.mode, command);
    if (mode === each.mode) return;
    each.mode = mode;
    say(id, mode.mode === 'running' ? 'connecting' : mode.mode);
  };
  const say = (id: AnalyzerId, news: AnalyzerNews['news'], change: Partial<Session> = {}) => {
    const each = knownOf(id);
    each.session = { ...each.session, ...change };
    if (news !== 'frozen' && news !== 'recordFailed') each.value = { ...each.value, link: news };
    live.witness.analyzer(each.session, { news, failure: each.session.failure });
  };
  const live = createLive({
    ...{ clock, store, version: '1.2.3', runtime: 'node 24', pid: 7, startedAt: clock.now() },
    plant: () => plant,
    actor,
    root: () => root,
    send(event) {
      sent.push(event);
      obey(event);
    },
    identityOf: (id) => identities.get(id) ?? null,
    meterSince: o.meterSince ?? (() => 0),
    fault: (id) => id !== 99,
    reload: o.reload ?? (async (): Promise<Answered<never>> => ({ ok: false, error: CONFIG_INVALID })),
    shutdown: () => void sent.push({ type: 'SHUTDOWN' }),
    troubles: () => troubles,
    planned: () => 0.25,
    lines: {
      of: (id) => uses.get(id) ?? { utilisation: 0, spanMs: 0, total: 0, perSecond: 0, asking: null },
      endedAt: (_, unit) => ended.get(unit) ?? null,
    },
    holding: (id) => holdings.get(id) ?? null,
    retry: (name) => void retried.push(name),
    words: { analyzerWords, deviceWords, deliveryWords, nameOf, placeOf, rootWords },
  });
  const events: PlantEvent[] = [];
  return {
    ...{ clock, store, sent, live, root, identities, uses, ended, troubles, holdings, retried, say, others, events },
    ...{ operator: live.operator, witness: live.witness },
    /** The actor of a device or delivery as it is from now on. */
    act: (name: string, value: unknown, context: unknown = {}) => void others.set(name, { value, context }),
    /** Changes what an analyzer's session knows without a word. */
    know: (id: AnalyzerId, change: Partial<Session>) => {
      knownOf(id).session = { ...knownOf(id).session, ...change };
    },
    recorder: (id: AnalyzerId, state: string) => {
      knownOf(id).value = { ...knownOf(id).value, recorder: state };
    },
    /** A reading goes to the store and to the witness, as it does. */
    async read(reading: Reading) {
      if (reading.forced !== true) void store.putReading(reading);
      live.witness.reading(reading);
    },
    /** The root says that it runs; what was before is taken from the store. */
    async run() {
      live.witness.root({ news: 'running' });
      await clock.advance(1000);
    },
    listen: () => live.operator.subscribe((event) => void events.push(event)),
    /** Another configuration, of which `installed` is not told yet. */
    plan(next: Omit<Setting, 'start'>) {
      plant = plantOf(next);
    },
    installed: () => live.installed(),
    reinstall(next: Omit<Setting, 'start'>) {
      plant = plantOf(next);
      live.installed();
    },
    view(id: AnalyzerId) {
      const answered = live.operator.analyzer(id);
      if (!answered.ok) throw new Error(answered.error.message);
      return answered.data;
    },
  };
}

export type Bench = ReturnType<typeof createBench>;

const CONFIG_INVALID = { code: 'CONFIG_INVALID', message: 'config.xml:3: no port', hint: '' } as const;

function plantOf({ analyzers, devices = [deviceConfig()], destinations = [], virtuals }: Setting): Plant {
  const installation = { ...installationOf(devices, analyzers), ...(virtuals && { virtuals }) };
  return {
    installation,
    profileOf: ({ profileId }) => PROFILES.get(profileId)!,
    offsetAt: zoneOffset(installation.node.timezone),
    destinations,
  };
}

export const TIMEOUT: Failure = { code: 'LINE_TIMEOUT', message: 'no answer within 1000 ms', facts: {} };
export const identityOf = (text: string, profileId = 'pm710'): Identity => ({
  ...{ profileId, text, at: 0, splits: [], refused: [], base: 0 },
});
export { analyzerName, deviceName, epochMs };
