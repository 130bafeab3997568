import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BucketLength, bucketOf } from '../../../src/central/history/calendar.ts';
import { bucketsOf } from '../../../src/central/history/resolution.ts';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { powerFactorOf } from '../../../src/domain/power-factor.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { zoneOffset } from '../../../src/domain/zone-offset.ts';
import { at, listOf, MINUTE, oldRecord, record, streamOf, VIEWS, variable } from './sample-records.ts';

const madrid = zoneOffset('Europe/Madrid');
const buckets = (records: readonly CentralRecord[], length: BucketLength, recordingMs: number | null = null) =>
  listOf(bucketsOf(streamOf(records), { length, offsetAt: madrid, variables: VIEWS, recordingMs }));
const one = async (records: readonly CentralRecord[], length: BucketLength = 'hour') => {
  const [bucket, ...others] = await buckets(records, length);
  expect(others).toEqual([]);
  return bucket;
};
/** Quarters of an hour with ends in (from, to]. */
const quarters = (from: string, to: string, about: (index: number) => Partial<CentralRecord> = () => ({})) => {
  const count = (at(to) - at(from)) / (15 * MINUTE);
  return Array.from({ length: count }, (_, index) => record(at(from) + (index + 1) * 15 * MINUTE, about(index)));
};

describe('hours, days and months of records', () => {
  it('a record belongs to the bucket that its end lies in, the end of an hour to that hour', async () => {
    const found = await buckets(quarters('2026-05-04T06:00Z', '2026-05-04T08:15Z'), 'hour');
    expect(found.map(({ start, end, records }) => [start, end, records])).toEqual([
      [at('2026-05-04T06:00Z'), at('2026-05-04T07:00Z'), 4],
      [at('2026-05-04T07:00Z'), at('2026-05-04T08:00Z'), 4],
      [at('2026-05-04T08:00Z'), at('2026-05-04T09:00Z'), 1],
    ]);
  });

  it.each([
    ['in spring', '2026-03-28T23:00Z', '2026-03-29T22:00Z', 92],
    ['in autumn', '2026-10-24T22:00Z', '2026-10-25T23:00Z', 100],
    ['else', '2026-05-03T22:00Z', '2026-05-04T22:00Z', 96],
  ] as const)('F51 the day has all its hours %s, and is covered whole', async (_, from, to, records) => {
    const day = await one(quarters(from, to), 'day');
    expect(day).toMatchObject({ start: at(from), end: at(to), records, covered: 1, n: records * 10 });
  });

  it('F50 the hour that comes twice is two hours', async () => {
    const found = await buckets(quarters('2026-10-25T00:00Z', '2026-10-25T02:00Z'), 'hour');
    expect(found.map(({ start, records }) => [start, records])).toEqual([
      [at('2026-10-25T00:00Z'), 4],
      [at('2026-10-25T01:00Z'), 4],
    ]);
  });

  it('a month is that of the zone, a year ends with December', async () => {
    const found = await buckets([record('2026-12-31T22:45Z'), record('2026-12-31T23:15Z')], 'month');
    expect(found.map(({ start, end }) => [start, end])).toEqual([
      [at('2026-11-30T23:00Z'), at('2026-12-31T23:00Z')],
      [at('2026-12-31T23:00Z'), at('2027-01-31T23:00Z')],
    ]);
  });

  it('how much of the time has data counts what is missing within records and between them', async () => {
    const records = [record('2026-05-04T08:15Z'), record('2026-05-04T08:45Z', { n: 5 })];
    expect(await one(records)).toMatchObject({ n: 15, expected: 20, covered: 0.375 });
  });

  it('a record of a whole day is told whole where hours are asked for', async () => {
    const end = '2026-05-04T22:00Z';
    expect(await one([record(end, { start: at('2026-05-03T22:00Z') })])).toMatchObject({
      ...{ start: at('2026-05-03T22:00Z'), end: at(end), covered: 1 },
    });
  });

  it('means are weighted by readings, minimum and maximum are of all', async () => {
    const found = await one([
      record('2026-05-04T08:15Z', { variables: { PAT: variable('mean', [10], { count: 1, min: [2], max: [11] }) } }),
      record('2026-05-04T08:30Z', { variables: { PAT: variable('mean', [20], { count: 3, min: [5], max: [90] }) } }),
      record('2026-05-04T08:45Z', { variables: { PAT: variable('mean', [null]) } }),
    ]);
    expect(found?.variables.PAT).toMatchObject({ values: [17.5], min: [2], max: [90], n: [4], expected: 30 });
  });

  it('counters give their last value, and what was counted where it is known', async () => {
    const counter = (value: number | null, delta: number | null, about = {}) => ({
      variables: { CEA: variable('counter', [value], { delta: [delta], ...about }) },
    });
    const found = await one([
      record('2026-05-04T08:15Z', counter(1000, null, { flags: ['first'] })),
      record('2026-05-04T08:30Z', counter(1003, 3, { at: at('2026-05-04T08:29Z') })),
      record('2026-05-04T08:45Z', counter(null, null)),
      record('2026-05-04T09:00Z', counter(1010, 7, { at: at('2026-05-04T08:59Z') })),
    ]);
    expect(found?.variables.CEA).toMatchObject({
      ...{ values: [1010], delta: [10], flags: ['first'], at: at('2026-05-04T08:59Z') },
    });
  });

  it('what was lived through twice is counted twice, and covered once', async () => {
    const counted = { variables: { CEA: variable('counter', [5], { delta: [5] }) } };
    const ends = quarters('2026-05-04T08:00Z', '2026-05-04T08:30Z', () => counted);
    const found = await one(
      ends.flatMap((each) => [
        { ...each, n: 5 },
        { ...each, generation: 1 },
      ]),
    );
    expect(found).toMatchObject({ records: 4, covered: 0.5, n: 30 });
    expect(found?.variables.CEA?.delta).toEqual([20]);
  });

  it('power factor is that of the sums of power, never a mean', async () => {
    const powers = (p: number, q: number, factor: number) => ({
      variables: {
        FPT: variable('powerFactor', [factor]),
        PAT: variable('mean', [p]),
        PRT: variable('mean', [q]),
      },
    });
    const found = await one([
      record('2026-05-04T08:15Z', powers(100, 0, 1)),
      record('2026-05-04T08:30Z', powers(1, 10, 0.1)),
    ]);
    expect(found?.variables.FPT?.values[0]).toBeCloseTo(101 / Math.hypot(101, 10), 12);
  });

  it('the greatest power that a meter has kept is not the power of a power factor', async () => {
    const records = [1, 2].map((n) =>
      record(at('2026-05-04T08:00Z') + n * 15 * MINUTE, {
        variables: {
          RPM: variable('last', [900]),
          FPT: variable('powerFactor', [0.1]),
          PAT: variable('mean', [1]),
          PRT: variable('mean', [Math.sqrt(99)]),
        },
      }),
    );
    const greatest = { ...VIEWS.find(({ code }) => code === 'PAT')!, code: 'RPM', aggregate: 'last' as const };
    const options = { length: 'hour', offsetAt: madrid, variables: [greatest, ...VIEWS], recordingMs: null } as const;
    const [found] = await listOf(bucketsOf(streamOf(records), options));
    expect(found?.variables.FPT?.values[0]).toBeCloseTo(0.1, 12);
  });

  it('without power the factor goes by angle: between +0.99 and -0.99 lies 1', async () => {
    const factor = (value: number, count = 10) => ({ variables: { FPT: variable('powerFactor', [value], { count }) } });
    const even = await one([record('2026-05-04T08:15Z', factor(0.99)), record('2026-05-04T08:30Z', factor(-0.99))]);
    expect(even?.variables.FPT?.values[0]).toBeCloseTo(1, 12);
    const uneven = [record('2026-05-04T08:15Z', factor(1, 30)), record('2026-05-04T08:30Z', factor(0.5, 10))];
    expect((await one(uneven))?.variables.FPT?.values[0]).toBeCloseTo(3.5 / Math.hypot(3.5, Math.sqrt(0.75)), 12);
  });

  it('bits that were set at any time are set, a state is what it was last', async () => {
    const found = await one([
      record('2026-05-04T08:15Z', { variables: { ERR: variable('bits', [2 ** 40]), MOD: variable('last', [3]) } }),
      record('2026-05-04T08:30Z', { variables: { ERR: variable('bits', [5]), MOD: variable('last', [null]) } }),
    ]);
    expect(found?.variables.ERR?.values).toEqual([2 ** 40 + 5]);
    expect(found?.variables.MOD?.values).toEqual([3]);
  });

  it('a code that means another thing from some record on is not joined to what it was', async () => {
    const found = await one([
      record('2026-05-04T08:15Z', { variables: { CEA: variable('mean', [700]) } }),
      record('2026-05-04T08:30Z', { variables: { CEA: variable('counter', [12], { delta: [2] }) } }),
    ]);
    expect(found?.variables.CEA).toMatchObject({ aggregate: 'counter', values: [12], delta: [2], n: [10] });
  });
});

describe('records of an old lector', () => {
  const old = [oldRecord('2026-05-04T08:15Z', { PAT: [10] }), oldRecord('2026-05-04T08:30Z', { PAT: [20] })];

  it('count alike; what it does not say is not known', async () => {
    const [found] = await buckets(old, 'hour');
    expect(found).toMatchObject({ n: null, expected: null, covered: null, records: 2 });
    expect(found?.variables.PAT).toMatchObject({ values: [15], min: [null], max: [null], n: [], expected: null });
  });

  it('leave what a counter added unknown: what ours added of it is not the whole', async () => {
    const count = (value: number, delta: number) => ({
      variables: { CEA: variable('counter', [value], { delta: [delta] }) },
    });
    const told = oldRecord('2026-05-04T08:15Z', { CEA: [10] });
    const { CEA } = told.variables;
    const first = { ...told, variables: { CEA: { ...CEA!, aggregate: 'counter' as const } } };
    const ours = [record('2026-05-04T08:30Z', count(12, 2)), record('2026-05-04T08:45Z', count(15, 3))];
    expect((await one([first, ...ours]))?.variables.CEA).toMatchObject({ values: [15], delta: [null] });
    expect((await one(ours))?.variables.CEA).toMatchObject({ values: [15], delta: [5] });
  });

  it('cover time where it is known how long its records are', async () => {
    expect(await buckets(old, 'hour', 15 * MINUTE)).toMatchObject([{ covered: 0.5 }]);
  });

  it('beside those of ours are weighted by time, and leave n and minimum unknown', async () => {
    const ours = record('2026-05-04T09:00Z', {
      start: at('2026-05-04T08:30Z'),
      variables: { PAT: variable('mean', [50], { min: [1] }) },
    });
    const [found] = await buckets([...old, ours], 'hour', 15 * MINUTE);
    expect(found).toMatchObject({ n: null, covered: 1 });
    expect(found?.variables.PAT).toMatchObject({ values: [32.5], min: [null], n: [] });
  });
});

describe('whatever the records', () => {
  const reading = fc.record({
    p: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    q: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    delta: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null }),
    count: fc.integer({ min: 1, max: 60 }),
    skip: fc.integer({ min: 1, max: 200 }),
    generation: fc.integer({ min: 0, max: 2 }),
  });
  const many = fc.array(reading, { minLength: 1, maxLength: 60 }).map((list) => {
    let end = Date.parse('2026-10-24T10:00Z');
    return list.map(({ p, q, delta, count, skip, generation }) => {
      end += skip * 15 * MINUTE;
      const factor = powerFactorOf([{ factor: null, active: p, reactive: q, apparent: null }]).value;
      return record(end, {
        ...{ generation, n: count, expected: 60 },
        variables: {
          PAT: variable('mean', [p], { count }),
          PRT: variable('mean', [q], { count }),
          FPT: variable('powerFactor', [factor], { count }),
          CEA: variable('counter', [0], { delta: [delta], count }),
        },
      });
    });
  });
  const total = (list: readonly (number | null | undefined)[]) =>
    list.reduce<number>((sum, each) => sum + (each ?? 0), 0);

  it.each(['hour', 'day', 'month'] as const)('nothing is lost or doubled by the %s', async (length) => {
    await fc.assert(
      fc.asyncProperty(many, async (records) => {
        const found = await buckets(records, length);
        expect(total(found.map((each) => each.records))).toBe(records.length);
        expect(total(found.map((each) => each.n))).toBe(total(records.map((each) => each.n)));
        const delta = ({ variables }: Pick<CentralRecord, 'variables'>) => variables.CEA?.delta[0];
        expect(total(found.map(delta))).toBe(total(records.map(delta)));
        for (const [index, each] of found.entries()) {
          expect(each.start).toBeLessThan(each.end);
          expect(each.start).toBeGreaterThanOrEqual(found[index - 1]?.end ?? each.start);
          expect(each.covered).toBeGreaterThan(0);
          expect(each.covered).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a mean lies between the extremes, and a day is the weighted mean of its hours', async () => {
    await fc.assert(
      fc.asyncProperty(many, async (records) => {
        const hours = await buckets(records, 'hour');
        for (const day of await buckets(records, 'day')) {
          const own = hours
            .filter(({ end }) => end > day.start && end <= day.end)
            .map(({ variables }) => variables.PAT);
          const weighted = total(own.map((each) => (each?.values[0] ?? 0) * (each?.n[0] ?? 0)));
          const { values, n, min, max } = day.variables.PAT ?? variable('mean', []);
          expect(values[0]).toBeCloseTo(weighted / (n[0] ?? 1), 4);
          expect(values[0]).toBeGreaterThanOrEqual((min[0] ?? 0) - 1e-6);
          expect(values[0]).toBeLessThanOrEqual((max[0] ?? 0) + 1e-6);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('the factor of a bucket is that of its means of power', async () => {
    await fc.assert(
      fc.asyncProperty(many, async (records) => {
        for (const { variables } of await buckets(records, 'day')) {
          const [p = 0, q = 0, factor] = [variables.PAT, variables.PRT, variables.FPT].map(
            (each) => each?.values[0] ?? 0,
          );
          const size = Math.hypot(p, q);
          if (size > 1e-3) expect(Math.abs(factor ?? 0)).toBeCloseTo(Math.abs(p) / size, 6);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('records of one instant are of one bucket in every zone', () => {
    const offsets = ['UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'].map(zoneOffset);
    const instant = fc.integer({ min: Date.parse('2000-01-01'), max: Date.parse('2040-01-01') });
    fc.assert(
      fc.property(instant, fc.constantFrom(...offsets), (ms, offsetAt) => {
        const day = bucketOf(epochMs(ms), 'day', offsetAt);
        const month = bucketOf(epochMs(ms), 'month', offsetAt);
        expect(ms).toBeGreaterThan(day.start);
        expect(ms).toBeLessThanOrEqual(day.end);
        expect(month.start).toBeLessThanOrEqual(day.start);
        expect(month.end).toBeGreaterThanOrEqual(day.end);
        expect(new Date(month.end + offsetAt(month.end)).getUTCDate()).toBe(1);
      }),
    );
  });
});
