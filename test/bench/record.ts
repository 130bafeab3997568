import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import type { Store } from '../../src/domain/store-port.ts';
import { epochMs } from '../../src/domain/units.ts';
import { encodeRecord } from '../../src/store/codec.ts';
import { openStore } from '../../src/store/store.ts';
import { type Bench, median } from './bench.ts';

const ROUNDS = 15;
const ONE_BY_ONE = 60;
const GROUPED = 1_500;
const GROUP = 100;
const MINUTE_MS = 60_000;
const VARIABLES = ['VFN', 'TFF', 'CUR', 'TPF', 'TQF', 'TSF', 'PFA', 'FRE', 'CEA', 'CER'];

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A record of ten variables with three values each, as the shipped plant makes them. */
function recordAt(minute: number): LectorRecord {
  const end = epochMs(minute * MINUTE_MS);
  const values = [230.25 + (minute % 100) / 8, 231.5, 229.75];
  const variable = { aggregate: 'mean', values, min: values, max: values, n: [15, 15, 15] } as const;
  const counters = { expected: 15, delta: [], baseline: [], at: null, flags: [] };
  return {
    nodeId: 1,
    analyzerId: 1 + (minute % 32),
    model: 'CVM-144',
    start: epochMs(end - MINUTE_MS),
    end,
    generation: 0,
    n: 15,
    expected: 15,
    ratio: 40,
    variables: Object.fromEntries(VARIABLES.map((code) => [code, { ...variable, ...counters }])),
  };
}

async function perSecond(count: number, work: () => Promise<void> | void): Promise<number> {
  const began = performance.now();
  await work();
  return (count * 1000) / (performance.now() - began);
}

/** The bare loop: the same bytes appended to a file, each made durable before the next. */
function bareLoop(dir: string, first: number): Promise<number> {
  const rows = Array.from({ length: ONE_BY_ONE }, (_, index) => encodeRecord(recordAt(first + index)));
  const fd = openSync(join(dir, 'bare'), 'a');
  return perSecond(ONE_BY_ONE, () => {
    for (const row of rows) {
      writeSync(fd, row);
      fdatasyncSync(fd);
    }
  }).finally(() => closeSync(fd));
}

const oneByOne = (store: Store, first: number): Promise<number> =>
  perSecond(ONE_BY_ONE, async () => {
    for (let index = 0; index < ONE_BY_ONE; index += 1) await store.putRecord(recordAt(first + index));
  });

const grouped = (store: Store, first: number): Promise<number> =>
  perSecond(GROUPED, async () => {
    for (let done = 0; done < GROUPED; done += GROUP) {
      await Promise.all(Array.from({ length: GROUP }, (_, index) => store.putRecord(recordAt(first + done + index))));
    }
  });

type Round = { readonly bare: number; readonly single: number; readonly group: number };

async function measure(): Promise<readonly Round[]> {
  const dir = mkdtempSync(join(tmpdir(), 'lector-bench-'));
  const store = await openStore({ dir: join(dir, 'data'), clock: systemClock(), log: SILENT });
  try {
    await store.outbox.register('rest', [1, 2, 3]);
    const rounds: Round[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const first = 1_000_000 + round * 10_000;
      const bare = await bareLoop(dir, first);
      const single = await oneByOne(store, first);
      rounds.push({ bare, single, group: await grouped(store, first + 5_000) });
    }
    // the first one warms up
    return rounds.slice(1);
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function lineOf(name: string, rounds: readonly Round[], pick: (round: Round) => number, least: number) {
  const ratio = median(rounds.map((round) => pick(round) / round.bare));
  return {
    name,
    ours: median(rounds.map(pick)),
    control: median(rounds.map(({ bare }) => bare)),
    ratio,
    unit: 'records/s',
    target: `>= ${least} x the bare fdatasync loop`,
    pass: ratio >= least,
  };
}

export const bench: Bench = {
  id: 'record',
  title: 'B6 records made durable per second',
  target: '>= 0.5 x the bare fdatasync loop one by one, >= 8 x grouped',
  async run() {
    const rounds = await measure();
    return [
      lineOf('one by one', rounds, ({ single }) => single, 0.5),
      lineOf(`grouped by ${GROUP}`, rounds, ({ group }) => group, 8),
    ];
  },
};
