import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHistory, PIECE_RECORDS } from '../../../src/central/history/history.ts';
import type { History } from '../../../src/central/ports.ts';
import type { CounterFlag } from '../../../src/domain/record.ts';
import { zoneOffset } from '../../../src/domain/zone-offset.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { asJson } from '../as-json.ts';
import { at, listOf, oldRecord, record, variable } from './sample-records.ts';
import { between, store, storeMany } from './stored.ts';

const WHOLE = between('2026-01-01', '2027-01-01');
const OPTIONS = { codes: null, offsetAt: zoneOffset('Europe/Madrid'), allGenerations: true };
const textOf = async (texts: AsyncIterable<string>) => (await listOf(texts)).join(',\n');

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0);
const maybe = fc.option(number, { freq: 3 });
const flags = fc.constantFrom<readonly CounterFlag[]>([], ['wrap'], ['first', 'fallPending']);
/** What may be left out of a row is sometimes the same, sometimes not. */
const anyVariable = fc.nat({ max: 4 }).chain((length) => {
  const list = fc.array(maybe, { minLength: length, maxLength: length });
  const parts = {
    values: list,
    min: list,
    max: list,
    delta: list,
    flags,
    isSame: fc.boolean(),
    isCounter: fc.boolean(),
  };
  const times = fc.option(fc.constantFrom(at('2026-05-04T08:14:58.250Z'), at('2026-05-04T08:00Z')));
  const n = fc.array(fc.constantFrom(0, 9, 10), { minLength: length, maxLength: length });
  return fc
    .record({ ...parts, n, at: times, expected: fc.constantFrom(5, 10) })
    .map(({ isSame, isCounter, values, min, max, expected, ...each }) =>
      variable(isCounter ? 'counter' : 'mean', values, {
        ...(isSame ? { n: values.map(() => 10) } : { min, max, n: each.n, expected }),
        ...(isCounter ? { delta: each.delta, at: each.at, flags: each.flags } : {}),
      }),
    );
});
const variables = fc.dictionary(fc.constantFrom('TPF', 'CEA', 'PAT', 'FPT', 'CER'), anyVariable);
const anyRecord = fc
  .record({ variables, ratio: maybe, model: fc.constantFrom('PM710', 'a "b" \\ ü') })
  .map((each) => record('2026-05-04T08:15Z', each));
const anyOld = fc
  .dictionary(fc.constantFrom('TPF', 'CEA'), fc.array(number, { minLength: 1, maxLength: 4 }))
  .map((each) => oldRecord('2026-05-04T08:15Z', each));

describe('records as JSON', () => {
  let test: TestDatabase;
  let history: History;
  beforeAll(async () => {
    test = await testDatabase();
    history = createHistory({ database: test.database, clock: createSteppedClock() });
  });
  afterAll(() => test.drop());

  it.each([
    ['all variables', null],
    ['those that are asked for, in that order', ['CEA', 'TPF', 'XYZ']],
  ])('are what the API says of records, to the last digit: %s', async (_, codes) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyRecord, anyRecord, anyOld), async (one) => {
        await test.database.pool.query('DELETE FROM records');
        await store(test.database, [one]);
        const text = await textOf(history.recordsAsJson(WHOLE, { ...OPTIONS, codes }));
        const expected = await textOf(asJson(history.records)(WHOLE, { ...OPTIONS, codes }));
        expect(JSON.stringify(JSON.parse(text))).toBe(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('have null for what is no number, however it came here', async () => {
    await test.database.pool.query('DELETE FROM records');
    await store(test.database, [record('2026-05-04T08:15Z', { variables: { TPF: variable('mean', [1, 2, 3, 4]) } })]);
    await test.database.pool.query(`UPDATE records SET "values" = '{NaN,Infinity,-Infinity,NULL}'`);
    const text = await textOf(history.recordsAsJson(WHOLE, OPTIONS));
    expect(JSON.parse(text).variables.TPF.values).toEqual([null, null, null, null]);
  });

  it('are of the last generation of an end, also over the border of two pieces, unless all are asked for', async () => {
    await test.database.pool.query('TRUNCATE records, shapes');
    await storeMany(test.database, { from: WHOLE.from, count: PIECE_RECORDS + 1, values: 2 });
    const columns = 'node_id, analyzer_id, end_at, shape_id, model, "values"';
    await test.database.pool.query(
      `INSERT INTO records (generation, ${columns})
       SELECT 1, ${columns} FROM records ORDER BY end_at OFFSET ${PIECE_RECORDS - 1} LIMIT 1`,
    );
    const told = async (allGenerations: boolean) => {
      const text = await textOf(history.recordsAsJson(WHOLE, { ...OPTIONS, allGenerations }));
      return (JSON.parse(`[${text}]`) as { readonly generation: number }[]).map(({ generation }) => generation);
    };
    const zeros = Array<number>(PIECE_RECORDS - 1).fill(0);
    expect(await told(true)).toEqual([...zeros, 0, 1, 0]);
    expect(await told(false)).toEqual([...zeros, 1, 0]);
    const twice = { ...WHOLE, from: at('2026-12-01') };
    expect(await listOf(history.recordsAsJson(twice, { ...OPTIONS, allGenerations: false }))).toEqual([]);
  });
});
