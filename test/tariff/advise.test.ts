import { describe, expect, it } from 'vitest';
import { type AdviseOptions, advise } from '../../src/tariff/advise.ts';
import type { Contract } from '../../src/tariff/contract.ts';
import { contract, MADRID, quarters, six } from './contracts.ts';

const YEAR = { from: '2025-01-01', to: '2026-01-01' } as const;
const demandOf = (kwAt: (end: number) => number, to: string = YEAR.to) =>
  quarters(YEAR.from, to, kwAt).map(({ end, kw }) => ({ end, kw: kw ?? 0 }));

/** An excess of every month is dearer than the power. */
const DEAR = { excess: [{ from: '2025-01-01', rule: 'maximeter', perKw: six(20) }] } as const;

function advised(of: Contract, kwAt: (end: number) => number, change: Partial<AdviseOptions> = {}) {
  const advice = advise({ contract: of, demand: demandOf(kwAt), ...YEAR, offsetAt: MADRID, ...change });
  if ('missing' in advice) throw new Error(advice.missing);
  return advice;
}

describe('advice on contracted power', () => {
  it('of a steady 8 kW is 8 kW, and says what that saves', () => {
    const { periods, coverage, days, notes } = advised(contract(DEAR), () => 8);
    expect(periods.map(({ advisedKw }) => advisedKw)).toEqual([8, 8, 8, 8, 8, 8]);
    // P1: 30 kW x 36.5, and 8 kW x 36.5
    expect(periods[0]).toMatchObject({ period: 'P1', contractedKw: 30, peakKw: 8, costNow: 1095 });
    expect(periods[0]?.costThen).toBeCloseTo(292, 9);
    expect([coverage, days, notes]).toEqual([1, 365, ['no power may be less than that of the period before']]);
  });

  it('takes an excess where that is cheaper than power that is needed once', () => {
    // one quarter hour of 20 kW in P1 costs 12 kW x 20 = 240 a year; 12 kW of power cost 12 x 36.5 = 438
    const once = Date.parse('2025-07-15T09:15:00Z');
    const { periods } = advised(contract(DEAR), (end) => (end === once ? 20 : 8));
    expect(periods[0]).toMatchObject({ period: 'P1', advisedKw: 8, peakKw: 20 });
    expect(periods[0]?.costThen).toBeCloseTo(292 + 240, 9);
  });

  it('takes the power where the excess is dear', () => {
    const once = Date.parse('2025-07-15T09:15:00Z');
    const dear = contract({ excess: [{ from: '2025-01-01', rule: 'maximeter', perKw: six(100) }] });
    const { periods } = advised(dear, (end) => (end === once ? 20 : 8));
    // and no later period may have less: 12 x (36.5 + 18.25 + 7.3 + 7.3 + 3.65 + 3.65) = 919.8, less than 1200
    expect(periods.map(({ advisedKw }) => advisedKw)).toEqual([20, 20, 20, 20, 20, 20]);
  });

  it('of quarter hours weighs each of them', () => {
    const rule = { from: '2025-01-01', rule: 'quarterHours', perKw: 1, kp: six(1) } as const;
    const { periods } = advised(contract({ excess: [rule] }), () => 8);
    expect(periods[0]?.advisedKw).toBe(8);
  });

  it('where a limiter cuts off is never less than the greatest quarter hour', () => {
    const none = contract({ none: ['excess'], excess: [], territory: null });
    const once = Date.parse('2025-07-15T09:15:00Z');
    const { periods } = advised(none, (end) => (end === once ? 9.23 : 3));
    expect(periods.map(({ advisedKw }) => advisedKw)).toEqual([9.3, 3, 3, 3, 3, 3]);
  });

  it('of less than a year, and of half of the data, says so', () => {
    const half = demandOf(() => 8, '2025-10-01').filter((_, index) => index % 2 === 0);
    const { notes, coverage } = advised(contract(DEAR), () => 8, { to: '2025-10-01', demand: half });
    expect(coverage).toBeCloseTo(0.5, 3);
    expect(notes).toContain('it is of 273 days only: advice wants a year');
  });

  it('of months without some of the periods is none', () => {
    const january = { ...YEAR, to: '2025-02-01' };
    const demand = demandOf(() => 8, january.to);
    expect(advise({ contract: contract(DEAR), demand, ...january, offsetAt: MADRID })).toEqual({
      missing: 'there are no data of P1, P2, P5 in that time: it wants a year',
    });
  });

  it.each([
    [{ powerPrices: [] }, 'the price of power on 2026-01-01 is not in the contract'],
    [{ excess: [] }, 'the price of excess of power on 2026-01-01 is not in the contract'],
    [
      { powerPrices: [{ from: '2025-01-01', perKwYear: { P1: 1 } }] },
      'the price of power in P2 is not in the contract',
    ],
  ])('with %o is none, and says why', (change, words) => {
    const demand = demandOf(() => 1);
    expect(advise({ contract: contract(change), demand, ...YEAR, offsetAt: MADRID })).toEqual({ missing: words });
  });
});
