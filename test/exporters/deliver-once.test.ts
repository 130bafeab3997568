import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deliverOnce } from '../../src/deliver.ts';
import { createDeliveryMemory } from '../../src/delivery-memory.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { exporting, owed } from './written.ts';

const ID = 'localFile:dades';
const BATCH = 200;
const START = Date.parse('2014-05-01T10:00:00Z');

/** An exporter of analyzers 1, 2 and 3 that owes the first `count` minutes of each. */
async function owing(count: number) {
  const store = createMemoryStore();
  await store.outbox.register(ID, [1, 2, 3]);
  const put = async (analyzerId: number, minute: number) => {
    const end = new Date(START + minute * 60_000).toISOString();
    await store.putRecord(owed(0, end, { TPF: [minute] }, { analyzerId }).record);
  };
  for (let minute = 1; minute <= count; minute += 1) for (const id of [1, 2, 3]) await put(id, minute);
  const { exporter, folder, text } = exporting();
  const linesOf = (id: number) => text(`${id}/20140501.txt`).split('\n').length - 2;
  const clock = createSteppedClock();
  const memory = createDeliveryMemory({ clock, random: () => 0 });
  const attempt = () => deliverOnce(store.outbox, exporter, { memory });
  return { store, put, exporter, folder, linesOf, attempt, clock, memory };
}

describe('one attempt at a delivery', () => {
  it('an analyzer whose file cannot be written holds up no other, however much of it waits', async () => {
    const count = BATCH + 20;
    const { store, folder, linesOf, attempt, clock, memory } = await owing(count);
    writeFileSync(join(folder, '2'), 'a file in the way');
    expect(await attempt()).toEqual({ left: 'nothing', againInMs: 5000, tried: true });
    expect(memory.holding()).toMatchObject({ analyzerIds: [2], failure: { facts: { errno: 'EEXIST' } } });
    expect([linesOf(1), linesOf(3)]).toEqual([count, count]);
    expect(store.outbox.owed(ID).count).toBe(count);
    rmSync(join(folder, '2'));
    await clock.advance(5000);
    while ((await attempt()).left === 'more');
    expect(linesOf(2)).toBe(count);
    expect(store.outbox.owed(ID).count).toBe(0);
  });

  it('what is recorded of the others meanwhile goes out, and the trouble stays told', async () => {
    const { store, put, folder, linesOf, attempt, memory } = await owing(1);
    writeFileSync(join(folder, '2'), 'a file in the way');
    await attempt();
    for (const id of [1, 2, 3]) await put(id, 2);
    while ((await attempt()).left === 'more');
    expect(memory.holding()).toMatchObject({ analyzerIds: [2], failure: { facts: { errno: 'EEXIST' } } });
    expect([linesOf(1), linesOf(3)]).toEqual([2, 2]);
    expect(store.outbox.owed(ID).count).toBe(2);
  });

  it('a folder that is taken away while Lector runs is made again', async () => {
    const { store, put, folder, linesOf, attempt } = await owing(1);
    await attempt();
    rmSync(folder, { recursive: true });
    await put(1, 2);
    await attempt();
    expect(linesOf(1)).toBe(1);
    mkdirSync(folder, { recursive: true });
    expect(store.outbox.owed(ID).count).toBe(0);
  });
});

describe('a destination that takes nothing', () => {
  it('is said to fail, and nothing is set aside however often: a disk may be full for days', async () => {
    const { store, folder, attempt } = await owing(1);
    for (const id of [1, 2, 3]) writeFileSync(join(folder, String(id)), 'a file in the way');
    for (let n = 0; n < 30; n += 1) await expect(attempt()).rejects.toMatchObject({ code: 'EXPORT_FAILED' });
    expect(store.outbox.owed(ID)).toMatchObject({ count: 3, parked: 0 });
  });
});

describe('a file that cannot be written for days', () => {
  it('has nothing set aside, though those of the others are', async () => {
    const { store, put, folder, attempt, clock } = await owing(1);
    writeFileSync(join(folder, '2'), 'a file in the way');
    for (let minute = 2; minute < 22; minute += 1) {
      while ((await attempt()).left === 'more');
      await clock.advance(400_000);
      for (const id of [1, 2, 3]) await put(id, minute);
    }
    while ((await attempt()).left === 'more');
    expect(store.outbox.owed(ID)).toMatchObject({ count: 21, parked: 0 });
  });
});

describe('lines that the run before wrote', () => {
  it('are not written again, however many receipts were lost with it', async () => {
    const count = 3 * BATCH;
    const { store, exporter, folder, linesOf } = await owing(count);
    for (let from = 0; from < 3 * count; from += BATCH) {
      await exporter.deliver(store.outbox.next(ID, 3 * count).slice(from, from + BATCH));
    }
    expect(linesOf(1)).toBe(count);
    const next = exporting({ folder, clock: createSteppedClock(START + 2 * count * 60_000) });
    while ((await deliverOnce(store.outbox, next.exporter)).left === 'more');
    expect([linesOf(1), linesOf(2), linesOf(3)]).toEqual([count, count, count]);
  });
});
