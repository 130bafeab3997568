import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createIngest } from '../../../src/central/ingest/ingest.ts';
import type { Database } from '../../../src/central/schema/database.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { centralRecord, MAY } from '../../support/central-records.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';

/** An ingest over a PostgreSQL that stores a batch when it is told to. */
function setUp() {
  const clock = createSteppedClock();
  /** Of each batch on its way: how many records, and what ends it. */
  const batches: { readonly count: number; readonly store: () => void }[] = [];
  const query = async (asked: unknown, values: readonly (readonly Buffer[])[] = []) => {
    const { name, values: lists } = asked as { readonly name?: string; readonly values?: readonly string[] };
    if (name !== 'lector-ingest') return { rows: (values[0] ?? []).map((sha256, id) => ({ id, sha256 })) };
    await new Promise<void>((resolve) => {
      batches.push({ count: String(lists?.[0]).split(',').length, store: resolve });
    });
    return { rows: [{ keys: null }] };
  };
  const client = { query: async () => ({ rows: [{ made: true }] }), release: () => undefined };
  const pool = { query, connect: async () => client };
  const ingest = createIngest({ database: { pool } as unknown as Database, clock, log: createLogLines() });
  let seconds = 0;
  const stored: number[] = [];
  const put = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      seconds += 1;
      void ingest.put([centralRecord({ end: epochMs(MAY + seconds * 1000) })], false).then(() => stored.push(n));
    }
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  };
  const counts = () => batches.map(({ count }) => count);
  return { clock, ingest, batches, stored, put, counts };
}

describe('what arrives while a batch is on its way', () => {
  it('goes with it when it is there, or beside it once it is as many', async () => {
    const { ingest, batches, stored, put, counts } = setUp();
    await put(3);
    expect(counts()).toEqual([3]);
    await put(2);
    expect(counts()).toEqual([3]);
    await put(1);
    expect(counts()).toEqual([3, 3]);
    await put(4);
    batches[0]?.store();
    await put(0);
    expect([counts(), stored.length]).toEqual([[3, 3, 4], 3]);
    for (const { store } of batches) store();
    await ingest.close();
    expect(stored).toHaveLength(10);
  });

  it('takes the next after it, also when that is fewer', async () => {
    const { ingest, batches, stored, put, counts } = setUp();
    await put(5);
    await put(1);
    batches[0]?.store();
    await put(0);
    expect([counts(), stored.length]).toEqual([[5, 1], 5]);
    batches[1]?.store();
    await ingest.close();
    expect(stored).toHaveLength(6);
  });

  it('waits for no more than sixteen, and no longer than 20 ms', async () => {
    const { clock, ingest, batches, put, counts } = setUp();
    await put(40);
    await put(15);
    expect(counts()).toEqual([40]);
    await put(1);
    expect(counts()).toEqual([40, 16]);
    batches[1]?.store();
    await put(1);
    expect(counts()).toEqual([40, 16]);
    await clock.advance(20);
    await put(0);
    expect(counts()).toEqual([40, 16, 1]);
    for (const { store } of batches) store();
    await ingest.close();
  });
});
