import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { type RecordRow, recordOf, rowOf, shapeOf } from '../../../src/central/schema/row-codec.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { anyCentralRecord, centralRecord, MAY, oldCentralRecord, variable } from '../../support/central-records.ts';

const fromDatabase = ({ end_at, start_at, ...rest }: RecordRow) => ({
  ...rest,
  end_at: new Date(end_at),
  start_at: start_at === null ? null : new Date(start_at),
});

describe('a record as a row', () => {
  it('comes back exactly as it was', () => {
    fc.assert(
      fc.property(anyCentralRecord, (record) => {
        expect(recordOf(fromDatabase(rowOf(record, 7)), shapeOf(record))).toEqual(record);
      }),
      { numRuns: 500 },
    );
  });

  it('says nothing twice: one reading a window leaves a single list', () => {
    const variables = { PAT: variable('mean', [1.5, 2]), CEA: variable('counter', [7]) };
    const row = rowOf(centralRecord({ variables }), 7);
    expect(row).toMatchObject({ values: [1.5, 2, 7], lows: null, highs: null, counts: null, expecteds: null });
    expect(row).toMatchObject({ deltas: null, ages_ms: null, flags: null, shape_id: 7 });
  });

  it('keeps what each variable says for itself', () => {
    expect(rowOf(centralRecord(), 7)).toMatchObject({
      ...{ values: [230.125, 231.5, null, 1234.5], lows: [229, 230, null, 1234.5], highs: [232, 233, null, 1234.5] },
      ...{ counts: [900, 899, 0, 900], expecteds: null, deltas: [2.25], ages_ms: [180], flags: [1] },
    });
  });

  it('keeps apart what an old lector does not say from what is the same', () => {
    const record = oldCentralRecord();
    const row = rowOf(record, 7);
    expect(row).toMatchObject({ n: null, lows: null, highs: null, counts: null, start_at: null });
    expect(recordOf(fromDatabase(row), shapeOf(record)).variables.TPF).toMatchObject({ min: [], max: [], n: [] });
  });

  const irregular: readonly (readonly [string, Partial<CentralRecord>])[] = [
    ['a list that is shorter than the values', { variables: { TPF: variable('mean', [1, 2], { min: [1] }) } }],
    ['a mean with a difference', { variables: { TPF: variable('mean', [1], { delta: [1] }) } }],
    ['a mean with the instant of a counter', { variables: { TPF: variable('mean', [1], { at: epochMs(MAY) }) } }],
    ['readings without those expected', { expected: null }],
    [
      'a variable that does not say what was expected',
      { variables: { TPF: variable('mean', [1], { expected: null }) } },
    ],
    ['an old record with counts', { ...oldCentralRecord(), variables: { TPF: variable('mean', [1]) } }],
  ];
  it.each(irregular)('refuses %s', (_, own) => {
    expect(() => rowOf(centralRecord(own), 7)).toThrow(expect.objectContaining({ code: 'CENTRE_REFUSED' }));
  });
});
