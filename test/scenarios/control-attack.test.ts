import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { connect, type RawClient } from '../control/raw-client.ts';
import { openSample } from '../store/samples.ts';
import { type LectorProcess, plantXml, SIMULATED, startLector, writePlant } from '../support/lector-process.ts';

const HOSTILE = fileURLToPath(new URL('../support/hostile-clients.ts', import.meta.url));
const IDS = [1, 2] as const;
/** Old clients wait no longer for an answer. */
const PATIENCE_MS = 2_000;
/** What the engine may take more for a while; what is sent in an attack is many times that. */
const RISE_MAX_MIB = 64;
/** The engine clears away soon, where it would let garbage grow to a quarter of a GiB: so that what is kept is seen. */
const TIDY_ENGINE = { NODE_OPTIONS: '--max-semi-space-size=4' };

const ends: (() => void)[] = [];
let folder = '';
let lector: LectorProcess;
let port = 0;
let readSince = epochMs(0);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lector-attack-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const xml = plantXml(
    [
      { id: 1, ...SIMULATED },
      { id: 2, ...SIMULATED },
    ],
    IDS.map((id) => ({ id, device: id, model: id === 1 ? 'PM710' : 'SDM630' })),
  );
  writePlant(folder, xml);
  lector = startLector({ folder, env: TIDY_ENGINE, onEnd: (end) => ends.push(end) });
  port = Number(/:(\d+)$/.exec((await lector.entry(/control port listens/)).msg)?.[1]);
  readSince = epochMs(Date.parse((await lector.entry(/all 2 analyzers are read/)).time));
  // what the engine and the first clients take for ever
  await attack('flood', 1);
  await attack('storm', 1);
}, 60_000);
afterAll(() => {
  for (const end of ends.splice(0).reverse()) end();
});

const rssAnonMiB = (): number => {
  const status = readFileSync(`/proc/${lector.pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
};
const openFiles = (): number => readdirSync(`/proc/${lector.pid}/fd`).length;

/** Hostile clients of one kind for so long, in a process of their own; resolves with what came of it. */
async function attack(kind: string, seconds: number): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [HOSTILE, kind, String(port), String(seconds)]);
  return JSON.parse(stdout);
}

async function greeted(): Promise<RawClient> {
  const client = await connect({ host: '127.0.0.1', port });
  client.send('#$');
  expect(await client.take(2)).toBe('$#');
  return client;
}

/** STATUS and GETCONF have other forms than an answer that crossed. */
const ANSWERS: readonly (readonly [string, RegExp])[] = [
  ['$GETVARS@1;\r', /^\(S'lastRead'\n.*S'CEA'\n/s],
  ['$STATUS@2;\r', /^STARTED\tCOMM\t$/],
  ['$HELP;\r', /^QUIT SHUTDOWN /],
  ['$GETID@1;\r', /^Schneider Electric PM710$/],
];

/** What honest clients see until `isOver`: one that stays, and one after the other that comes, asks and goes. */
async function honest(isOver: () => boolean): Promise<{ readonly slowestMs: number; readonly asked: number }> {
  const stays = await greeted();
  let slowestMs = 0;
  let asked = 0;
  while (!isOver()) {
    const from = performance.now();
    const comes = await greeted();
    for (const [request, form] of ANSWERS) {
      stays.send(request);
      comes.send(request);
      const answers = [await stays.line(), await comes.line()];
      for (const answer of answers) expect(answer).toMatch(form);
    }
    comes.send('$QUIT;\r');
    expect(await comes.rest()).toBe('DISCONNECTED!\r');
    slowestMs = Math.max(slowestMs, performance.now() - from);
    asked += 1;
  }
  stays.socket.destroy();
  await stays.closed;
  return { slowestMs, asked };
}

/** An attack, seen by honest clients and from outside. */
async function endure(kind: string, seconds: number) {
  const files = openFiles();
  const before = rssAnonMiB();
  let isOver = false;
  let mostMiB = before;
  const served = honest(() => {
    mostMiB = Math.max(mostMiB, rssAnonMiB());
    return isOver;
  });
  const outcome = await attack(kind, seconds).finally(() => {
    isOver = true;
  });
  const { slowestMs, asked } = await served;
  expect(asked).toBeGreaterThan(2);
  expect(slowestMs).toBeLessThan(PATIENCE_MS);
  expect(mostMiB - before).toBeLessThan(RISE_MAX_MIB);
  await vi.waitFor(() => expect(openFiles()).toBeLessThanOrEqual(files), { timeout: 10_000, interval: 50 });
  if (process.env.SHOW)
    process.stderr.write(`${kind} ${JSON.stringify({ files, before, mostMiB, slowestMs, asked })}\n`);
  return outcome;
}

describe('a server under attack', () => {
  it('F58 64 MB without the end of a line are refused long before they were sent; memory stays flat', async () => {
    const [classic, json, none] = (await endure('endless', 0)) as { sentBytes: number; answer: string }[];
    expect(classic?.answer).toBe('$#FORMAT_ERROR\rDISCONNECTED!\r');
    expect(json?.answer).toMatch(/^J#\{"ok":false,"command":"","error":\{"code":"FORMAT_ERROR"[^\n]*\}\r\n$/);
    expect(none?.answer).toBe('');
    for (const each of [classic, json, none]) expect(each?.sentBytes).toBeLessThan(32 * 1024 * 1024);
  }, 60_000);

  it('F59 500 clients that never finish a command keep nobody waiting', async () => {
    const { stayed } = (await endure('slow', 4)) as { stayed: number };
    // all places but those of honest clients
    expect(stayed).toBeGreaterThan(200);
    expect(stayed).toBeLessThan(256);
  }, 60_000);

  it('F61 1,000 connections a second, reset in the middle of answers, leave nothing behind', async () => {
    const { connections, answered } = (await endure('storm', 4)) as { connections: number; answered: number };
    expect(connections).toBeGreaterThan(3_500);
    expect(answered).toBeGreaterThan(500);
  }, 60_000);

  it('a client that asks for everything as fast as it is answered keeps nobody waiting', async () => {
    const { answers } = (await endure('flood', 3)) as { answers: number };
    expect(answers).toBeGreaterThan(500);
  }, 60_000);

  it('a client that subscribes to everything and reads nothing keeps nobody waiting', async () => {
    expect(await endure('deaf', 3)).toEqual({ isConnected: true });
  }, 60_000);

  it('F58 F59 F61 all the while each reading was made, and was good', async () => {
    const end = await lector.end('SIGTERM');
    expect([end.code, lector.stderr()]).toEqual([0, '']);
    expect(lector.entries.filter(({ level }) => level !== 'info').map(({ msg }) => msg)).toEqual([]);
    const { store } = await openSample({ dir: join(folder, 'data') });
    for (const id of IDS) {
      const readings = store.readings(id, readSince, epochMs(4e12));
      const [first, last] = [readings[0]?.nominal ?? 0, readings.at(-1)?.nominal ?? 0];
      expect(readings.length).toBeGreaterThan(10);
      expect((last - first) / 1_000 + 1).toBe(readings.length);
      expect(readings.filter(({ failure, values }) => failure !== null || Object.keys(values).length === 0)).toEqual(
        [],
      );
    }
    await store.close();
  }, 60_000);
});
