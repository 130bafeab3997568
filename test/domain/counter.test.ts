import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CounterRange, countOver } from '../../src/domain/counter.ts';

type Case = {
  readonly what: string;
  readonly baseline: number | null;
  readonly values: readonly number[];
  readonly range?: CounterRange;
  readonly pending?: boolean;
  readonly good: readonly number[];
  readonly delta: number | null;
  readonly next: number | null;
  readonly flags: readonly string[];
};

const range = { size: 1000, scaled: false };
const ignored = ['zeroIgnored', 'fallPending'];

const cases: readonly Case[] = [
  { what: 'a counter that counts', baseline: 10, values: [11, 11, 13], good: [0, 1, 2], delta: 3, next: 13, flags: [] },
  { what: 'nothing read', baseline: 10, values: [], good: [], delta: null, next: 10, flags: [] },
  {
    what: 'the first values ever',
    baseline: null,
    values: [7, 9],
    good: [0, 1],
    delta: null,
    next: 9,
    flags: ['first'],
  },
  { what: 'a counter that never counted', baseline: 0, values: [0, 0], good: [0, 1], delta: 0, next: 0, flags: [] },
  { what: 'its first count', baseline: 0, values: [0, 2], good: [0, 1], delta: null, next: 2, flags: ['first'] },
  {
    what: 'F24 a wrap',
    baseline: 995,
    values: [998, 3, 4],
    range,
    good: [0, 1, 2],
    delta: 9,
    next: 4,
    flags: ['wrap'],
  },
  {
    what: 'F24 a wrap to zero',
    baseline: 998,
    values: [0, 0, 1],
    range,
    good: [2],
    delta: 3,
    next: 1,
    flags: ['wrap'],
  },
  {
    what: 'F24 a wrap with one reading',
    baseline: 998,
    values: [1],
    range,
    good: [0],
    delta: 3,
    next: 1,
    flags: ['wrap'],
  },
  {
    what: 'F24 a wrap of a counter whose power of ten is not known here',
    baseline: 99_950,
    values: [99_990, 30],
    range: { size: 1000, scaled: true },
    good: [0, 1],
    delta: 80,
    next: 30,
    flags: ['wrap'],
  },
  {
    what: 'F25 a reset',
    baseline: 500,
    values: [501, 0, 1, 2],
    range,
    good: [0, 2, 3],
    delta: null,
    next: 2,
    flags: ['reset'],
  },
  {
    what: 'F25 a new meter',
    baseline: 500,
    values: [20, 21],
    range,
    good: [0, 1],
    delta: null,
    next: 21,
    flags: ['reset'],
  },
  {
    what: 'F25 a fall far from the end of the range',
    baseline: 900,
    values: [1, 2],
    range,
    good: [0, 1],
    delta: null,
    next: 2,
    flags: ['reset'],
  },
  {
    what: 'F26 a lone 0 among others',
    baseline: 500,
    values: [501, 0, 502],
    good: [0, 2],
    delta: 2,
    next: 502,
    flags: ['zeroIgnored'],
  },
  {
    what: 'F26 two bad readings that come back',
    baseline: 500,
    values: [7, 0, 502],
    good: [2],
    delta: 2,
    next: 502,
    flags: ['zeroIgnored'],
  },
  { what: 'F26 a 0 at the end', baseline: 500, values: [501, 0], good: [0], delta: 1, next: 501, flags: ignored },
  {
    what: 'F26 nothing but 0',
    baseline: 500,
    values: [0, 0, 0],
    range,
    good: [],
    delta: null,
    next: 500,
    flags: ignored,
  },
  {
    what: 'F26 still 0 a window later',
    baseline: 500,
    values: [0, 0],
    pending: true,
    good: [],
    delta: null,
    next: 500,
    flags: ignored,
  },
  {
    what: 'F26 the 0 of the window before came back',
    baseline: 500,
    values: [503],
    pending: true,
    good: [0],
    delta: 3,
    next: 503,
    flags: [],
  },
  { what: 'F26 a first 0 alone', baseline: null, values: [0], good: [], delta: null, next: null, flags: ignored },
  {
    what: 'F26 a first 0, then the counter',
    baseline: null,
    values: [0, 700],
    good: [1],
    delta: null,
    next: 700,
    flags: ['zeroIgnored', 'first'],
  },
  {
    what: 'a new counter that stands at 0',
    baseline: null,
    values: [0, 0],
    good: [0, 1],
    delta: null,
    next: 0,
    flags: ['first'],
  },
  {
    what: 'a new counter at 0, one reading a window',
    baseline: null,
    values: [0],
    pending: true,
    good: [0],
    delta: null,
    next: 0,
    flags: ['first'],
  },
  {
    what: 'one fallen reading alone in its window',
    baseline: 500,
    values: [3],
    good: [],
    delta: null,
    next: 500,
    flags: ignored,
  },
  {
    what: 'one fallen reading at the end',
    baseline: 500,
    values: [501, 3],
    good: [0],
    delta: 1,
    next: 501,
    flags: ignored,
  },
  {
    what: 'F25 a reset seen one reading a window',
    baseline: 500,
    values: [3],
    pending: true,
    good: [0],
    delta: null,
    next: 3,
    flags: ['reset'],
  },
  {
    what: 'a small counter that outgrows its old self after a reset',
    baseline: 5,
    values: [0, 2, 4, 6],
    good: [1, 2, 3],
    delta: null,
    next: 6,
    flags: ['reset'],
  },
  {
    what: 'a leap that the next reading takes back',
    baseline: 500,
    values: [501, 9e8, 502],
    good: [0, 2],
    delta: 2,
    next: 502,
    flags: ['zeroIgnored'],
  },
  { what: 'a counter in the mirror', baseline: -10, values: [-11, -13], good: [0, 1], delta: -3, next: -13, flags: [] },
];

describe('what a counter counted', () => {
  it.each(cases)('$what: delta $delta', ({ values, baseline, range: size, pending, good, delta, next, flags }) => {
    const counted = countOver(values, baseline, size ?? null, pending ?? false);
    expect(counted).toEqual({ good, delta, baseline: next, flags });
  });

  const steps = fc.array(fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 6 }), { minLength: 1, maxLength: 30 });

  it('F24 the differences of consecutive windows add up to what was counted, over every wrap', () => {
    fc.assert(
      fc.property(fc.nat(99_999), steps, (start, windows) => {
        const size = 100_000;
        let truth = start;
        let from: number | null = null;
        let baseline: number | null = null;
        let pending = false;
        let total = 0;
        for (const window of windows) {
          const values = window.map((each) => {
            truth += each;
            return truth % size;
          });
          const counted = countOver(values, baseline, { size, scaled: false }, pending);
          baseline = counted.baseline;
          pending = counted.flags.includes('fallPending');
          expect(counted.flags).not.toContain('reset');
          if (counted.flags.includes('first')) [from, total] = [truth - (truth % size) + baseline!, 0];
          total += counted.delta ?? 0;
        }
        // a 0 right at the end is held back until the counter goes on
        if (from !== null && !pending) expect(total).toBe(truth - from);
      }),
      { numRuns: 500 },
    );
  });

  it('F25 F26 whatever a meter answers, nothing negative and no lifetime is ever counted', () => {
    const glitches = fc.array(fc.array(fc.constantFrom('count', 'zero', 'reset'), { maxLength: 5 }), { maxLength: 20 });
    fc.assert(
      fc.property(glitches, (windows) => {
        let truth = 1_000_000;
        let baseline: number | null = null;
        let pending = false;
        for (const window of windows) {
          const values = window.map((what) => {
            if (what === 'reset') truth = 50;
            truth += 3;
            return what === 'zero' ? 0 : truth;
          });
          const counted = countOver(values, baseline, null, pending);
          baseline = counted.baseline;
          pending = counted.flags.includes('fallPending');
          if (counted.delta !== null) {
            expect(counted.delta).toBeGreaterThanOrEqual(0);
            expect(counted.delta).toBeLessThanOrEqual(3 * 100);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
