import { describe, expect, it } from 'vitest';
import { latestOf } from '../../src/domain/latest-values.ts';
import { readingAt } from '../support/records.ts';

const INTERVALS = { normal: 60_000, rapid: 1000 };

describe('the last values of both grids', () => {
  it('stand side by side, under the instant of the newer', () => {
    const normal = readingAt(1_000_000, { TPF: [230], FRE: [50] }, { flags: { TPF: ['implausible'] } });
    const rapid = readingAt(1_010_000, { PAT: [5] }, { grid: 'rapid' });
    const latest = latestOf(normal, rapid, INTERVALS);
    expect(latest).toMatchObject({ at: 1_010_000, grid: 'rapid', values: { TPF: [230], FRE: [50], PAT: [5] } });
    expect(latest?.flags).toEqual({ TPF: ['implausible'] });
  });

  it('of a code on both grids the newer counts, with its flags, and also where it is missing', () => {
    const normal = readingAt(1_000_000, { PAT: [5] }, { flags: { PAT: ['implausible'] } });
    const rapid = readingAt(1_001_000, { PAT: [null] }, { grid: 'rapid' });
    expect(latestOf(normal, rapid, INTERVALS)).toMatchObject({ values: { PAT: [null] }, flags: {} });
    expect(latestOf({ ...normal, at: rapid.at, nominal: rapid.nominal, pass: 1 }, rapid, INTERVALS)?.values).toEqual({
      PAT: [5],
    });
  });

  it('what one grid did not read for long is not shown as of now', () => {
    const normal = readingAt(1_000_000, { TPF: [230, 231] }, { flags: { TPF: ['implausible'] } });
    const rapid = readingAt(1_190_000, { PAT: [5] }, { grid: 'rapid' });
    const latest = latestOf(normal, rapid, INTERVALS);
    expect(latest).toMatchObject({ values: { TPF: [null, null], PAT: [5] }, flags: {} });
  });

  it('one alone is as it was read, and none is none', () => {
    const normal = readingAt(1_000_000, { TPF: [230] });
    expect(latestOf(normal, null, INTERVALS)).toBe(normal);
    expect(latestOf(null, normal, INTERVALS)).toBe(normal);
    expect(latestOf(null, null, INTERVALS)).toBeNull();
  });
});
