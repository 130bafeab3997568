import { createActor, fromPromise } from 'xstate';
import { analyzerMachine } from '../../machines/analyzer.ts';
import { deviceMachine } from '../../machines/device.ts';
import { askLine } from '../../machines/device-setup.ts';
import { analyzerName, deviceName, ROOT_NAME, type RootEvent } from '../../machines/events.ts';
import { rootMachine } from '../../machines/root.ts';
import { type Child, type Children, childName } from '../../machines/supervision.ts';
import { LectorError } from '../../src/domain/errors.ts';
import type { Window } from '../../src/domain/grid.ts';
import { RUNNING } from '../../src/domain/mode.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { Answer, Ask } from '../../src/domain/transaction.ts';
import type { AnalyzerId, DeviceId } from '../../src/domain/units.ts';
import { profileOf, registerAt, specOf } from '../support/profile.ts';
import { createSteppedClock, settleTurns } from '../support/stepped-clock.ts';

export const SECOND = 1000;
const TOOK_MS = 12;

/** Two requests for a reading. */
const PROFILE = profileOf([registerAt('a', 100), registerAt('b', 101), registerAt('c', 900)], {
  limits: { registersMax: 20, step: 1, holes: 'illegal', timeoutMs: null },
});

/** What each variable of an analyzer is, if it was read. */
export const TRUTH: Readonly<Record<string, number>> = { a: 100, b: 101, c: 900 };

/** Which analyzers there are, each on its device, and how often each is read. */
export type Layout = Readonly<Record<AnalyzerId, { readonly deviceId: DeviceId; readonly readingMs: number }>>;

function childrenOf(layout: Layout): Children {
  const ids = Object.keys(layout).map(Number);
  const deviceIds = [...new Set(ids.map((id) => layout[id]!.deviceId))];
  const device = (deviceId: DeviceId): Child => ({
    kind: 'device',
    input: {
      ...{ deviceId, kind: 'serial', closeAfterPoll: false },
      analyzers: ids.filter((id) => layout[id]!.deviceId === deviceId),
    },
  });
  const analyzer = (analyzerId: AnalyzerId): Child => ({
    kind: 'analyzer',
    input: {
      spec: specOf(PROFILE, { analyzerId, unit: analyzerId, deviceId: layout[analyzerId]!.deviceId, timeoutMs: 100 }),
      ...{ readingMs: layout[analyzerId]!.readingMs, rapidMs: null, identity: null, ...RUNNING },
    },
  });
  const all = [...deviceIds.map(device), ...ids.map(analyzer)];
  return Object.fromEntries(all.map((child) => [childName(child), child]));
}

const scheduledOf = (layout: Layout) =>
  Object.entries(layout).map(([id, { readingMs }]) => ({
    ...{ analyzerId: Number(id), readingMs, rapidMs: null, recordingMs: 60 * SECOND },
    staggerMs: Number(id) * 50,
  }));

const failed = (code: 'LINE_CLOSED' | 'LINE_TIMEOUT') => new LectorError(code, `${code} of the test`);

/** The machines of a whole plant as they run, on lines that answer after a while, or do not. */
export async function createPlant(layout: Layout) {
  const clock = createSteppedClock();
  const readings: Reading[] = [];
  const windows: (Window & { readonly analyzerId: AnalyzerId })[] = [];
  const wrongs: string[] = [];
  const silent = new Set<AnalyzerId>();
  /** What ends the transaction under way on each line. */
  const under = new Map<DeviceId, (error: LectorError) => void>();

  const transact = (deviceId: DeviceId, { transaction, timeoutMs }: Ask): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (under.has(deviceId)) wrongs.push(`two transactions at once on line ${deviceId}`);
      const isSilent = silent.has(transaction.unit);
      const at = clock.now();
      const timer = clock.setTimeout(
        () => (isSilent ? end(failed('LINE_TIMEOUT')) : answer()),
        isSilent ? timeoutMs : TOOK_MS,
      );
      const end = (error: LectorError) => {
        under.delete(deviceId);
        clock.clearTimeout(timer);
        reject(error);
      };
      const answer = () => {
        under.delete(deviceId);
        // what a meter says tells which one it is, and what it was asked
        const {
          unit,
          address = 0,
          count = 0,
        } = { ...transaction } as Extract<Ask['transaction'], { kind: 'registers' }>;
        const words = Array.from({ length: count }, (_, n) => unit * 1000 + address + n);
        resolve({ kind: 'words', words, at, tookMs: TOOK_MS });
      };
      under.set(deviceId, end);
    });
  const hangUp = async (deviceId: DeviceId) => under.get(deviceId)?.(failed('LINE_CLOSED'));

  const time = { now: clock.now, mono: clock.mono, random: () => 0 };
  const device = deviceMachine(time).provide({
    actors: {
      openLine: fromPromise(({ input }) => hangUp(input.deviceId)),
      closeLine: fromPromise(({ input }) => hangUp(input.deviceId)),
    },
    actions: { transact: askLine(transact) },
  });
  const analyzer = analyzerMachine(time).provide({
    actors: {
      closeWindow: fromPromise(
        async ({ input }) => void windows.push({ analyzerId: input.analyzerId, ...input.window }),
      ),
    },
    actions: { keep: ({ context }) => void readings.push(...context.made.readings) },
  });
  const machine = rootMachine(time, () => 0).provide({
    actors: { recover: fromPromise(async () => {}), device, analyzer },
    actions: {
      announce: (_, news) => void (news.news === 'crashed' && wrongs.push(`${news.name} ${news.failure.message}`)),
      recordHeld: (_, { analyzerId, window }) => void windows.push({ analyzerId, ...window }),
    },
  });
  const root = createActor(machine, {
    ...{ systemId: ROOT_NAME, clock },
    input: { children: childrenOf(layout), scheduled: scheduledOf(layout) },
  });
  root.start();
  await settleTurns();

  const plant = {
    ...{ clock, readings, windows, wrongs, silent, root },
    async send(event: RootEvent): Promise<void> {
      root.send(event);
      await settleTurns();
    },
    change: (next: Layout, restart: readonly string[] = []) =>
      plant.send({ type: 'CHANGE', children: childrenOf(next), scheduled: scheduledOf(next), restart }),
    async loseLine(deviceId: DeviceId): Promise<void> {
      const cause = { code: 'LINE_CLOSED', message: 'unplugged', facts: {} } as const;
      root.system.get(deviceName(deviceId))?.send({ type: 'LOST', cause });
      await settleTurns();
    },
    link: (id: AnalyzerId): string => {
      const value = root.system.get(analyzerName(id))?.getSnapshot().value as { readonly link: unknown } | undefined;
      return value === undefined
        ? 'none'
        : typeof value.link === 'string'
          ? value.link
          : Object.keys(value.link as object)[0]!;
    },
    instantsOf: (id: AnalyzerId, isWanted: (reading: Reading) => boolean = () => true): readonly number[] =>
      readings.filter((each) => each.analyzerId === id && !each.forced && isWanted(each)).map(({ nominal }) => nominal),
  };
  return plant;
}
