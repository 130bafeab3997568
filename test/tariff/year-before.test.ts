import { describe, expect, it } from 'vitest';
import type { BillOptions } from '../../src/tariff/bill.ts';
import { billIfKnown, yearBefore } from '../../src/tariff/year-before.ts';
import { contract, MADRID, quarters, usage } from './contracts.ts';

describe('the year before', () => {
  it.each([
    ['2026-01-01', '2026-02-01', '2025-01-01', '2025-02-01'],
    ['2024-02-29', '2024-03-01', '2023-02-28', '2023-03-01'],
    ['2025-02-28', '2025-03-01', '2024-02-28', '2024-03-01'],
  ])('of %s to %s is %s to %s', (from, to, first, end) => {
    expect(yearBefore({ from, to })).toEqual({ from: first, to: end });
  });

  const used = usage(quarters('2026-01-01', '2026-01-02', () => 8));
  const options: BillOptions = {
    ...{ contract: contract(), usage: used, offsetAt: MADRID },
    ...{ from: '2026-01-01', to: '2026-01-02' },
  };

  it('has a bill where there are data and periods of then', () => {
    const late = contract().energyPeriods.map((each) => ({ ...each, from: '2027-01-01' }));
    expect(billIfKnown(options)?.kwh).toBeCloseTo(192, 6);
    expect(billIfKnown({ ...options, usage: usage([]) })).toBeNull();
    expect(billIfKnown({ ...options, from: '2026-03-01', to: '2026-04-01' })).toBeNull();
    expect(billIfKnown({ ...options, contract: contract({ energyPeriods: late }) })).toBeNull();
  });

  it('hides nothing that goes wrong otherwise', () => {
    const broken = () => {
      throw new Error('broken');
    };
    expect(() => billIfKnown({ ...options, offsetAt: broken })).toThrow('broken');
  });
});
