import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { requireRoot } from '../support/require-tool.ts';
import { canMountFiles, fillUp, makeDisk, mountSmall } from './mounts.ts';
import { QUARTER_MS, sampleReading, sampleRecord, T0 } from './sample-rows.ts';
import { openSample, temporaryFolder } from './samples.ts';

const LONG = process.env.LECTOR_TEST_CRASH === '1';
const ends: (() => void | Promise<void>)[] = [];
// lmdb itself prints each failed write
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0).reverse()) await end();
});

const onEnd = (end: () => void) => ends.push(end);
const ALL = [epochMs(0), epochMs(2 * T0)] as const;
const PADDING = 4_000;

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (condition()) return;
    await pause(10);
  }
  throw new Error(`not within 10 s: ${what}`);
}

const openSmall = async (dir: string, limits = {}) => {
  const opened = await openSample({ dir, minFreeBytes: 0, reserveBytes: 256 * 1024, pruneEveryMs: 50, ...limits });
  ends.push(() => opened.store.close());
  return opened;
};

describe('the disk is full', () => {
  const rounds = LONG ? 100 : 5;
  it.skipIf(!requireRoot())(
    `D7 F44 filled and freed ${rounds} times: what waits is seen, nothing reported is lost, and it heals by itself`,
    { timeout: 60_000 + rounds * 3_000 },
    async () => {
      const mount = mountSmall(temporaryFolder(onEnd), 8, onEnd);
      let { store } = await openSmall(mount, { recordsMaxBytes: 1024 * 1024 });
      let number = 0;
      const reported: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        await store.outbox.register('rest', [1]);
        const free = fillUp(mount);
        const waiting: Promise<unknown>[] = [];
        while (store.trouble() === null) {
          number += 1;
          const mine = number;
          const put = store.putRecord(sampleRecord(1, mine, 0, PADDING));
          waiting.push(put.then(() => reported.push(mine)));
          await Promise.race([put, pause(20)]);
        }
        expect(store.trouble()).toContain('DISK FULL');
        const before = performance.now();
        waiting.push(store.putReading(sampleReading(1, number)));
        expect(performance.now() - before).toBeLessThan(100);
        expect(store.lastReading(1)).toEqual(sampleReading(1, number));
        expect(store.lastRecord(1)?.end).toBe(T0 + number * QUARTER_MS);
        expect(reported).not.toContain(number);
        free();
        await Promise.all(waiting);
        expect(store.trouble()).toBeNull();
        const next = store.outbox.next('rest', 1_000);
        expect(next.map(({ record }) => (record.end - T0) / QUARTER_MS)).toEqual(reported);
        await store.outbox.acknowledge(
          'rest',
          next.map(({ sequence }) => sequence),
        );
        expect(store.records(1, ...ALL).at(-1)).toEqual(sampleRecord(1, number, 0, PADDING));
        reported.length = 0;
        await store.close();
        ({ store } = await openSmall(mount, { recordsMaxBytes: 1024 * 1024 }));
        expect(store.lastRecord(1)?.end).toBe(T0 + number * QUARTER_MS);
        expect(store.lastReading(1)).toEqual(sampleReading(1, number));
      }
    },
  );

  it.skipIf(!requireRoot())('F44 starts on a full disk, and the reserve lets old data be deleted there', async () => {
    const mount = mountSmall(temporaryFolder(onEnd), 8, onEnd);
    const reserveBytes = 1024 * 1024;
    const first = await openSmall(mount, { reserveBytes });
    for (let number = 1; number <= 200; number += 1) await first.store.putRecord(sampleRecord(1, number, 0, PADDING));
    await pause(120);
    await first.store.close();
    fillUp(mount);
    const limits = { reserveBytes, recordsMaxBytes: 512 * 1024 };
    const { store } = await openSmall(mount, limits);
    await store.outbox.register('rest', [1]);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => store.putRecord(sampleRecord(1, 201 + index, 0, PADDING))),
    );
    expect(store.records(1, ...ALL).length).toBeLessThan(230);
    expect(store.lastRecord(1)).toEqual(sampleRecord(1, 240, 0, PADDING));
  });

  it.skipIf(!requireRoot())('F44 drops the oldest when memory is used up too, says so and counts them', async () => {
    const mount = mountSmall(temporaryFolder(onEnd), 8, onEnd);
    const { store, log } = await openSmall(mount, { waitingRecordsBytes: 60_000, waitingReadingsBytes: 60_000 });
    const free = fillUp(mount);
    const outcomes: Promise<string>[] = [];
    for (let number = 1; number <= 400; number += 1) {
      const put = store.putRecord(sampleRecord(1, number, 0, PADDING));
      outcomes.push(put.catch((error: { readonly code: string }) => error.code));
      await pause(1);
    }
    expect(store.trouble()).toMatch(/DISK FULL: \d+ records and 0 readings wait in memory .*dropped/);
    expect(log.lines.filter((line) => line.includes('is used up'))).toHaveLength(1);
    free();
    const all = await Promise.all(outcomes);
    const there = new Set(store.records(1, ...ALL).map((record) => (record.end - T0) / QUARTER_MS));
    expect(all.map((outcome, index) => outcome === 'written' && !there.has(index + 1))).not.toContain(true);
    expect(all).toContain('STORE_FULL');
    expect(there.has(400)).toBe(true);
    expect(store.trouble()).toBeNull();
    expect(log.lines.at(-1)).toContain('the disk takes writes again');
  });
});

describe('the disk becomes read-only', () => {
  it.skipIf(!canMountFiles())('F45 delivery goes on, from disk and from memory, and the alarm says why', async () => {
    const disk = makeDisk(temporaryFolder(onEnd), 32, onEnd);
    disk.attach();
    const { store } = await openSmall(disk.mount);
    await store.outbox.register('rest', [1]);
    for (let number = 1; number <= 5; number += 1) await store.putRecord(sampleRecord(1, number));
    disk.makeReadOnly();
    const heard: number[] = [];
    store.outbox.onRecord(({ sequence }) => heard.push(sequence));
    const lost = [6, 7].map((number) => store.putRecord(sampleRecord(1, number)).catch(String));
    await until(() => store.trouble() !== null, 'trouble');
    expect(store.trouble()).toMatch(/DISK (READ-ONLY|ERROR)/);
    expect(heard).toHaveLength(2);
    const owed = store.outbox.next('rest', 10);
    expect(owed.map(({ record }) => record)).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => sampleRecord(1, number)));
    await store.outbox.acknowledge(
      'rest',
      owed.map(({ sequence }) => sequence),
    );
    lost.push(store.putRecord(sampleRecord(1, 8)).catch(String));
    expect(store.outbox.next('rest', 10).map(({ record }) => record)).toEqual([sampleRecord(1, 8)]);
    expect(store.outbox.owed('rest').count).toBe(1);
    await store.close();
    expect(await Promise.all(lost)).toEqual(lost.map(() => expect.stringContaining('was closed before')));
    disk.attachCopy();
    rmSync(join(disk.mount, 'lock'));
    const again = await openSmall(disk.mount);
    expect(again.store.records(1, ...ALL)).toEqual([1, 2, 3, 4, 5].map((number) => sampleRecord(1, number)));
  });
});
