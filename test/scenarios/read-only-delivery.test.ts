import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deliverOnce } from '../../src/deliver.ts';
import { createDeliveryMemory } from '../../src/delivery-memory.ts';
import { ourCentre } from '../exporters/client-rest/fake-centres.ts';
import { exporterFor } from '../exporters/http/context.ts';
import { listen } from '../exporters/http/fake-server.ts';
import { canMountFiles, makeDisk } from '../store/mounts.ts';
import { sampleRecord } from '../store/sample-rows.ts';
import { openSample, temporaryFolder } from '../store/samples.ts';

const ends: (() => unknown)[] = [];
// lmdb itself prints each failed write
beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0).reverse()) await end();
});
const onEnd = (end: () => unknown) => void ends.push(end);
const recordOf = (number: number) => ({ ...sampleRecord(1, number), nodeId: 4 });

/** A store on a disk of its own, and a centre of ours that judges as it is told. */
async function dying() {
  const disk = makeDisk(temporaryFolder(onEnd), 32, onEnd);
  disk.attach();
  const { store } = await openSample({ dir: disk.mount, minFreeBytes: 0, reserveBytes: 0 });
  onEnd(() => store.close());
  let refused: readonly number[] = [];
  const centre = ourCentre(({ end }) => (refused.includes(Date.parse(end)) ? 'refused' : null));
  const server = await listen(centre.answer);
  const { exporter, clock } = exporterFor('clientRest', `${server.url}/ws/v2`);
  await store.outbox.register(exporter.id, [1]);
  const memory = createDeliveryMemory({ clock, random: () => 0 });
  return {
    ...{ disk, store, exporter, memory },
    refuse: (...numbers: readonly number[]) => {
      refused = numbers.map((number) => recordOf(number).end);
    },
    async drain() {
      while ((await deliverOnce(store.outbox, exporter, { memory })).left === 'more');
    },
    /** Numbers that the centre holds, and each came once. */
    held: () => {
      for (const { times } of centre.stored.values()) expect(times).toBe(1);
      const ends = [...centre.stored.keys()].map((key) => Number(key.split(':')[1]));
      return [1, 2, 3, 4, 5, 6].filter((number) => ends.includes(recordOf(number).end));
    },
  };
}

describe('the disk becomes read-only', () => {
  it.skipIf(!canMountFiles())(
    'F45 a centre gets what is on the disk and what waits in memory, each once, and what it refused when asked again',
    async () => {
      const { disk, store, exporter, memory, drain, held, refuse } = await dying();
      for (const number of [1, 2]) await store.putRecord(recordOf(number));
      refuse(1);
      await drain();
      disk.makeReadOnly();
      const lost = [store.putRecord(recordOf(3)).catch(String)];
      while (store.trouble() === null) await pause(10);
      lost.push(store.putRecord(recordOf(4)).catch(String));
      refuse(1, 4);
      await drain();
      expect(held()).toEqual([2, 3]);
      expect(store.outbox.owed(exporter.id)).toMatchObject({ count: 0, parked: 2 });
      refuse();
      expect(await store.outbox.unpark(exporter.id)).toBe(2);
      memory.freeAll();
      lost.push(store.putRecord(recordOf(5)).catch(String));
      await drain();
      expect(held()).toEqual([1, 2, 3, 4, 5]);
      expect(store.outbox.owed(exporter.id)).toMatchObject({ count: 0, parked: 0 });
      // nothing of it came to the disk: the next run owes again what it does not know to be delivered
      await store.close();
      await Promise.all(lost);
      disk.attachCopy();
      rmSync(`${disk.mount}/lock`);
      const again = await openSample({ dir: disk.mount, minFreeBytes: 0, reserveBytes: 0 });
      onEnd(() => again.store.close());
      await again.store.outbox.register(exporter.id, [1]);
      expect(again.store.outbox.owed(exporter.id)).toMatchObject({ count: 0, parked: 1 });
    },
  );
});
