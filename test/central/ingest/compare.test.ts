import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../../src/central/ingest/compare.ts';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { centralRecord, oldCentralRecord, variable } from '../../support/central-records.ts';

const bare = { min: [], max: [], n: [], expected: null };
const old = (values: Readonly<Record<string, readonly (number | null)[]>>): CentralRecord => {
  const variables = Object.entries(values).map(([code, list]) => [code, variable('mean', list, bare)] as const);
  return oldCentralRecord({ variables: Object.fromEntries(variables) });
};
const whole = (values: Readonly<Record<string, readonly (number | null)[]>>): CentralRecord => {
  const variables = Object.entries(values).map(([code, list]) => [code, variable('mean', list)] as const);
  return centralRecord({ variables: Object.fromEntries(variables) });
};

describe('two records of one identity', () => {
  const cases: readonly (readonly [string, CentralRecord, CentralRecord, string | null])[] = [
    ['the same', whole({ TPF: [1.234] }), whole({ TPF: [1.234] }), null],
    ['another digit', whole({ TPF: [1.234] }), whole({ TPF: [1.2341] }), 'TPF'],
    ['no value, and one', whole({ TPF: [null] }), whole({ TPF: [0] }), 'TPF'],
    ['a variable more', whole({ TPF: [1] }), whole({ TPF: [1], PAT: [null] }), 'PAT'],
    ['an old one, rounded up', whole({ TPF: [1.235] }), old({ TPF: [1.24] }), null],
    ['an old one, rounded down', whole({ TPF: [1.2349] }), old({ TPF: [1.23] }), null],
    ['an old one, negative', whole({ TPF: [-1.2349] }), old({ TPF: [-1.23] }), null],
    ['an old one of a great number', whole({ CEA: [123_456_789.125] }), old({ CEA: [123_456_789.13] }), null],
    ['an old one, two digits off', whole({ TPF: [1.23] }), old({ TPF: [1.24] }), 'TPF'],
    ['an old one without what has no value', whole({ TPF: [1], PAT: [null, null] }), old({ TPF: [1] }), null],
    ['an old one without what has one', whole({ TPF: [1], PAT: [2] }), old({ TPF: [1] }), 'PAT'],
    ['an old one with a value more', whole({ TPF: [1] }), old({ TPF: [1, 2] }), 'TPF'],
    ['an old one with no value where there is one', whole({ TPF: [1] }), old({ TPF: [null] }), 'TPF'],
    ['two old ones', old({ TPF: [1] }), old({ TPF: [1] }), null],
    ['an old one of another model', whole({ TPF: [1] }), { ...old({ TPF: [1] }), model: 'PM-710' }, null],
  ];
  it.each(cases)('%s', (_, one, two, difference) => {
    expect([differenceOf(one, two), differenceOf(two, one)]).toEqual([difference, difference]);
  });
});
