import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../src/domain/profile.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { type RecordInput, recordOf } from '../../src/domain/record-of.ts';
import { epochMs } from '../../src/domain/units.ts';
import { readingAt, smallProfile } from '../support/small-meter.ts';

const MINUTE = 60_000;
const noon = Date.parse('2026-05-04T12:00:00Z');
const analyzer = { id: 1, model: 'S1', readingMs: 10_000, ratio: 1, rapid: null };

function record(readings: readonly Reading[], codes: readonly string[], change: Partial<RecordInput> = {}) {
  return recordOf({
    ...{ nodeId: 4, analyzer: { ...analyzer, consultes: codes }, profile: smallProfile(), generation: 0 },
    window: { start: epochMs(noon), end: epochMs(noon + MINUTE) },
    ...{ readings, previous: null },
    ...change,
  });
}

/** One reading of `code` every 10 s from noon on; null: nothing came. */
const series = (code: string, values: readonly (number | null)[], from = noon): readonly Reading[] =>
  values.map((value, index) => readingAt(from + (index + 1) * 10_000, value === null ? {} : { [code]: [value] }));

describe('a record', () => {
  it('holds mean, least, most and count of each value, missing ones left out', () => {
    const readings = [
      readingAt(noon + 10_000, { TPF: [230, 231, null] }),
      readingAt(noon + 20_000, { TPF: [232, null, null] }),
      readingAt(noon + 30_000, { TPF: [234, Number.NaN, Number.POSITIVE_INFINITY] }),
    ];
    expect(record(readings, ['TPF']).variables.TPF).toEqual({
      aggregate: 'mean',
      values: [232, 231, null],
      min: [230, 231, null],
      max: [234, 231, null],
      n: [3, 1, 0],
      expected: 6,
      delta: [null, null, null],
      baseline: [null, null, null],
      at: null,
      flags: [],
    });
  });

  it('says whose it is, from when to when, and in the order of the consultes', () => {
    const found = record(series('PAT', [1]), ['PRT', 'PAT'], { generation: 2 });
    expect(found).toMatchObject({
      nodeId: 4,
      analyzerId: 1,
      model: 'S1',
      start: noon,
      end: noon + MINUTE,
      generation: 2,
    });
    expect(Object.keys(found.variables)).toEqual(['PRT', 'PAT']);
  });

  it('takes the reading at its end, not the one at its start', () => {
    expect(
      record([...series('PAT', [9], noon - 10_000), ...series('PAT', [1, 2, 3, 4, 5, 6, 7])], ['PAT']),
    ).toMatchObject({
      n: 6,
      variables: { PAT: { values: [3.5], n: [6] } },
    });
  });

  it('F31 counts instants with a good value of those expected', () => {
    const failed = readingAt(noon + 60_000, {}, { failure: { code: 'LINE_TIMEOUT', message: '' } });
    const readings = [...series('PAT', [1, null, 3, null, 5]), failed];
    expect(record(readings, ['PAT'])).toMatchObject({ n: 3, expected: 6, variables: { PAT: { values: [3], n: [3] } } });
  });

  it('of a window in which nothing came has n = 0 and nothing but missing values', () => {
    const found = record(series('TPF', [null, null]), ['TPF', 'CEA', 'FPT', 'ERR']);
    expect(found).toMatchObject({ n: 0, expected: 6 });
    expect(Object.values(found.variables).flatMap(({ values, n }) => [...values, ...n])).toEqual([
      ...[null, null, null, 0, 0, 0],
      ...[null, 0, null, 0, null, 0],
    ]);
  });

  it('F23 keeps values that are doubted', () => {
    const doubted = readingAt(noon + 10_000, { PAT: [5000] }, { flags: { PAT: ['implausible'] } });
    expect(record([doubted, ...series('PAT', [0, 0]).slice(1)], ['PAT']).variables.PAT?.values).toEqual([2500]);
  });

  it('F21 a value that is no number is missing, not 0 and not averaged', () => {
    expect(record(series('PAT', [4, Number.NaN, 6]), ['PAT']).variables.PAT).toMatchObject({ values: [5], n: [2] });
  });

  it('F29 carries the last ratio that the meter told', () => {
    const readings = [20, null, 40, null].map((ratio, index) => readingAt(noon + (index + 1) * 10_000, {}, { ratio }));
    expect(record(readings, ['PAT']).ratio).toBe(40);
    expect(record([], ['PAT']).ratio).toBeNull();
  });

  it('keeps the last of what is neither mean nor counter, and every error bit that was ever set', () => {
    const readings = [...series('HMU', [7, 8, null]), ...series('ERR', [0b101, 0b10, null])];
    const { HMU, ERR } = record(readings, ['HMU', 'ERR']).variables;
    expect([HMU?.values, ERR?.values]).toEqual([[8], [0b111]]);
  });

  it('error bits beyond 31 are kept', () => {
    expect(record(series('ERR', [2 ** 31, 2 ** 40, 1]), ['ERR']).variables.ERR?.values).toEqual([
      2 ** 40 + 2 ** 31 + 1,
    ]);
  });

  it('takes the power factor from the sums of both powers of its phase, else by angle', () => {
    const readings = [
      readingAt(noon + 10_000, { FPT: [1], FP1: [0.99], PAT: [100], PRT: [0] }),
      readingAt(noon + 20_000, { FPT: [0], FP1: [-0.99], PAT: [0], PRT: [100] }),
    ];
    const { FPT, FP1 } = record(readings, ['FPT', 'FP1', 'PAT', 'PRT']).variables;
    expect(FPT?.values[0]).toBeCloseTo(Math.SQRT1_2, 12);
    expect(FP1?.values[0]).toBeCloseTo(1, 12);
    expect(FPT).toMatchObject({ min: [0], max: [1], n: [2] });
  });

  it('takes no power factor from the maxima of power, which are of another time', () => {
    const profile = smallProfile();
    const [power] = profile.registers.filter(({ id }) => id === 'p');
    if (power === undefined) throw new Error('no power');
    const [active] = profile.variables.filter(({ code }) => code === 'PAT');
    if (active === undefined) throw new Error('no PAT');
    const most = { ...active, code: 'PMX', aggregate: 'last', registers: ['pMax'] } as const;
    const withMost: Profile = {
      ...profile,
      registers: [{ ...power, id: 'pMax' }, ...profile.registers],
      variables: [most, ...profile.variables],
    };
    const readings = [readingAt(noon + 10_000, { FPT: [0.6], PMX: [9000], PRT: [80] })];
    const { FPT } = record(readings, ['FPT', 'PMX', 'PRT'], { profile: withMost }).variables;
    expect(FPT?.values[0]).toBeCloseTo(0.6, 12);
  });

  it('a variable of the rapid grid has its own n of N', () => {
    const rapid = { readingMs: 1000, consultes: ['PAT'] };
    const fast = Array.from({ length: 58 }, (_, n) =>
      readingAt(noon + (n + 1) * 1000, { PAT: [1] }, { grid: 'rapid' }),
    );
    const found = record([...series('PRT', [1, 2]), ...fast], [], {
      analyzer: { ...analyzer, consultes: ['PRT'], rapid },
    });
    expect(found).toMatchObject({ n: 2, expected: 6 });
    expect(found.variables).toMatchObject({ PRT: { n: [2], expected: 6 }, PAT: { n: [58], expected: 60 } });
  });

  it('a code on both grids counts once an instant', () => {
    const rapid = { readingMs: 5000, consultes: ['PAT'] };
    const both = [readingAt(noon + 10_000, { PAT: [1] }), readingAt(noon + 10_000, { PAT: [3] }, { grid: 'rapid' })];
    const found = record(both, [], { analyzer: { ...analyzer, consultes: ['PAT'], rapid } });
    expect(found.variables.PAT).toMatchObject({ n: [1], values: [1], expected: 12 });
  });

  it('never has more readings than it expected, even when the interval changed within it', () => {
    const readings = Array.from({ length: 30 }, (_, n) => readingAt(noon + (n + 1) * 2000, { PAT: [1] }));
    expect(record(readings, ['PAT'])).toMatchObject({ n: 30, expected: 30, variables: { PAT: { expected: 30 } } });
  });
});

describe('the energy counter of a record', () => {
  const previous = (values: readonly (number | null)[], change: Partial<RecordInput> = {}) =>
    record(series('CEA', values), ['CEA'], change);

  it('has its last value with its instant and what it counted since the record before', () => {
    const found = record(series('CEA', [103, 104, null]), ['CEA'], { previous: previous([100, 101]) });
    expect(found.variables.CEA).toMatchObject({ values: [104], min: [103], max: [104], n: [2], delta: [3], flags: [] });
    expect(found.variables.CEA?.at).toBe(noon + 20_040);
  });

  it('the first record has no difference', () => {
    expect(previous([100, 101]).variables.CEA).toMatchObject({ values: [101], delta: [null], flags: ['first'] });
  });

  it('goes on over records in which nothing was read, and over a stop', () => {
    const silent = record([], ['CEA'], { previous: previous([100]) });
    expect(silent.variables.CEA).toMatchObject({ values: [null], delta: [null], baseline: [100], at: null });
    expect(record(series('CEA', [160]), ['CEA'], { previous: silent }).variables.CEA?.delta).toEqual([60]);
  });

  it('F24 wraps where its register wraps, in the unit of the values', () => {
    const profile = smallProfile({ wrapsAt: 1_000_000, scale: 0.1 });
    const before = previous([99_999.5], { profile });
    const found = record(series('CEA', [0.5]), ['CEA'], { profile, previous: before });
    expect(found.variables.CEA?.delta[0]).toBeCloseTo(1, 6);
    expect(found.variables.CEA?.flags).toEqual(['wrap']);
  });

  it('F24 wraps with a power of ten that the meter told, and with an external transformer', () => {
    const profile = smallProfile({ wrapsAt: 2 ** 32, exponentRegister: 'x' });
    const o = { profile, analyzer: { ...analyzer, consultes: ['CEA'], ratio: 40 } };
    const size = 2 ** 32 * 40 * 0.01;
    const found = record(series('CEA', [3, 5]), [], { ...o, previous: record(series('CEA', [size - 7]), [], o) });
    expect(found.variables.CEA?.delta[0]).toBeCloseTo(12, 3);
  });

  it('F25 of another model begins anew', () => {
    const before: LectorRecord = { ...previous([100]), model: 'S2' };
    expect(record(series('CEA', [4000]), ['CEA'], { previous: before }).variables.CEA).toMatchObject({
      ...{ delta: [null], flags: ['first'] },
    });
  });

  it('F25 F26 tells a reset from a bad reading by the record that follows', () => {
    const doubtful = record(series('CEA', [101, 0]), ['CEA'], { previous: previous([100]) });
    expect(doubtful.variables.CEA).toMatchObject({ values: [101], delta: [1], flags: ['zeroIgnored', 'fallPending'] });
    expect(record(series('CEA', [102]), ['CEA'], { previous: doubtful }).variables.CEA?.delta).toEqual([1]);
    expect(record(series('CEA', [3]), ['CEA'], { previous: doubtful }).variables.CEA).toMatchObject({
      ...{ values: [3], delta: [null], baseline: [3], flags: ['reset'] },
    });
  });

  it('the differences of consecutive records add up to the difference of the counter, whatever was not read', () => {
    const windows = fc.array(fc.array(fc.option(fc.nat(50)), { minLength: 6, maxLength: 6 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), windows, (start, list) => {
        let counter = start;
        let last: LectorRecord | null = record(series('CEA', [start]), ['CEA']);
        let total = 0;
        let seen = start;
        list.forEach((steps, index) => {
          const from = noon + (index + 1) * MINUTE;
          const values = steps.map((step) => {
            counter += step ?? 3;
            if (step !== null) seen = counter;
            return step === null ? null : counter;
          });
          const window = { start: epochMs(from), end: epochMs(from + MINUTE) };
          last = record(series('CEA', values, from), ['CEA'], { window, previous: last });
          total += last.variables.CEA?.delta[0] ?? 0;
        });
        expect(total).toBe(seen - start);
      }),
    );
  });
});

const plain: Profile = smallProfile();

describe('purity', () => {
  it('the same readings in any order give the same record, which prints as JSON', () => {
    const codes = plain.variables.map(({ code }) => code);
    const readings = Array.from({ length: 6 }, (_, n) =>
      readingAt(noon + (n + 1) * 10_000, {
        TPF: [230 + n, 231, null],
        PAT: [n],
        PRT: [1],
        FPT: [0.9],
        CEA: [n + 1],
        ERR: [n],
      }),
    );
    const found = record(readings, codes);
    expect(record([...readings].reverse(), codes)).toEqual(found);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });
});
