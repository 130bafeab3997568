import { type AnyEventObject, createActor, fromPromise, setup } from 'xstate';
import {
  type AnySystem,
  analyzerName,
  deliveryName,
  deviceName,
  ROOT_NAME,
  type Sender,
  tell,
} from '../../machines/events.ts';
import { rootMachine } from '../../machines/root.ts';
import type { RootNews, TimeNews } from '../../machines/root-setup.ts';
import type { Child, Children } from '../../machines/supervision.ts';
import { childName } from '../../machines/supervision.ts';
import type { Scheduled } from '../../src/domain/schedule.ts';
import { profileOf, registerAt, specOf } from '../support/profile.ts';
import { createSteppedClock, settleTurns } from '../support/stepped-clock.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

type Heard = { readonly by: string; readonly event: AnyEventObject };

const HEARD = [
  'READ',
  'RECORD',
  'LINE',
  'LEAVE',
  'DRAIN',
  'CLOSE',
  'RECORDED',
  'PAUSE',
  'RESUME',
  'MEMBERS',
  'CADENCE',
] as const;

/** A child that notes what it is told, crashes when it is told to, and says that it is done when a stop ends it. */
function childLogic(kind: Child['kind'], o: ChildOptions) {
  const hear = ({ context, event, system }: { context: ChildContext; event: AnyEventObject; system: AnySystem }) => {
    const { name, input } = context;
    o.note({ by: name, event });
    if (o.slow.includes(name)) return;
    const sender: Sender = { sendTo: (target, sent) => target.send(sent) };
    if (event.type === 'DRAIN' && 'spec' in input)
      tell(sender, system, ROOT_NAME, { type: 'ANALYZER_DRAINED', analyzerId: input.spec.analyzerId });
    if (event.type === 'DRAIN' && 'exporterId' in input)
      tell(sender, system, ROOT_NAME, { type: 'DELIVERY_DRAINED', exporterId: input.exporterId });
    if (event.type === 'CLOSE' && 'analyzers' in input)
      tell(sender, system, ROOT_NAME, { type: 'DEVICE_CLOSED', deviceId: input.deviceId });
  };
  const fail = () => {
    throw new Error('a bug');
  };
  return setup({
    types: { context: {} as ChildContext, input: {} as Child['input'] },
    actors: { failing: fromPromise<void>(() => Promise.reject(new Error('a promise nobody caught'))) },
  }).createMachine({
    context: ({ input }) => ({ name: childName({ kind, input } as Child), input, ...(kind === 'analyzer' && IDLE) }),
    entry: ({ context }) => o.begun(context.name),
    initial: 'well',
    states: { well: {}, rejecting: { invoke: { src: 'failing' } } },
    on: {
      ...Object.fromEntries(HEARD.map((type) => [type, { actions: hear }])),
      THROW: { actions: fail },
      REJECT: '.rejecting',
    },
  });
}

/** What the root reads of an analyzer that it is to start anew. */
const IDLE = { session: { talk: null, jobs: [] }, windows: [] } as const;

type ChildContext = { readonly name: string; readonly input: Child['input'] };
type ChildOptions = {
  readonly note: (heard: Heard) => void;
  readonly begun: (name: string) => void;
  readonly slow: readonly string[];
};
const PROFILE = profileOf([registerAt('volts', 100)]);

export function childrenOf(analyzers: readonly number[]): Children {
  const analyzer = (analyzerId: number): Child => ({
    kind: 'analyzer',
    input: {
      ...{ spec: specOf(PROFILE, { analyzerId, deviceId: analyzerId > 2 ? 2 : 1 }), readingMs: 10 * SECOND },
      ...{ rapidMs: null, identity: null, mode: 'running', pausedUntil: null, pausedBy: null },
    },
  });
  const device = (deviceId: number): Child => ({
    kind: 'device',
    input: {
      ...{ deviceId, kind: 'serial', closeAfterPoll: false },
      analyzers: analyzers.filter((id) => (id > 2 ? 2 : 1) === deviceId),
    },
  });
  const all: readonly Child[] = [device(1), device(2), ...analyzers.map(analyzer), deliveryChild];
  return Object.fromEntries(all.map((child) => [childName(child), child]));
}

const deliveryChild: Child = { kind: 'delivery', input: { exporterId: 'file' } };
export const NAMES = [...[deviceName(1), deviceName(2)], ...[1, 2, 3].map(analyzerName), deliveryName('file')] as const;

export const scheduledOf = (analyzers: readonly number[]): readonly Scheduled[] =>
  analyzers.map((analyzerId) => ({
    ...{ analyzerId, readingMs: 10 * SECOND, rapidMs: null, recordingMs: MINUTE, staggerMs: analyzerId * 100 },
  }));

/** The root with children that only listen. `slow`: those that do not answer when they are told to end. */
export function createBench(o: { readonly slow?: readonly string[]; readonly recover?: () => Promise<void> } = {}) {
  const clock = createSteppedClock();
  const heard: Heard[] = [];
  const begun: string[] = [];
  const news: RootNews[] = [];
  const time: TimeNews[] = [];
  const held: number[] = [];
  const note = (each: Heard) => void heard.push(each);
  const logic = (kind: Child['kind']) =>
    childLogic(kind, { note, begun: (name) => void begun.push(name), slow: o.slow ?? [] });
  const machine = rootMachine({ now: clock.now, mono: clock.mono, random: () => 0 }, () => 0).provide({
    actors: {
      recover: fromPromise(o.recover ?? (async () => {})),
      device: logic('device'),
      analyzer: logic('analyzer'),
      delivery: logic('delivery'),
    },
    actions: {
      announce: (_, params) => void news.push(params),
      noteTime: (_, params) => void time.push(params),
      recordHeld: (_, params) => void held.push(params.analyzerId),
    },
  });
  const root = createActor(machine, {
    systemId: ROOT_NAME,
    clock,
    input: { children: childrenOf([1, 2, 3]), scheduled: scheduledOf([1, 2, 3]), pass: 0 },
  });
  root.start();
  const bench = {
    ...{ clock, news, time, held, begun, root },
    state: () => root.getSnapshot().value as unknown,
    context: () => root.getSnapshot().context,
    async send(event: Parameters<typeof root.send>[0]): Promise<void> {
      root.send(event);
      await settleTurns();
    },
    /** Sends to a child, as what lives in it does. */
    async tell(name: string, event: AnyEventObject): Promise<void> {
      root.system.get(name)?.send(event);
      await settleTurns();
    },
    isThere: (name: string) => root.system.get(name)?.getSnapshot().status === 'active',
    /** What a child was told since last asked, by type. */
    told(name: string, type?: string): readonly AnyEventObject[] {
      const found = heard.filter(({ by, event }) => by === name && (type === undefined || event.type === type));
      for (const each of found) heard.splice(heard.indexOf(each), 1);
      return found.map(({ event }) => event);
    },
  };
  return bench;
}
