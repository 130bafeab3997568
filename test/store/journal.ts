import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Store } from '../../src/domain/store-port.ts';
import { epochMs } from '../../src/domain/units.ts';
import { QUARTER_MS, sampleReading, sampleRecord, T0 } from './sample-rows.ts';

const CHILD = fileURLToPath(new URL('./writing-child.ts', import.meta.url));

/** Starts the child that writes; `prefix` is a program that runs it, such as strace with its options. */
export function startWriting(
  dir: string,
  journal: string,
  records: string,
  prefix: readonly string[] = [],
): ChildProcess {
  const [program, ...args] = [...prefix, process.execPath, CHILD, dir, journal, records];
  // one thread, so that faults that are counted by thread come as often as they say
  const env = prefix.length === 0 ? process.env : { ...process.env, UV_THREADPOOL_SIZE: '1' };
  return spawn(program ?? '', args, { stdio: 'ignore', env });
}

export const linesOf = (journal: string): readonly string[] =>
  existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean) : [];

export type Verdict = {
  readonly checked: number;
  readonly lost: string[];
  readonly wrong: string[];
  readonly doubled: string[];
};

/** Compares what was reported written with what the store has: every row, its values, and who was given it. */
export function compare(store: Store, lines: readonly string[]): Verdict {
  const verdict: Verdict = { checked: 0, lost: [], wrong: [], doubled: [] };
  const stored = storedRows(store);
  const receipts = new Set<string>();
  let checked = 0;
  for (const line of lines) {
    const [kind = '', analyzerId = '', place = ''] = line.split(' ');
    if (!['record', 'reading', 'receipt'].includes(kind)) continue;
    checked += 1;
    const name = `${kind === 'receipt' ? 'record' : kind} ${analyzerId} ${place}`;
    const row = stored.get(name);
    if (row === undefined) verdict.lost.push(line);
    else if (row !== expected(name)) verdict.wrong.push(line);
    if (kind === 'receipt') {
      // the same record must not come again after its receipt is durable
      if (receipts.has(line)) verdict.doubled.push(line);
      receipts.add(line);
    }
  }
  for (const { record } of store.outbox.next('rest', 1_000_000)) {
    const line = `receipt ${record.analyzerId} ${(record.end - T0) / QUARTER_MS}`;
    if (receipts.has(line)) verdict.doubled.push(line);
  }
  return { ...verdict, checked };
}

function expected(name: string): string {
  const [kind, analyzerId, place] = name.split(' ');
  const sample = kind === 'record' ? sampleRecord : sampleReading;
  return JSON.stringify(sample(Number(analyzerId), Number(place)), sortKeys);
}

function storedRows(store: Store): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  const [from, until] = [epochMs(0), epochMs(T0 * 2)];
  for (const id of [1, 2, 3]) {
    for (const record of store.records(id, from, until)) {
      rows.set(`record ${id} ${(record.end - T0) / QUARTER_MS}`, JSON.stringify(record, sortKeys));
    }
    for (const reading of store.readings(id, from, until)) {
      rows.set(`reading ${id} ${(reading.nominal - T0) / 1000}`, JSON.stringify(reading, sortKeys));
    }
  }
  return rows;
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Resolves when the process has ended. */
export const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));
