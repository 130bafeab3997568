import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHistory, PIECE_RECORDS } from '../../../src/central/history/history.ts';
import type { History } from '../../../src/central/ports.ts';
import { parseNumbers } from '../../../src/central/schema/number-lists.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { at, listOf, oldRecord, record, variable } from './sample-records.ts';
import { between, partition, store, storeMany } from './stored.ts';

const NOW = '2026-05-04T09:00Z';
const historyOf = ({ database }: TestDatabase): History =>
  createHistory({ database, clock: createSteppedClock(at(NOW)) });

describe('what is stored', () => {
  const variables = {
    TPF: variable('mean', [230.1, null, -0.5], { min: [1, null, -2], n: [9, 0, 10] }),
    CEA: variable('counter', [1234.5], { delta: [0.25], at: at('2026-05-04T08:14:58Z'), flags: ['wrap'] }),
  };
  const records = [
    record('2026-04-30T23:59:00Z'),
    record('2026-05-01T00:00:00Z', { variables }),
    record('2026-05-04T08:15Z', { variables }),
    record('2026-05-04T08:15Z', { generation: 1, variables: { PAT: variable('mean', [7]) } }),
    oldRecord('2026-05-04T08:30Z', { PAT: [12.5] }),
    record('2026-05-04T09:30Z'),
  ];
  const NODE_MAX = 4_294_967_295;
  const others = [record('2026-05-04T08:15Z', { analyzer: 2 }), record('2026-05-04T08:45Z', { node: NODE_MAX })];
  let test: TestDatabase;
  let history: History;
  beforeAll(async () => {
    test = await testDatabase();
    for (const month of ['2026-04', '2026-05']) await partition(test.database, month);
    await store(test.database, [...records, ...others]);
    history = historyOf(test);
  });
  afterAll(() => test.drop());

  it('comes as it was, by end, over partitions, of one analyzer', async () => {
    expect(await listOf(history.records(between('2026-01-01', '2027-01-01'), true))).toEqual(records);
  });

  it('begins after the first instant and ends with the last', async () => {
    const found = await listOf(history.records(between('2026-05-01T00:00Z', '2026-05-04T08:30Z')));
    expect(found.map(({ end, generation }) => [end, generation])).toEqual([
      [at('2026-05-04T08:15Z'), 1],
      [at('2026-05-04T08:30Z'), 0],
    ]);
    expect(await listOf(history.records(between('2026-05-05', '2026-05-04')))).toEqual([]);
  });

  it('the newest of each analyzer is not ahead of the clock, and is the last of its generations', async () => {
    const ends = (await history.latest(null)).map(({ node, analyzer, end }) => [node, analyzer, end]);
    expect(ends).toEqual([
      [4, 1, at('2026-05-04T08:30Z')],
      [4, 2, at('2026-05-04T08:15Z')],
      [NODE_MAX, 1, at('2026-05-04T08:45Z')],
    ]);
    expect(await history.latest(NODE_MAX)).toEqual([others[1]]);
    expect(await history.latest(6)).toEqual([]);
  });

  it('is known by its identities', async () => {
    expect(await history.holdings(4, at('2026-05-01T00:00Z'), at('2026-05-04T09:00Z'))).toEqual([
      [1, at('2026-05-04T08:15Z'), 0],
      [1, at('2026-05-04T08:15Z'), 1],
      [1, at('2026-05-04T08:30Z'), 0, 1],
      [2, at('2026-05-04T08:15Z'), 0],
    ]);
  });

  it('has every variable of any record in its shape', async () => {
    expect(await history.shape(between('2026-05-01T00:00Z', '2026-05-04T09:00Z'))).toEqual([
      { code: 'TPF', aggregate: 'mean', count: 3 },
      { code: 'CEA', aggregate: 'counter', count: 1 },
      { code: 'PAT', aggregate: 'mean', count: 1 },
    ]);
    expect(await history.shape(between('2020-01-01', '2021-01-01'))).toEqual([]);
  });

  it('says that the database is away when it is', async () => {
    const away = await testDatabase();
    const gone = historyOf(away);
    await away.drop();
    await expect(gone.latest(null)).rejects.toMatchObject({ code: 'CENTRE_UNAVAILABLE' });
    await expect(listOf(gone.records(between('2026-01-01', '2027-01-01')))).rejects.toMatchObject({
      code: 'CENTRE_UNAVAILABLE',
    });
  });
});

describe('more than fits in one piece', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
    await storeMany(test.database, { from: Date.parse('2026-01-01'), count: 3 * PIECE_RECORDS, values: 3 });
  });
  afterAll(() => test.drop());

  it('comes whole and once, whole pieces too', async () => {
    const all = await listOf(historyOf(test).records(between('2026-01-01', '2027-01-01'), true));
    expect(all).toHaveLength(3 * PIECE_RECORDS);
    for (const [index, { end }] of all.entries()) expect(end).toBe(Date.parse('2026-01-01') + (index + 1) * 900_000);
  });

  it('is asked for no more when the reader goes away', async () => {
    const asked: unknown[] = [];
    const pool = new Proxy(test.database.pool, {
      get: (target, name) =>
        name === 'query'
          ? (question: never) => {
              asked.push(question);
              return target.query(question);
            }
          : Reflect.get(target, name),
    });
    const history = createHistory({ database: { ...test.database, pool }, clock: createSteppedClock() });
    for await (const { end } of history.records(between('2026-01-01', '2027-01-01'))) {
      expect(end).toBe(Date.parse('2026-01-01') + 900_000);
      break;
    }
    // the first piece, its shape, and the piece that was on its way
    expect(asked).toHaveLength(3);
  });
});

describe('another database at the same address', () => {
  it('tells its records by its own shapes, whatever their ids were in the one before', async () => {
    const test = await testDatabase();
    const history = historyOf(test);
    const whole = between('2026-05-01', '2026-06-01');
    const before = record('2026-05-04T08:15Z', { variables: { TPF: variable('mean', [230]) } });
    const after = record('2026-05-04T08:30Z', { variables: { PAT: variable('mean', [7]) } });
    await store(test.database, [before]);
    expect(await listOf(history.records(whole))).toEqual([before]);
    // as a restore into a database of the same name makes it: the first id is of another shape
    await test.database.pool.query('TRUNCATE records, shapes RESTART IDENTITY');
    await store(test.database, [after]);
    expect(await listOf(history.records(whole))).toEqual([after]);
    expect(await history.latest(null)).toEqual([after]);
    expect((await history.shape(whole)).map(({ code }) => code)).toEqual(['PAT']);
    await test.drop();
  });

  it('a record whose shape is gone is no record without variables', async () => {
    const test = await testDatabase();
    const other = record('2026-05-04T08:30Z', { analyzer: 2, variables: { PAT: variable('mean', [7]) } });
    await store(test.database, [record('2026-05-04T08:15Z'), other]);
    await test.database.pool.query('DELETE FROM shapes WHERE id = 1');
    expect(await historyOf(test).latest(null)).toEqual([other]);
    const found = listOf(historyOf(test).records(between('2026-05-01', '2026-06-01')));
    await expect(found).rejects.toMatchObject({ code: 'CENTRE_UNAVAILABLE', message: /analyzer 1 of node 4/ });
    await test.drop();
  });
});

describe('numbers of a list', () => {
  it('are what PostgreSQL was given', async () => {
    const test = await testDatabase();
    const number = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null });
    await fc.assert(
      fc.asyncProperty(fc.array(number, { maxLength: 30 }), async (list) => {
        const text = 'SELECT ($1::float8[])::text AS said';
        const { rows } = await test.database.pool.query(text, [
          list.map((each) => (each === null ? null : Object.is(each, -0) ? '-0' : String(each))),
        ]);
        expect(parseNumbers(rows[0].said)).toEqual(list);
      }),
      { numRuns: 200 },
    );
    await test.drop();
  });
});
