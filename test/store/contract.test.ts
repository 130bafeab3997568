import { afterEach, describe, expect, it } from 'vitest';
import type { Reading } from '../../src/domain/reading.ts';
import type { OwedRecord, Store } from '../../src/domain/store-port.ts';
import { epochMs } from '../../src/domain/units.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { QUARTER_MS, sampleReading, sampleRecord, T0 } from './sample-rows.ts';
import { openSample, temporaryFolder } from './samples.ts';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const at = (seconds: number) => epochMs(T0 + seconds * 1000);
const quarter = (number: number) => epochMs(T0 + number * QUARTER_MS);
const sequences = (owed: readonly OwedRecord[]) => owed.map((each) => each.sequence);
const numbers = (owed: readonly OwedRecord[]) => owed.map(({ record }) => (record.end - T0) / QUARTER_MS);

const stores: readonly { readonly name: string; open(): Promise<Store> }[] = [
  { name: 'in memory', open: async () => createMemoryStore() },
  {
    name: 'on disk',
    async open() {
      const { store } = await openSample({ dir: temporaryFolder((end) => ends.push(end)) });
      ends.push(() => store.close());
      return store;
    },
  },
];

describe.each(stores)('a store $name: readings', ({ open }) => {
  it('gives back exactly what it was given, after its promise and before', async () => {
    const store = await open();
    const given = [sampleReading(1, 60), sampleReading(1, 63), sampleReading(1, 120, 'rapid')];
    const put = Promise.all(given.map((reading) => store.putReading(reading)));
    expect(store.readings(1, at(0), at(600))).toEqual(given);
    await put;
    expect(store.readings(1, at(0), at(600))).toEqual(given);
  });

  it('takes a window as (after, until]', async () => {
    const store = await open();
    for (const seconds of [0, 60, 120, 180]) await store.putReading(sampleReading(1, seconds));
    const nominals = store.readings(1, at(0), at(120)).map((reading) => reading.nominal);
    expect(nominals).toEqual([at(60), at(120)]);
  });

  it('sorts by nominal instant, the normal grid before the rapid one, whatever the order of arrival', async () => {
    const store = await open();
    const given: Reading[] = [sampleReading(1, 120), sampleReading(1, 60, 'rapid'), sampleReading(1, 60)];
    await Promise.all(given.map((reading) => store.putReading(reading)));
    const found = store.readings(1, at(0), at(600));
    expect(found).toEqual([sampleReading(1, 60), sampleReading(1, 60, 'rapid'), sampleReading(1, 120)]);
    expect(store.instants(1, at(0), at(600))).toEqual([at(60), at(60), at(120)]);
    const put = [180, 60].map((seconds) => store.putReading(sampleReading(1, seconds)));
    expect(store.instants(1, at(60), at(180))).toEqual([at(120), at(180)]);
    expect(store.instants(1, at(0), at(60))).toEqual([at(60), at(60)]);
    await Promise.all(put);
  });

  it('keeps one reading of an instant and grid: the last that was put', async () => {
    const store = await open();
    await store.putReading(sampleReading(1, 60));
    const second = { ...sampleReading(1, 60), ratio: 5 };
    const put = store.putReading(second);
    expect(store.readings(1, at(0), at(600))).toEqual([second]);
    await put;
    expect(store.readings(1, at(0), at(600))).toEqual([second]);
  });

  it('keeps how often the clock had been put back before a reading', async () => {
    const store = await open();
    await store.putReading({ ...sampleReading(1, 60), pass: 3 });
    expect(store.readings(1, at(0), at(600))).toEqual([{ ...sampleReading(1, 60), pass: 3 }]);
  });

  it('keeps analyzers apart, and knows the last reading of each', async () => {
    const store = await open();
    await Promise.all([1, 2, 12].map((id) => store.putReading(sampleReading(id, id * 60))));
    expect(store.readings(1, at(0), at(9999))).toEqual([sampleReading(1, 60)]);
    expect(store.lastReading(2)).toEqual(sampleReading(2, 120));
    expect(store.lastReading(3)).toBeNull();
  });
});

describe.each(stores)('a store $name: records', ({ open }) => {
  it('writes a record once, whoever asks again and whenever', async () => {
    const store = await open();
    const outcomes = await Promise.all([store.putRecord(sampleRecord(1, 1)), store.putRecord(sampleRecord(1, 1))]);
    outcomes.push(await store.putRecord({ ...sampleRecord(1, 1), n: 3 }));
    expect(outcomes).toEqual(['written', 'present', 'present']);
    expect(store.records(1, at(0), quarter(9))).toEqual([sampleRecord(1, 1)]);
  });

  it('tells generations and analyzers apart', async () => {
    const store = await open();
    const given = [sampleRecord(1, 1), sampleRecord(1, 1, 1), sampleRecord(2, 1), sampleRecord(1, 2)];
    for (const record of given) expect(await store.putRecord(record)).toBe('written');
    expect(store.records(1, at(0), quarter(1))).toEqual([sampleRecord(1, 1), sampleRecord(1, 1, 1)]);
    expect(store.records(1, quarter(1), quarter(2))).toEqual([sampleRecord(1, 2)]);
    expect(store.lastRecord(1)).toEqual(sampleRecord(1, 2));
    expect(store.lastRecord(7)).toBeNull();
  });

  it('knows the record written last, also when the wall clock was put back before it', async () => {
    const store = await open();
    for (const record of [sampleRecord(1, 5), sampleRecord(1, 1, 1), sampleRecord(2, 9)]) await store.putRecord(record);
    expect(store.lastRecord(1)).toEqual(sampleRecord(1, 1, 1));
    const put = store.putRecord(sampleRecord(1, 2, 1));
    expect(store.lastRecord(1)).toEqual(sampleRecord(1, 2, 1));
    await put;
    expect(store.lastRecord(1)).toEqual(sampleRecord(1, 2, 1));
  });

  it('keeps how often the clock had been put back before a record', async () => {
    const store = await open();
    await store.putRecord({ ...sampleRecord(1, 1), pass: 2 });
    expect(store.lastRecord(1)).toEqual({ ...sampleRecord(1, 1), pass: 2 });
  });

  it('keeps gap marks, one per stretch, and finds those that overlap', async () => {
    const store = await open();
    const gap = { analyzerId: 1, from: quarter(1), to: quarter(3), cause: 'stopped' } as const;
    const put = Promise.all([store.putGap(gap), store.putGap(gap)]);
    expect(store.gaps(1, quarter(2), quarter(9))).toEqual([gap]);
    expect(store.gaps(1, quarter(3), quarter(9))).toEqual([]);
    await put;
    await store.putGap({ ...gap, analyzerId: 2 });
    expect(store.gaps(1, quarter(2), quarter(9))).toEqual([gap]);
    expect(store.gaps(1, quarter(0), quarter(2))).toEqual([gap]);
    expect(store.gaps(1, quarter(3), quarter(9))).toEqual([]);
    expect(store.gaps(1, quarter(0), quarter(1))).toEqual([]);
  });

  it('is well, and knows of no run before', async () => {
    const store = await open();
    await store.markAlive(quarter(1));
    expect([store.lastAlive(), store.trouble()]).toEqual([null, null]);
  });
});

describe.each(stores)('a store $name: outbox', ({ open }) => {
  const withRecords = async (ids: readonly number[], exporters: Readonly<Record<string, readonly number[]>>) => {
    const store = await open();
    for (const [id, analyzers] of Object.entries(exporters)) await store.outbox.register(id, analyzers);
    for (const [index, id] of ids.entries()) await store.putRecord(sampleRecord(id, index + 1));
    return store;
  };

  it('owes a new exporter nothing older, and then everything it wants, oldest first', async () => {
    const store = await withRecords([1, 1], {});
    await store.outbox.register('rest', [1]);
    expect(store.outbox.owed('rest')).toEqual({ count: 0, oldestEnd: null, parked: 0 });
    for (const [id, number] of [
      [1, 3],
      [2, 3],
      [1, 4],
    ] as const)
      await store.putRecord(sampleRecord(id, number));
    expect(numbers(store.outbox.next('rest', 10))).toEqual([3, 4]);
    expect(numbers(store.outbox.next('rest', 1))).toEqual([3]);
    expect(store.outbox.owed('rest')).toEqual({ count: 2, oldestEnd: quarter(3), parked: 0 });
  });

  it('moves on with the receipt, each exporter by itself', async () => {
    const store = await withRecords([1, 2, 1, 2], { rest: [1, 2], file: [1] });
    const [first] = store.outbox.next('rest', 1);
    await store.outbox.acknowledge('rest', [first?.sequence ?? 0]);
    expect(numbers(store.outbox.next('rest', 10))).toEqual([2, 3, 4]);
    expect(numbers(store.outbox.next('file', 10))).toEqual([1, 3]);
    expect(store.outbox.owed('rest').count).toBe(3);
  });

  it('lets the newest go first, and remembers it when the old ones follow', async () => {
    const store = await withRecords([1, 1, 1, 1, 1], { rest: [1] });
    const all = sequences(store.outbox.next('rest', 10));
    await store.outbox.acknowledge('rest', all.slice(3));
    expect(numbers(store.outbox.next('rest', 10))).toEqual([1, 2, 3]);
    await store.outbox.acknowledge('rest', all.slice(0, 2));
    await store.putRecord(sampleRecord(1, 6));
    expect(numbers(store.outbox.next('rest', 10))).toEqual([3, 6]);
    expect(store.outbox.owed('rest')).toEqual({ count: 2, oldestEnd: quarter(3), parked: 0 });
  });

  it('takes a receipt twice without harm, and one for what was never owed', async () => {
    const store = await withRecords([1, 2, 1], { rest: [1] });
    const all = sequences(store.outbox.next('rest', 10));
    for (const receipt of [all.slice(0, 1), all.slice(0, 1), [2, 99]]) await store.outbox.acknowledge('rest', receipt);
    expect(store.outbox.owed('rest')).toEqual({ count: 1, oldestEnd: quarter(3), parked: 0 });
  });

  it('leaves out what is parked until a receipt comes for it', async () => {
    const store = await withRecords([1, 1, 1], { rest: [1] });
    const [, second] = sequences(store.outbox.next('rest', 10));
    await store.outbox.park('rest', second ?? 0, 'refused: not a number');
    expect(numbers(store.outbox.next('rest', 10))).toEqual([1, 3]);
    expect(store.outbox.owed('rest')).toEqual({ count: 2, oldestEnd: quarter(1), parked: 1 });
    await store.outbox.acknowledge('rest', [second ?? 0]);
    expect(store.outbox.owed('rest')).toEqual({ count: 2, oldestEnd: quarter(1), parked: 0 });
  });

  it('owes an analyzer that is added later only what is recorded after that', async () => {
    const store = await withRecords([1, 2], { rest: [1] });
    await store.outbox.register('rest', [1, 2]);
    await store.putRecord(sampleRecord(2, 9));
    expect(numbers(store.outbox.next('rest', 10))).toEqual([1, 9]);
  });

  it('says how many older records an exporter, or an analyzer new to it, does not get', async () => {
    const store = await withRecords([1, 2, 1], {});
    expect(await store.outbox.register('rest', [1])).toEqual({ older: 2 });
    expect(await store.outbox.register('rest', [1])).toEqual({ older: 0 });
    await store.putRecord(sampleRecord(2, 4));
    expect(await store.outbox.register('rest', [1, 2])).toEqual({ older: 2 });
    expect(store.outbox.absent()).toEqual([]);
  });

  it('counts each of several exporters that share analyzers, also what came before anybody asked', async () => {
    const store = await withRecords([], { rest: [1, 2], file: [2], late: [3] });
    for (const [index, id] of [1, 2, 2, 1, 3].entries()) await store.putRecord(sampleRecord(id, index + 1));
    expect(['rest', 'file', 'late'].map((id) => store.outbox.owed(id).count)).toEqual([4, 2, 1]);
    await store.putRecord(sampleRecord(2, 9));
    expect(['rest', 'file', 'late'].map((id) => store.outbox.owed(id).count)).toEqual([5, 3, 1]);
  });

  it('calls back once for each record written, until it is told to stop', async () => {
    const store = await withRecords([], { rest: [1] });
    const seen: number[] = [];
    const stop = store.outbox.onRecord(({ sequence }) => seen.push(sequence));
    await store.putRecord(sampleRecord(1, 1));
    await store.putRecord(sampleRecord(1, 1));
    await store.putRecord(sampleRecord(3, 1));
    stop();
    await store.putRecord(sampleRecord(1, 2));
    expect(seen).toEqual([1, 2]);
  });

  it('has a record in hand when the callback comes, and one that throws harms nobody', async () => {
    const store = await withRecords([], { rest: [1] });
    const seen: number[] = [];
    store.outbox.onRecord(() => {
      throw new Error('a fault of the listener');
    });
    store.outbox.onRecord(() => seen.push(...numbers(store.outbox.next('rest', 10))));
    expect(await store.putRecord(sampleRecord(1, 5))).toBe('written');
    expect(seen).toEqual([5]);
  });

  it('refuses an exporter that it does not know', async () => {
    const store = await withRecords([1], {});
    expect(() => store.outbox.next('nobody', 1)).toThrow('must be registered');
  });
});
