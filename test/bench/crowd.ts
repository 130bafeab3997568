import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createApp } from '../../src/app.ts';
import { systemClock } from '../../src/clock.ts';
import { scheduleOf } from '../../src/domain/meter-spec.ts';
import type { Log } from '../../src/domain/ports.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { Store } from '../../src/domain/store-port.ts';
import { createLog } from '../../src/log/create-log.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { openStore } from '../../src/store/store.ts';
import { analyzerConfig, deviceConfig, installationOf, PROFILES } from '../support/installation.ts';
import { createMemoryState } from '../support/memory-state.ts';
import { percentile } from './table.ts';

/*
 * Many meters at once a second, each on its own connection: `crowd.ts KIND PORT METERS WARM_S MEASURED_S`. KIND: bare
 * (sockets and a timer each), off (the whole acquisition side, nothing stored), on (stored, recorded, logged). Prints
 * what one stretch cost once every meter is read.
 */
const CODES = ['TPF', 'IPF', 'FRE', 'PAF', 'PAT', 'PRT', 'FPT', 'CEA'];
const REGISTERS = 74;
const DELAY_STEP_MS = 5;

export type Stretch = {
  readonly cpuShare: number;
  readonly delayP99Ms: number;
  readonly rssAnonMiB: number;
  readonly readings: number;
  readonly failed: number;
  /** How long after they were due the readings began, ms. */
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
};

type Seen = { readonly lateMs: number; readonly good: boolean };
type Crowd = { readonly take: () => readonly Seen[]; stop(): Promise<void> };

/** Notes and empties. */
function notes(): { add(seen: Seen): void; take(): readonly Seen[] } {
  let all: Seen[] = [];
  return {
    add: (seen) => all.push(seen),
    take() {
      const taken = all;
      all = [];
      return taken;
    },
  };
}

/** One request of a client that waits for its answer, no longer than a second, and looks at what it is. */
function ask(socket: Socket, request: Buffer): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), 1000);
    socket.once('data', (chunk) => {
      clearTimeout(timer);
      if (chunk[7] !== request[7] || chunk[8] !== 2 * REGISTERS) return reject(new Error('not the answer'));
      resolve(Array.from({ length: REGISTERS }, (_, n) => chunk.readUInt16BE(9 + 2 * n)));
    });
    socket.write(request);
  });
}

async function bare(port: number, meters: number): Promise<Crowd> {
  const seen = notes();
  const request = Buffer.from([0, 1, 0, 0, 0, 6, 1, 4, 0, 0, 0, REGISTERS]);
  for (let meter = 0; meter < meters; meter += 1) {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await new Promise((resolve) => socket.once('connect', resolve));
    const read = () =>
      ask(socket, request).then(
        (words) => seen.add({ lateMs: 0, good: words.length === REGISTERS }),
        () => seen.add({ lateMs: 0, good: false }),
      );
    setTimeout(() => setInterval(read, 1000), (meter * 1000) / meters);
  }
  return { take: seen.take, stop: async () => {} };
}

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A store that keeps no reading. */
function forgetful(): Store {
  return { ...createMemoryStore(), putReading: async () => {}, readings: () => [] };
}

async function ours(port: number, meters: number, recording: boolean): Promise<Crowd> {
  const seen = notes();
  const clock = systemClock();
  const dir = mkdtempSync(join(tmpdir(), 'lector-bench-'));
  const log = recording ? createLog({ level: 'info', dir: join(dir, 'log'), terminal: false, stream: VOID }) : SILENT;
  const store = recording ? await openStore({ dir, clock, log }) : forgetful();
  const ids = Array.from({ length: meters }, (_, n) => n + 1);
  const devices = ids.map((id) =>
    deviceConfig({ id, endpoint: { type: 'tcp', host: '127.0.0.1', port }, gapMs: 0, retries: 1 }),
  );
  const analyzers = ids.map((id) =>
    analyzerConfig({ id, deviceId: id, address: 1, model: 'SDM630', consultes: CODES, readingMs: 1000 }),
  );
  const staggers = new Map(scheduleOf(analyzers).map(({ analyzerId, staggerMs }) => [analyzerId, staggerMs]));
  const note = ({ analyzerId, at, nominal, failure }: Reading) =>
    seen.add({ lateMs: at - nominal - (staggers.get(analyzerId) ?? 0), good: failure === null });
  const app = createApp({
    installation: installationOf(devices, analyzers),
    profiles: PROFILES,
    clock,
    random: Math.random,
    log,
    store: {
      ...store,
      putReading(reading) {
        note(reading);
        return store.putReading(reading);
      },
    },
    state: createMemoryState(),
  });
  await app.start();
  return {
    take: seen.take,
    async stop() {
      await app.stop();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const VOID = { write: () => true };

function rssAnonMiB(): number {
  const found = /RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1] ?? Number.NaN) / 1024;
}

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function stretch(crowd: Crowd, seconds: number): Promise<Stretch> {
  crowd.take();
  const delay = monitorEventLoopDelay({ resolution: DELAY_STEP_MS });
  delay.enable();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await sleep(seconds);
  const { user, system } = process.cpuUsage(cpu);
  const tookMs = performance.now() - startedAt;
  delay.disable();
  const seen = crowd.take();
  const late = seen.map(({ lateMs }) => lateMs);
  return {
    cpuShare: (user + system) / 1000 / tookMs,
    // the histogram holds the time between two looks, the step included
    delayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - DELAY_STEP_MS),
    rssAnonMiB: rssAnonMiB(),
    readings: seen.length,
    failed: seen.filter(({ good }) => !good).length,
    lateP99Ms: percentile(late, 0.99),
    lateMaxMs: percentile(late, 1),
  };
}

/** Until everybody was read well within one second. */
async function steady(crowd: Crowd, meters: number): Promise<void> {
  for (let waited = 0; waited < 60; waited += 1) {
    await sleep(1);
    if (crowd.take().filter(({ good }) => good).length >= meters) return;
  }
  throw new Error(`not all of ${meters} meters could be read`);
}

const [kind = '', ...numbers] = process.argv.slice(2);
const [port = 0, meters = 0, warmS = 0, measuredS = 0] = numbers.map(Number);
const crowd = kind === 'bare' ? await bare(port, meters) : await ours(port, meters, kind === 'on');
await steady(crowd, meters);
await sleep(warmS);
const result = await stretch(crowd, measuredS);
await crowd.stop();
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
