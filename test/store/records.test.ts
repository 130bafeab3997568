import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import type { Environment } from '../../src/store/environment.ts';
import { createRecords } from '../../src/store/records.ts';
import type { Item } from '../../src/store/waiting.ts';
import { QUARTER_MS, sampleRecord, T0 } from './sample-rows.ts';

/** Records on a disk that holds nothing and takes nothing. */
function setUp() {
  const items: Item[] = [];
  const environment = { get: () => undefined, range: () => [], keys: () => [] } as unknown as Environment;
  const records = createRecords({
    ...{ environment, lastSequence: 0, refusing: () => true },
    ...{ offer: () => {}, withdraw: () => {} },
  });
  const put = (analyzerId: number, number: number) =>
    records.put(
      sampleRecord(analyzerId, number),
      (item) => items.push(item),
      () => new Error('dropped'),
    );
  const seen = (analyzerId: number) =>
    records.between(analyzerId, epochMs(0), epochMs(2 * T0)).map(({ end }) => (end - T0) / QUARTER_MS);
  return { records, items, put, seen };
}

describe('records that wait for the disk', () => {
  it('are seen by their analyzer in the order of their ends, the last put being the last', () => {
    const { records, put, seen } = setUp();
    for (const [id, number] of [[1, 2] as const, [2, 7] as const, [1, 1] as const]) void put(id, number);
    expect([seen(1), seen(2), seen(3)]).toEqual([[1, 2], [7], []]);
    expect([1, 2, 3].map((id) => records.last(id)?.end ?? null)).toEqual([T0 + QUARTER_MS, T0 + 7 * QUARTER_MS, null]);
  });

  it('are not seen any more, and hold no memory, when there was no room for them', async () => {
    const { records, items, put, seen } = setUp();
    const outcomes = Promise.allSettled([put(1, 1), put(1, 2)]);
    items[0]?.dropped();
    expect([seen(1), records.last(1)?.end]).toEqual([[2], T0 + 2 * QUARTER_MS]);
    items[1]?.dropped();
    expect([seen(1), records.last(1)]).toEqual([[], null]);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
