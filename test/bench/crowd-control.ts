import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../../src/clock.ts';
import { loadInstallation } from '../../src/config/load.ts';
import { scheduleOf } from '../../src/domain/meter-spec.ts';
import { epochMs } from '../../src/domain/units.ts';
import { openStore } from '../../src/store/store.ts';
import { type LectorProcess, startLector, writePlant } from '../support/lector-process.ts';
import type { Bench, BenchLine } from './bench.ts';
import { nodeCommand, startContestant } from './contestant.ts';
import { percentile } from './table.ts';

/*
 * How much later than its instant each reading is asked, with hostile clients of the control port and without:
 * `lector serve` as it is, from the sources, with meters in another process, clients in a third; the readings are those
 * of its store.
 */
const HOSTILE = fileURLToPath(new URL('../support/hostile-clients.ts', import.meta.url));
const METERS = 20;
const STRETCH_S = 15;
const LATE_MAX_MS = 100;
/** How the line of the table calls it, and what the clients do. */
type Crowd = readonly [name: string, kinds: readonly string[]];
const CROWDS: readonly Crowd[] = [
  ['one that floods LIST', ['flood']],
  ['one that subscribes to all and never reads', ['deaf']],
  ['both', ['flood', 'deaf']],
  ['1,000 that come and are reset each second', ['storm']],
  ['32 that ask for what takes longest', ['heavy']],
  ['one that asks for RELOAD@plan again and again', ['reload']],
];
/** Reported: a storm takes the core of whoever measures too, and RELOAD is for who may command. */
const REPORTED = new Set(['storm', 'reload']);

type Span = { readonly from: number; readonly to: number };
type Seen = { readonly nominal: number; readonly lateMs: number; readonly isGood: boolean };

const ids = Array.from({ length: METERS }, (_, n) => n + 1);

function plantOf(port: number): string {
  const device = (id: number) =>
    `<device id="${id}" type="tcp"><host>127.0.0.1</host><port>${port}</port><gap>0</gap></device>`;
  const analyzer = (id: number) => `<analitzador id="${id}" device="${id}" address="1" model="SDM630">
      <params><tempsgravacio>1</tempsgravacio><tempslectura>1</tempslectura></params>
      <peticions><consulta>TPF</consulta><consulta>IPF</consulta><consulta>CEA</consulta></peticions></analitzador>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
    <configuracio><node id="1" name="Bench" timezone="Europe/Madrid" />
    <devices>${ids.map(device).join('')}</devices><equips>${ids.map(analyzer).join('')}</equips></configuracio>`;
}

async function during(what: () => Promise<unknown>): Promise<Span> {
  const from = Date.now();
  await what();
  return { from, to: Date.now() };
}

const hostile = (kind: string, port: number) =>
  promisify(execFile)(process.execPath, [HOSTILE, kind, String(port), String(STRETCH_S)]);
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Every reading that the ended process left in `folder`. */
async function readingsIn(folder: string): Promise<readonly Seen[]> {
  const files = { configFile: join(folder, 'config.xml'), iniFile: join(folder, 'lector.ini') };
  const loaded = loadInstallation({ ...files, serialPorts: [], platform: process.platform });
  if (!loaded.ok) throw new Error('the configuration cannot be read');
  const staggers = scheduleOf(loaded.value.installation.analyzers);
  const quiet = () => undefined;
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const store = await openStore({ dir: join(folder, 'data'), clock: systemClock(), log });
  const seen = staggers.flatMap(({ analyzerId, staggerMs }) =>
    store.readings(analyzerId, epochMs(0), epochMs(4e12)).map(({ nominal, at, failure }) => ({
      nominal,
      lateMs: at - nominal - staggerMs,
      isGood: failure === null,
    })),
  );
  await store.close();
  return seen;
}

async function measure(folder: string, lector: LectorProcess): Promise<ReadonlyMap<string, readonly Seen[]>> {
  const listening = await lector.entry(/control port listens/);
  const port = Number(/:(\d+)$/.exec(listening.msg)?.[1]);
  await lector.entry(new RegExp(`all ${METERS} analyzers are read`));
  const spans = new Map([['', await during(() => sleep(STRETCH_S))]]);
  for (const [name, kinds] of CROWDS) {
    spans.set(name, await during(() => Promise.all(kinds.map((kind) => hostile(kind, port)))));
  }
  await lector.end('SIGTERM');
  const all = await readingsIn(folder);
  const within = ({ from, to }: Span) => all.filter(({ nominal }) => nominal >= from && nominal < to - 1_000);
  return new Map([...spans].map(([name, span]) => [name, within(span)]));
}

function lineOf([name, kinds]: Crowd, seen: readonly Seen[], alone: readonly Seen[]): BenchLine {
  const late = (of: readonly Seen[], share: number) =>
    percentile(
      of.map(({ lateMs }) => lateMs),
      share,
    );
  const failed = seen.filter(({ isGood }) => !isGood).length;
  // a second may begin or end at the edge
  const lacking = Math.max(0, METERS * (STRETCH_S - 2) - seen.length);
  const [ours, control] = [late(seen, 1), late(alone, 1)];
  const isPassed = ours - control <= LATE_MAX_MS && failed === 0 && lacking === 0;
  const p99 = `p99 ${late(seen, 0.99)} ms, ${late(alone, 0.99)} ms without`;
  return {
    name: `latest of ${METERS} meters at 1 Hz, ${name}`,
    ...{ ours, control, ratio: null, unit: 'ms' },
    target: `<= ${LATE_MAX_MS} ms more than without`,
    pass: kinds.some((kind) => REPORTED.has(kind)) ? null : isPassed,
    note: `${p99}; ${seen.length} readings, ${failed} failed`,
  };
}

export const bench: Bench = {
  id: 'flood',
  title: 'readings while clients of the control port flood, and one never reads',
  target: `none is asked more than ${LATE_MAX_MS} ms later because of clients`,
  async run() {
    const server = startContestant(nodeCommand('tcp-server.ts', 'SDM630'));
    const folder = mkdtempSync(join(tmpdir(), 'lector-bench-'));
    const ends = [() => rmSync(folder, { recursive: true, force: true })];
    try {
      const { port } = await server.next<{ readonly port: number }>();
      writePlant(folder, plantOf(port));
      const spans = await measure(folder, startLector({ folder, onEnd: (end) => ends.push(end) }));
      const alone = spans.get('') ?? [];
      return CROWDS.map((each) => lineOf(each, spans.get(each[0]) ?? [], alone));
    } finally {
      for (const end of ends.reverse()) end();
      await server.end();
    }
  },
};
