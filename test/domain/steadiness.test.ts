import { describe, expect, it } from 'vitest';
import { FROZEN_AFTER_MS, FROZEN_READINGS, type Steadiness, watchSteadiness } from '../../src/domain/steadiness.ts';
import { readingAt, smallProfile } from '../support/small-meter.ts';

const profile = smallProfile();
const MINUTE = 60_000;
const volts = [229.9, 230.4, 231];

type Values = Readonly<Record<string, readonly (number | null)[]>>;

/** Kinds after each of `count` readings, one a minute. */
function kinds(count: number, valuesOf: (n: number) => Values, everyMs = MINUTE): readonly string[] {
  let known: Steadiness | null = null;
  return Array.from({ length: count }, (_, n) => {
    known = watchSteadiness(known, readingAt(n * everyMs, valuesOf(n)), profile);
    return known?.kind ?? 'none';
  });
}

describe('F27 values that stand still', () => {
  const minutes = FROZEN_AFTER_MS / MINUTE;

  it('F27 are frozen after hours: newly at one reading, then for good', () => {
    const seen = kinds(minutes + 3, () => ({ TPF: volts, PAT: [1200] }));
    expect(seen.slice(0, minutes)).toEqual(Array(minutes).fill('lively'));
    expect(seen.slice(minutes)).toEqual(['newlyFrozen', 'frozen', 'frozen']);
  });

  it('F27 are not while any of them moves, by whatever little', () => {
    expect(kinds(2 * minutes, (n) => ({ TPF: volts, PAT: [1200 + (n % 100 === 0 ? 1 : 0)] }))).not.toContain('frozen');
  });

  it('F27 begin anew when they moved', () => {
    const seen = kinds(3 * minutes, (n) => ({ TPF: n < minutes + 5 ? volts : [230, 230, 230] }));
    expect(seen.filter((kind) => kind === 'newlyFrozen')).toHaveLength(2);
  });

  it.each([
    { what: 'a board that is switched off', values: { TPF: [0, 0, 0], PAT: [0], PRT: [0] } },
    { what: 'a single value', values: { PAT: [1200] } },
    { what: 'a counter that does not count', values: { CEA: [5], HMU: [7], ERR: [3] } },
    { what: 'values that are not available', values: { TPF: [null, null, null], PAT: [1], PRT: [2] } },
  ])('F27 are not those of $what', ({ values }) => {
    expect(new Set(kinds(2 * minutes, () => values))).toEqual(new Set(['none']));
  });

  it('F27 are not told from a few readings, however far apart', () => {
    const seen = kinds(FROZEN_READINGS + 1, () => ({ TPF: volts }), 60 * MINUTE);
    expect(seen.indexOf('newlyFrozen')).toBe(FROZEN_READINGS - 1);
  });

  it('F27 are not judged by readings that failed or of the rapid grid', () => {
    const known: Steadiness = { kind: 'newlyFrozen', values: 'x', since: readingAt(0, {}).nominal, readings: 9 };
    const failure = { code: 'LINE_TIMEOUT', message: '' } as const;
    for (const change of [{ failure }, { grid: 'rapid' as const }]) {
      expect(watchSteadiness(known, readingAt(MINUTE, { TPF: volts }, change), profile)).toEqual({
        ...known,
        kind: 'frozen',
      });
    }
  });
});
