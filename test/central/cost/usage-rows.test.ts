import fc from 'fast-check';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { billedVariables, withOldCounters } from '../../../src/central/cost/usage-records.ts';
import { createUsageRows } from '../../../src/central/cost/usage-rows.ts';
import { usageFrom } from '../../../src/central/cost/usage-told.ts';
import type { AnalyzerRow, CentralRecord, CentralVariable } from '../../../src/central/ports.ts';
import { epochMs } from '../../../src/domain/units.ts';
import type { VariableView } from '../../../src/protocol/answers.ts';
import { columnsOf, listOf, placesOf, recordsIn } from '../../../src/tariff/usage-columns.ts';
import { plainUsageOf } from '../../tariff/plain-usage.ts';
import { oldRecord, record, VIEWS, variable } from '../history/sample-records.ts';
import { plainOldCounters, plainRows } from './plain-rows.ts';
import { QUARTER_MS, supply, winter } from './supply.ts';

const START = winter('2026-01-01');
const NOW = '2026-02-10T12:00:00+01:00';
const end = (n: number) => START + n * QUARTER_MS;
const CEX: VariableView = {
  ...{ code: 'CEX', quantity: 'activeEnergyExport', unit: 'Wh', aggregate: 'counter', description: '' },
  phases: ['L1', 'total'],
};
const variables = billedVariables({ variables: [...VIEWS, CEX] });
const places = listOf(placesOf(variables));
const analyzer = (id: number): AnalyzerRow => ({ node: 4, id, recordingMs: QUARTER_MS, variables }) as never;

/** Of a record what random numbers make of it; `has`: bits of the variables that it holds, in two orders. */
const STEP = fc.record({
  quarters: fc.constantFrom(1, 1, 1, 1, 3, 90),
  isAgain: fc.constantFrom(false, false, false, true),
  isOld: fc.constantFrom(false, false, true),
  has: fc.constantFrom(31, 31, 31, 3, 21, 10, 24, 5),
  isReversed: fc.boolean(),
  lagMs: fc.constantFrom(null, 0, 1500, 70_000),
  counted: fc.constantFrom(0, 0.25, 1.1, 3, -40),
  kw: fc.double({ min: -9, max: 30, noNaN: true }),
  isKnown: fc.boolean(),
});
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

function recordsOf(steps: readonly Step[], id: number): readonly CentralRecord[] {
  let [at, counter, generation] = [START, 100, 0];
  return steps.map(({ quarters, isAgain, isOld, has, isReversed, lagMs, counted, kw, isKnown }): CentralRecord => {
    generation = isAgain ? generation + 1 : 0;
    if (!isAgain) at += quarters * QUARTER_MS;
    counter = Math.max(0, counter + counted);
    const read = lagMs === null ? null : epochMs(at - lagMs);
    const count = (values: readonly (number | null)[]) =>
      variable('counter', values, { delta: values.map(() => (isKnown ? counted : null)), at: read });
    const all: readonly (readonly [string, CentralVariable])[] = [
      ['PAT', variable('mean', [kw])],
      ['CEA', count([isKnown || has !== 31 ? counter : null])],
      ['TPF', variable('mean', [230, null, 231])],
      ['CEX', count([counter / 3, counter * 10])],
      ['PRT', variable('mean', [isKnown ? kw / 4 : null])],
    ];
    const held = all.filter((_, index) => (has >> index) % 2 === 1);
    const ordered = isReversed ? held.toReversed() : held;
    if (isOld) {
      const shown = ordered.map(([code, { values }]) => [code, values.map((value) => value ?? 0)] as const);
      return { ...oldRecord(at, Object.fromEntries(shown)), analyzer: id, generation };
    }
    return { ...record(at, { generation, variables: Object.fromEntries(ordered) }), analyzer: id };
  });
}

describe('what bills are made of, as it is read from the database', () => {
  it('is to the last bit what it is row by row: shapes, gaps, generations, old lectors', async () => {
    const { store, registry, database } = await supply(NOW);
    const [from, to] = [epochMs(end(2)), epochMs(end(2_000))];
    const samples = fc.sample(fc.array(STEP, { minLength: 30, maxLength: 60 }), { seed: 6, numRuns: 12 });
    for (const [index, steps] of samples.entries()) {
      const id = index + 2;
      await registry.addAnalyzer(4, id, { name: `Some ${id}` });
      await store(recordsOf(steps, id));
      const query = { node: 4, analyzer: id, from, to };
      const plain = await plainRows(database, query, variables);
      const told = withOldCounters(await createUsageRows(database)(query, places), places, QUARTER_MS);
      const oracle = plainUsageOf(plainOldCounters(plain, variables, QUARTER_MS), variables, QUARTER_MS);
      expect(await usageFrom(told, analyzer(id))).toEqual({ ...oracle, unbilled: [], notes: told.notes });
      expect(plain.length).toBeGreaterThan(0);
    }
  });

  it('is what is told of each value in the time that is asked for, and nothing else', async () => {
    const { store, deps, database } = await supply(NOW);
    const TPF = variable('mean', [230, 231, null]);
    const CEA = variable('counter', [10], { delta: [0.5], at: epochMs(end(2) - 1500) });
    await store([
      record(end(1), { variables: { TPF, PAT: variable('mean', [2]), HMU: variable('counter', [7]) } }),
      record(end(2), { variables: { HMU: variable('counter', [7], { delta: [1], at: epochMs(end(2)) }), TPF, CEA } }),
      record(end(2), { generation: 1, variables: { PAT: variable('mean', [null]), TPF } }),
      oldRecord(end(3), { PAT: [3], TPF: [1, 2, 3] }),
      record(end(4), { variables: { CEA, PRT: variable('mean', [-1]) } }),
      record(end(5), { variables: { PAT: variable('mean', [9]) } }),
    ]);
    const query = { node: 4, analyzer: 1, from: epochMs(START), to: epochMs(end(4)) };
    const told = recordsIn(await createUsageRows(database)(query, places), places);
    expect(told.map(({ start, end: at }) => [start, at])).toEqual([
      [end(0), end(1)],
      [end(1), end(2)],
      [end(1), end(2)],
      [null, end(3)],
      [end(3), end(4)],
    ]);
    expect(told.map(({ variables: { PAT } }) => PAT?.values)).toEqual([[2], [null], [null], [3], [null]]);
    const counted = { values: [10], delta: [0.5], at: epochMs(end(2) - 1500) };
    expect(told.map(({ variables: own }) => own.CEA).slice(1, 3)).toEqual([
      counted,
      { values: [null], delta: [null], at: null },
    ]);
    const nothing = { ...query, from: epochMs(end(7)), to: epochMs(end(9)) };
    expect(await deps.readUsage(nothing, places)).toMatchObject({ length: 0 });
  });

  it('is the share of the readings that were due which are behind a mean, where it is not all of them', async () => {
    const { store, database } = await supply(NOW);
    const records = [
      record(end(1), { variables: { PAT: variable('mean', [4], { count: 4 }), TPF: variable('mean', [1, 2, 3]) } }),
      record(end(2), { n: 9, variables: { PAT: variable('mean', [4], { count: 9 }) } }),
      record(end(3), {
        variables: { TPF: variable('mean', [1]), PAT: variable('mean', [4], { count: 3, expected: 30 }) },
      }),
      record(end(4), { variables: { PAT: variable('mean', [4]) } }),
      oldRecord(end(5), { PAT: [4] }),
    ];
    await store(records);
    const query = { node: 4, analyzer: 1, from: epochMs(0), to: epochMs(end(9)) };
    const rows = await createUsageRows(database)(query, places);
    expect([...rows.columns.get('PAT 0')!.share]).toEqual([0.4, 0.9, 0.1, Number.NaN, Number.NaN]);
    const plain = await plainRows(database, query, variables);
    expect(columnsOf(plain, places).columns.get('PAT 0')?.share).toEqual(rows.columns.get('PAT 0')?.share);
  });

  it('many of them are all there, also one of the year 2400', async () => {
    const { store, database } = await supply(NOW);
    const count = 1_000;
    const far = Date.UTC(2400, 0, 1);
    await store([
      ...Array.from({ length: count }, (_, n) => record(end(n + 1), { variables: { PAT: variable('mean', [n]) } })),
      record(far, { variables: { PAT: variable('mean', [7]) } }),
    ]);
    const query = { node: 4, analyzer: 1, from: epochMs(0), to: epochMs(Date.UTC(2500, 0, 1)) };
    const rows = await createUsageRows(database)(query, places);
    expect([rows.length, rows.end.at(-2), rows.end.at(-1)]).toEqual([count + 1, end(count), far]);
    expect(rows.start.at(-1)).toBe(far - QUARTER_MS);
    const values = rows.columns.get('PAT 0')?.values;
    expect(values?.subarray(0, count).reduce((sum, value) => sum + value, 0)).toBe((count * (count - 1)) / 2);
  });

  it('a copy that breaks is told in words, and the connection goes on', async () => {
    const { store, database } = await supply(NOW);
    await store([record(end(1), { variables: { PAT: variable('mean', [2]) } })]);
    const query = { node: 4, analyzer: 1, from: epochMs(START), to: epochMs(end(4)) };
    // text is no binary copy
    const broken = Object.create(database.pool, {
      query: {
        value: (asked: pg.Query & { text?: string }, ...rest: never[]) => {
          if (asked.text?.startsWith('COPY') === true) asked.text = asked.text.replace('(FORMAT binary)', '');
          return database.pool.query(asked as never, ...rest);
        },
      },
    });
    await expect(createUsageRows({ pool: broken })(query, places)).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
      message: expect.stringContaining('expected a binary COPY'),
    });
    expect(await createUsageRows(database)(query, places)).toMatchObject({ length: 1 });
  });
});

describe('records of old lectors', () => {
  it('what a new lector counted since an old one told its last is not known', () => {
    const step = { values: [11], delta: [0.5], at: epochMs(end(3)) };
    const old = (n: number, value: number) => ({
      ...{ start: null, end: epochMs(end(n)) },
      variables: { CEA: { values: [value], delta: [null], at: null } },
    });
    const young = (n: number) => ({ start: epochMs(end(n - 1)), end: epochMs(end(n)), variables: { CEA: step } });
    const records = [old(1, 10), old(2, 10.5), young(3), young(4)];
    const { rows } = withOldCounters(columnsOf(records, places), places, QUARTER_MS);
    expect([...(rows.columns.get('CEA 0')?.delta ?? [])]).toEqual([Number.NaN, 0.5, Number.NaN, 0.5]);
    expect(rows.start[0]).toBe(START);
  });
});
