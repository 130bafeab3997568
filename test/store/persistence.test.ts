import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/domain/store-port.ts';
import { epochMs } from '../../src/domain/units.ts';
import { QUARTER_MS, sampleReading, sampleRecord, T0 } from './sample-rows.ts';
import { openSample, temporaryFolder } from './samples.ts';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const numbers = (store: Store, exporter: string) =>
  store.outbox.next(exporter, 100).map(({ record }) => (record.end - T0) / QUARTER_MS);
const sequences = (store: Store, exporter: string) => store.outbox.next(exporter, 100).map(({ sequence }) => sequence);

/** A store that can be closed and opened again, in one folder. */
async function reopenable() {
  const dir = temporaryFolder((end) => ends.push(end));
  let { store } = await openSample({ dir });
  ends.push(() => store.close());
  return {
    store: () => store,
    async reopen() {
      await store.close();
      ({ store } = await openSample({ dir }));
      return store;
    },
  };
}

describe('what a store remembers over a restart', () => {
  it('readings, records, gaps and the mark of the run before', async () => {
    const { store, reopen } = await reopenable();
    const gap = { analyzerId: 1, from: epochMs(T0), to: epochMs(T0 + 5), cause: 'clock' } as const;
    await Promise.all([
      store().putReading(sampleReading(1, 60)),
      store().putRecord(sampleRecord(1, 1)),
      store().putGap(gap),
      store().markAlive(epochMs(T0 + 7)),
    ]);
    const again = await reopen();
    expect(again.lastReading(1)).toEqual(sampleReading(1, 60));
    expect(again.lastRecord(1)).toEqual(sampleRecord(1, 1));
    expect(again.gaps(1, epochMs(0), epochMs(2 * T0))).toEqual([gap]);
    expect(again.lastAlive()).toBe(T0 + 7);
    await again.markAlive(epochMs(T0 + 9));
    expect(again.lastAlive()).toBe(T0 + 7);
    expect(await again.putRecord(sampleRecord(1, 1))).toBe('present');
  });

  it('F49 which record was written last, after a wall clock that was put back', async () => {
    const { store, reopen } = await reopenable();
    for (const record of [sampleRecord(1, 5), sampleRecord(1, 1, 1)]) await store().putRecord(record);
    await store().putReading({ ...sampleReading(1, 60), pass: 1 });
    const again = await reopen();
    expect(again.lastRecord(1)).toEqual(sampleRecord(1, 1, 1));
    expect(again.lastReading(1)).toEqual({ ...sampleReading(1, 60), pass: 1 });
  });

  it('what each exporter was given, also out of order, and what is parked', async () => {
    const { store, reopen } = await reopenable();
    await store().outbox.register('rest', [1, 2]);
    await store().outbox.register('file', [2]);
    for (let number = 1; number <= 6; number += 1) await store().putRecord(sampleRecord(1 + (number % 2), number));
    const all = sequences(store(), 'rest');
    await store().outbox.acknowledge('rest', [all[0] ?? 0, all[3] ?? 0, all[4] ?? 0]);
    await store().outbox.park('rest', all[1] ?? 0, 'refused');
    const again = await reopen();
    await again.outbox.register('rest', [1, 2]);
    await again.outbox.register('file', [2]);
    expect(numbers(again, 'rest')).toEqual([3, 6]);
    expect(numbers(again, 'file')).toEqual([1, 3, 5]);
    expect(again.outbox.owed('rest')).toEqual({ count: 2, oldestEnd: T0 + 3 * QUARTER_MS, parked: 1 });
    await again.putRecord(sampleRecord(1, 7));
    expect(numbers(again, 'rest')).toEqual([3, 6, 7]);
    expect(sequences(again, 'rest').at(-1)).toBe((all.at(-1) ?? 0) + 1);
  });

  it('what was parked and is owed again, until its receipt', async () => {
    const { store, reopen } = await reopenable();
    await store().outbox.register('rest', [1]);
    for (let number = 1; number <= 5; number += 1) await store().putRecord(sampleRecord(1, number));
    const all = sequences(store(), 'rest');
    for (const index of [0, 2]) await store().outbox.park('rest', all[index] ?? 0, 'refused');
    await store().outbox.acknowledge('rest', all.slice(1, 4));
    await store().outbox.park('rest', all[2] ?? 0, 'not counted twice');
    const first = await reopen();
    await first.outbox.register('rest', [1]);
    expect(await first.outbox.unpark('rest')).toBe(1);
    expect(numbers(first, 'rest')).toEqual([1, 5]);
    const second = await reopen();
    await second.outbox.register('rest', [1]);
    expect(numbers(second, 'rest')).toEqual([1, 5]);
    expect(second.outbox.owed('rest')).toEqual({ count: 2, oldestEnd: T0 + QUARTER_MS, parked: 0 });
    await second.outbox.acknowledge('rest', [all[0] ?? 0]);
    const third = await reopen();
    await third.outbox.register('rest', [1]);
    expect(numbers(third, 'rest')).toEqual([5]);
    expect(third.outbox.owed('rest')).toMatchObject({ count: 1, parked: 0 });
  });

  it('an exporter that comes back after a run without it goes on where it was', async () => {
    const { store, reopen } = await reopenable();
    await store().outbox.register('rest', [1]);
    await store().putRecord(sampleRecord(1, 1));
    const without = await reopen();
    await without.putRecord(sampleRecord(1, 2));
    const again = await reopen();
    await again.outbox.register('rest', [1]);
    await again.outbox.register('new', [1]);
    expect([numbers(again, 'rest'), numbers(again, 'new')]).toEqual([[1, 2], []]);
  });

  it('what is owed of an analyzer that is switched off for a while, and that is delivered meanwhile', async () => {
    const { store, reopen } = await reopenable();
    await store().outbox.register('rest', [1, 2]);
    for (const [id, number] of [[1, 1] as const, [2, 2] as const, [1, 3] as const])
      await store().putRecord(sampleRecord(id, number));
    let again = await reopen();
    await again.outbox.register('rest', [2]);
    await again.putRecord(sampleRecord(1, 4));
    again = await reopen();
    await again.outbox.register('rest', [2]);
    expect(numbers(again, 'rest')).toEqual([1, 2, 3]);
    await again.outbox.acknowledge('rest', sequences(again, 'rest').slice(0, 2));
    again = await reopen();
    await again.outbox.register('rest', [2]);
    expect(numbers(again, 'rest')).toEqual([3]);
    await again.outbox.acknowledge('rest', sequences(again, 'rest'));
    again = await reopen();
    await again.outbox.register('rest', [1, 2]);
    await again.putRecord(sampleRecord(1, 5));
    expect(numbers(again, 'rest')).toEqual([5]);
  });

  it('exporters that are configured no more, and what waits for them', async () => {
    const { store, reopen } = await reopenable();
    for (const id of ['rest', 'file', 'idle']) await store().outbox.register(id, [1]);
    for (const number of [1, 2]) await store().putRecord(sampleRecord(1, number));
    await store().outbox.acknowledge('idle', sequences(store(), 'idle'));
    const again = await reopen();
    await again.outbox.register('file', [1]);
    expect(again.outbox.absent()).toEqual([{ exporterId: 'rest', count: 2, isAll: true }]);
  });

  it('the cursor of an exporter that nothing came for does not stay behind', async () => {
    const { store, reopen } = await reopenable();
    await store().outbox.register('rest', [7]);
    for (let number = 1; number <= 1100; number += 1) void store().putRecord(sampleRecord(1, number));
    await store().putRecord(sampleRecord(7, 1));
    const again = await reopen();
    await again.outbox.register('rest', [7]);
    expect(numbers(again, 'rest')).toEqual([1]);
    await again.outbox.acknowledge('rest', sequences(again, 'rest'));
    expect(again.outbox.owed('rest').count).toBe(0);
  });

  it('refuses what comes after it was closed, and closing twice is fine', async () => {
    const { store } = await reopenable();
    await store().close();
    await store().close();
    await expect(store().putReading(sampleReading(1, 1))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(store().putRecord(sampleRecord(1, 1))).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('writes what was put just before it is closed', async () => {
    const { store, reopen } = await reopenable();
    const puts = [store().putRecord(sampleRecord(1, 1)), store().putReading(sampleReading(1, 1))];
    const again = await reopen();
    await Promise.all(puts);
    expect([again.lastRecord(1)?.end, again.lastReading(1)?.nominal]).toEqual([T0 + QUARTER_MS, T0 + 1000]);
  });

  it('prunes by itself while it runs', async () => {
    const dir = temporaryFolder((end) => ends.push(end));
    const { store } = await openSample({ dir, readingsMaxMs: 1, pruneEveryMs: 20 });
    ends.push(() => store.close());
    for (const second of [1, 2, 900]) await store.putReading(sampleReading(1, second));
    await store.putRecord(sampleRecord(1, 1));
    const left = () => store.readings(1, epochMs(0), epochMs(2 * T0)).length;
    for (let tries = 0; left() > 0 && tries < 200; tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(left()).toBe(0);
  });
});
