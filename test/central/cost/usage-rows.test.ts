import { describe, expect, it } from 'vitest';
import { billedVariables, withOldCounters } from '../../../src/central/cost/usage-records.ts';
import { createUsageRows } from '../../../src/central/cost/usage-rows.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { listOf, oldRecord, record, VIEWS, variable } from '../history/sample-records.ts';
import { QUARTER_MS, supply, winter } from './supply.ts';

const START = winter('2026-01-01');
const end = (n: number) => START + n * QUARTER_MS;
const variables = billedVariables({ variables: VIEWS });

describe('what bills are made of, as it is read from the database', () => {
  it('is what the records hold: of several shapes, in order, with what is missing, and nothing else', async () => {
    const { store, deps, database } = await supply('2026-02-10T12:00:00+01:00');
    const TPF = variable('mean', [230, 231, null]);
    const CEA = variable('counter', [10], { delta: [0.5], at: epochMs(end(2) - 1500) });
    const all = [
      record(end(1), { variables: { TPF, PAT: variable('mean', [2]), HMU: variable('counter', [7]) } }),
      record(end(2), { variables: { HMU: variable('counter', [7], { delta: [1], at: epochMs(end(2)) }), TPF, CEA } }),
      record(end(2), { generation: 1, variables: { PAT: variable('mean', [null]), TPF } }),
      oldRecord(end(3), { PAT: [3], TPF: [1, 2, 3] }),
      record(end(4), { variables: { CEA, PRT: variable('mean', [-1]) } }),
      record(end(5), { variables: { PAT: variable('mean', [9]) } }),
    ];
    await store(all);
    const query = { node: 4, analyzer: 1, from: epochMs(START), to: epochMs(end(4)) };
    const codes = new Set(variables.map(({ code }) => code));
    const stored = await listOf(deps.history.records(query, true));
    const expected = stored.map((each) => ({
      ...{ start: each.start, end: each.end },
      variables: Object.fromEntries(
        Object.entries(each.variables).flatMap(([code, { values, delta, at }]) =>
          codes.has(code) ? [[code, { values, delta, at }]] : [],
        ),
      ),
    }));
    expect(await createUsageRows(database)(query, variables)).toEqual(expected);
    expect(expected).toHaveLength(5);
  });

  it('what a new lector counted since an old one told its last is not known', () => {
    const step = { values: [11], delta: [0.5], at: epochMs(end(3)) };
    const old = (n: number, value: number) => ({
      ...{ start: null, end: epochMs(end(n)) },
      variables: { CEA: { values: [value], delta: [null], at: null } },
    });
    const young = (n: number) => ({ start: epochMs(end(n - 1)), end: epochMs(end(n)), variables: { CEA: step } });
    const { records } = withOldCounters([old(1, 10), old(2, 10.5), young(3), young(4)], variables, QUARTER_MS);
    expect(records.map((each) => each.variables.CEA?.delta)).toEqual([[null], [0.5], [null], [0.5]]);
    expect(records[0]?.start).toBe(START);
  });
});
