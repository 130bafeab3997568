import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { openStoreReader, type StoreReader } from '../../src/store/reader.ts';
import { ended, linesOf, startWriting } from './journal.ts';
import { QUARTER_MS, sampleReading, sampleRecord, T0 } from './sample-rows.ts';
import { openSample, temporaryFolder } from './samples.ts';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const folder = () => temporaryFolder((end) => ends.push(end));
const ALWAYS = [epochMs(0), epochMs(1e15)] as const;
const numbersOf = (reader: StoreReader, id: number) =>
  reader.records(id, ...ALWAYS).map(({ end }) => (end - T0) / QUARTER_MS);

function reading(dir: string): StoreReader {
  const reader = openStoreReader({ dir });
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= reader.close();
    return closing;
  };
  ends.push(close);
  return { ...reader, close };
}

describe('a store that is only looked at', () => {
  it('shows analyzers, records, readings, gaps and what exporters are owed, and changes nothing', async () => {
    const dir = folder();
    const { store } = await openSample({ dir });
    await store.outbox.register('rest', [1, 12]);
    await store.outbox.register('file', [1]);
    for (let number = 1; number <= 6; number += 1) await store.putRecord(sampleRecord(1, number));
    await store.putRecord(sampleRecord(12, 1));
    await store.putReading(sampleReading(7, 60));
    const gap = { analyzerId: 1, from: epochMs(T0), to: epochMs(T0 + 5), cause: 'clock' } as const;
    await store.putGap(gap);
    const owed = store.outbox.next('rest', 10).map(({ sequence }) => sequence);
    await store.outbox.park('rest', owed[0] ?? 0, 'refused');
    await store.outbox.park('rest', owed[1] ?? 0, 'refused');
    await store.outbox.acknowledge('rest', owed.slice(2, 5));
    const state = store.outbox.owed('rest');
    await store.close();
    const before = readdirSync(dir).toSorted();
    const reader = reading(dir);
    expect(reader.analyzers()).toEqual([1, 7, 12]);
    expect(reader.records(1, ...ALWAYS)).toEqual([1, 2, 3, 4, 5, 6].map((number) => sampleRecord(1, number)));
    expect(reader.records(1, epochMs(T0 + QUARTER_MS), epochMs(T0 + 3 * QUARTER_MS))).toHaveLength(2);
    expect(reader.readings(7, ...ALWAYS)).toEqual([sampleReading(7, 60)]);
    expect(reader.gaps(1, ...ALWAYS)).toEqual([gap]);
    expect(reader.exporters()).toEqual([
      { exporterId: 'file', owed: { count: 6, oldestEnd: T0 + QUARTER_MS, parked: 0 } },
      { exporterId: 'rest', owed: state },
    ]);
    expect(state).toEqual({ count: 2, oldestEnd: T0 + 6 * QUARTER_MS, parked: 2 });
    expect(readdirSync(dir).toSorted()).toEqual(before);
    await reader.close();
    const { store: again } = await openSample({ dir });
    await again.outbox.register('rest', [1, 12]);
    await again.outbox.unpark('rest');
    await again.close();
    expect(reading(dir).exporters()[1]?.owed).toEqual({ count: 4, oldestEnd: T0 + QUARTER_MS, parked: 0 });
  });

  it('sees what another process writes while it is written, and what that left when it was killed', async () => {
    const root = folder();
    const [dir, journal] = [join(root, 'data'), join(root, 'journal')];
    mkdirSync(dir);
    const child = startWriting(dir, journal, 'for ever');
    ends.push(() => void child.kill('SIGKILL'));
    while (!linesOf(journal).includes('ready')) await pause(20);
    const reader = reading(dir);
    const seen: number[] = [];
    while (seen.length < 8) {
      const reported = linesOf(journal).filter((line) => line.startsWith('record 2 ')).length;
      const numbers = numbersOf(reader, 2);
      // all that was reported before it was looked is there, in order and without a hole
      expect(numbers.length).toBeGreaterThanOrEqual(reported);
      expect(numbers).toEqual(numbers.map((_, n) => n + 1));
      if (numbers.length > (seen.at(-1) ?? 0)) seen.push(numbers.length);
      await pause(10);
    }
    child.kill('SIGKILL');
    await ended(child);
    const reported = linesOf(journal).filter((line) => line.startsWith('record 2 ')).length;
    const numbers = numbersOf(reader, 2);
    expect(numbers.length).toBeGreaterThanOrEqual(reported);
    expect(numbersOf(reading(dir), 2)).toEqual(numbers);
    expect(linesOf(journal).filter((line) => line.startsWith('failed'))).toEqual([]);
  });

  it.each([
    ['is not there', () => {}, /there is no store in .*: lector serve makes it/],
    [
      'is damaged',
      (dir: string) => {
        mkdirSync(join(dir, 'store'));
        writeFileSync(join(dir, 'store', 'data.mdb'), Buffer.alloc(9000, 7));
      },
      /is damaged: .*; lector serve puts it aside/,
    ],
  ])('one that %s is refused in words, and nothing is made', (_, prepare, words) => {
    const dir = folder();
    prepare(dir);
    const before = readdirSync(dir, { recursive: true });
    expect(() => openStoreReader({ dir })).toThrow(words);
    expect(readdirSync(dir, { recursive: true })).toEqual(before);
  });
});
