import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PowerSample, powerFactorOf } from '../../src/domain/power-factor.ts';

const sample = (factor: number | null, active: number | null = null, reactive: number | null = null): PowerSample => ({
  ...{ factor, active, reactive, apparent: null },
});

const cases: readonly { what: string; samples: readonly PowerSample[]; value: number | null; n: number }[] = [
  {
    what: 'sums of power, not the mean of factors',
    samples: [sample(1, 100, 0), sample(0, 0, 100)],
    value: Math.SQRT1_2,
    n: 2,
  },
  {
    what: 'a heavy load counts for more than a light one',
    samples: [sample(0.6, 3, 4), sample(1, 997, 0)],
    value: 1000 / Math.hypot(1000, 4),
    n: 2,
  },
  { what: 'sums where the meter gives no factor', samples: [sample(null, 30, -40)], value: 0.6, n: 1 },
  { what: 'export is negative', samples: [sample(null, -30, 40)], value: -0.6, n: 1 },
  { what: 'the sign that the meter gives to lead', samples: [sample(-0.8, 40, -30)], value: -0.8, n: 1 },
  { what: 'only readings that have both powers', samples: [sample(0.6, 3, 4), sample(1, 50, null)], value: 0.6, n: 1 },
  { what: 'no power at all', samples: [sample(1, 0, 0)], value: null, n: 1 },
  { what: 'no readings', samples: [], value: null, n: 0 },
  { what: 'by angle, lead and lag meet at 1', samples: [sample(0.99), sample(-0.99)], value: 1, n: 2 },
  { what: 'by angle on one side', samples: [sample(-0.8), sample(-0.8)], value: -0.8, n: 2 },
  { what: 'a missing factor does not count', samples: [sample(0.8), sample(null)], value: 0.8, n: 1 },
  { what: 'a factor beyond 1 counts as 1', samples: [sample(1.01)], value: 1, n: 1 },
];

describe('power factor of a window', () => {
  it.each(cases)('$what: $value', ({ samples, value, n }) => {
    const found = powerFactorOf(samples);
    expect(found.n).toBe(n);
    if (value === null) expect(found.value).toBeNull();
    else expect(found.value).toBeCloseTo(value, 12);
  });

  it('weighs angles by apparent power where it was read', () => {
    const weighed = [
      { ...sample(1), apparent: 1000 },
      { ...sample(0), apparent: 1 },
    ];
    expect(powerFactorOf(weighed).value).toBeGreaterThan(0.999);
    expect(powerFactorOf([sample(1), sample(0)]).value).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it('never leaves -1..1', () => {
    const number = fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }));
    const factor = fc.option(fc.double({ min: -1, max: 1, noNaN: true }));
    const samples = fc.array(fc.record({ factor, active: number, reactive: number, apparent: number }));
    fc.assert(
      fc.property(samples, (list) => {
        const { value } = powerFactorOf(list);
        if (value !== null) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });
});
