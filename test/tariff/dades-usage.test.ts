import { describe, expect, it } from 'vitest';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { dadesUsage, usualInterval } from '../../src/tariff/dades-usage.ts';
import type { MeteredVariable } from '../../src/tariff/usage.ts';

const QUARTER = 900_000;
const at = (count: number): EpochMs => epochMs(Date.parse('2014-05-01T10:00:00Z') + count * QUARTER);
const CEA: MeteredVariable = {
  ...{ code: 'CEA', quantity: 'activeEnergyImport', unit: 'kWh', aggregate: 'counter', phases: ['total'] },
};
const steps = (values: readonly (number | null)[]) => {
  const lines = values.map((value, index) => ({ end: at(index), values: { CEA: [value], PAT: [1] } }));
  return dadesUsage(lines, [CEA], QUARTER).map(({ variables }) => variables.CEA?.delta[0] ?? null);
};

describe('lines of daily files', () => {
  it.each([
    ['go by their differences', [100, 102.25, 103], [null, 2.25, 0.75]],
    ['go over a line without a value', [100, null, 103], [null, null, 3]],
    ['have no lone 0', [100, 0, 103], [null, null, 3]],
    ['have no value that the next one takes back', [100, 5000, 101, 102], [null, null, 1, 1]],
    ['have no fall that the next one takes back', [100, 7, 101], [null, null, 1]],
    ['begin anew with another meter', [100, 5, 7], [null, null, 2]],
    ['do not count from 0', [0, 5, 7], [null, null, 2]],
    ['that count backwards are the same in a mirror', [-100, -102], [null, -2]],
  ])('%s', (_, values, expected) => {
    expect(steps(values)).toEqual(expected);
  });

  it('are as long as the time between two of them usually is', () => {
    const lines = [0, 1, 2, 6, 7].map((count) => ({ end: at(count) }));
    expect(usualInterval(lines)).toBe(QUARTER);
    expect(usualInterval([])).toBeNull();
    expect(dadesUsage([{ end: at(1), values: {} }], [CEA], QUARTER)[0]?.start).toBe(at(0));
  });
});
