import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { analyzerConfig } from '../support/installation.ts';
import { failedAt, readingAt, recordFrom } from '../support/records.ts';
import { createBench } from './live-bench.ts';

const NOW = Date.UTC(2026, 4, 4, 8);
const METER = analyzerConfig({ rapid: { readingMs: 500, consultes: ['IPF'] } });
const benchOf = (store = createMemoryStore(), since = 0) =>
  createBench({ analyzers: [METER], store, start: NOW, meterSince: () => since });

describe('the history of a variable', () => {
  it('is what was read, oldest first, holes too, and nothing of the other grid', async () => {
    const { store, operator, clock } = benchOf();
    await store.putReading(readingAt(NOW - 5000, { PAT: [9] }));
    await store.putReading(readingAt(NOW - 2000, { PAT: [1], TPF: [1, 2, 3] }));
    await store.putReading(readingAt(NOW - 1500, { IPF: [1, 2, 3, 4] }, { grid: 'rapid' }));
    await store.putReading(failedAt(NOW - 1000, { grid: 'rapid' }));
    await store.putReading(failedAt(NOW - 1000));
    await store.putReading(readingAt(NOW, { PAT: [2] }));
    const answered = await clock.settle(operator.history(1, 'pat', 3));
    expect(answered).toMatchObject({
      ok: true,
      data: {
        ...{ id: 1, from: '2026-05-04T09:59:57.000+02:00', to: '2026-05-04T10:00:00.000+02:00', every: 1 },
        variable: { code: 'PAT', quantity: 'activePower', unit: 'kW', aggregate: 'mean', phases: ['total'] },
        points: [
          { at: '2026-05-04T09:59:58.000+02:00', values: [1] },
          { at: '2026-05-04T09:59:59.000+02:00', values: [null] },
          { at: '2026-05-04T10:00:00.000+02:00', values: [2] },
        ],
      },
    });
  });

  it('of more readings than can be shown each point is the mean of several', async () => {
    const store = createMemoryStore();
    for (let n = 0; n < 4100; n += 1) await store.putReading(readingAt(NOW - n * 1000, { PAT: [n % 2] }));
    const { operator, clock } = benchOf(store);
    const answered = await clock.settle(operator.history(1, 'PAT', 10_000));
    if (!answered.ok) throw new Error('refused');
    expect(answered.data.every).toBe(3);
    expect(answered.data.points).toHaveLength(1367);
    expect(answered.data.points[0]?.values[0]).toBeCloseTo(2 / 3, 10);
  });

  it('is of no more than two days, and nothing of another meter', async () => {
    const store = createMemoryStore();
    await store.putReading(readingAt(NOW - 49 * 3_600_000, { PAT: [1] }));
    await store.putReading(readingAt(NOW - 47 * 3_600_000, { PAT: [2] }));
    await store.putReading(readingAt(NOW - 1000, { PAT: [3] }));
    const valuesOf = async (since: number) => {
      const { operator, clock } = benchOf(store, since);
      const answered = await clock.settle(operator.history(1, 'PAT', 1_000_000));
      return answered.ok ? answered.data.points.map(({ values }) => values[0]) : answered.error;
    };
    expect(await valuesOf(0)).toEqual([2, 3]);
    expect(await valuesOf(NOW - 3_600_000)).toEqual([3]);
  });

  it('of a variable that is not read it is refused with those that are', async () => {
    const { operator } = benchOf();
    expect(await operator.history(1, 'THDV', 60)).toMatchObject({
      ok: false,
      error: {
        code: 'NO_SUCH_VARIABLE',
        message: 'analyzer 1 (PM710) is not read for THDV; there are TPF, PAT, CEA, IPF, HMU, ERR',
      },
    });
    expect(await operator.history(7, 'PAT', 60)).toMatchObject({ ok: false, error: { code: 'NO_SUCH_ANALYZER' } });
  });

  it('a store that cannot be read is a refusal', async () => {
    const broken = () => {
      throw new Error('torn page');
    };
    const { operator } = benchOf({ ...createMemoryStore(), instants: broken, lastRecord: broken });
    const refusal = { ok: false, error: { code: 'UNEXPECTED', message: 'torn page' } };
    expect(await operator.history(1, 'PAT', 60)).toMatchObject(refusal);
    expect(await operator.records(1, 5)).toMatchObject(refusal);
  });
});

describe('the last records', () => {
  const recordAt = (minutes: number) => {
    const end = NOW - minutes * 60_000;
    return recordFrom(METER, end, [readingAt(end, { PAT: [minutes] })]);
  };
  const ends = async (count: number, operator: ReturnType<typeof benchOf>['operator']) => {
    const answered = await operator.records(1, count);
    if (!answered.ok) throw new Error('refused');
    return answered.data.records.map(({ variables }) => variables.PAT?.values[0]);
  };
  const benchWith = async (minutes: readonly number[]) => {
    const made = benchOf();
    for (const each of minutes) await made.store.putRecord(recordAt(each));
    return made.operator;
  };

  it.each([
    [[3, 2, 1], 2, [2, 1]],
    [[3, 2, 1], 20, [3, 2, 1]],
    [[], 20, []],
    // a gap of months between them
    [[200_000, 100_000, 1], 3, [200_000, 100_000, 1]],
    // one that is older than any that is kept
    [[600_000, 1], 3, [1]],
  ])('of %j, %d are %j, newest last', async (minutes, count, expected) => {
    expect(await ends(count, await benchWith(minutes))).toEqual(expected);
  });

  it('are many, found without looking at all there are', async () => {
    const minutes = Array.from({ length: 130 }, (_, n) => 130 - n);
    expect(await ends(120, await benchWith(minutes))).toEqual(minutes.slice(10));
  });

  it('after the clock was put back the later ones are there too', async () => {
    const { store, operator } = benchOf();
    await store.putRecord(recordAt(-60));
    await store.putRecord({ ...recordAt(-60), generation: 1 });
    const answered = await operator.records(1, 5);
    expect(answered).toMatchObject({ ok: true, data: { records: [{ generation: 0 }, { generation: 1 }] } });
    expect(epochMs(NOW)).toBe(NOW);
  });
});
