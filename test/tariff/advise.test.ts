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
  it('of a steady 18 kW is 18 kW, and says what that saves', () => {
    const { periods, coverage, days, notes } = advised(contract(DEAR), () => 18);
    expect(periods.map(({ advisedKw }) => advisedKw)).toEqual([18, 18, 18, 18, 18, 18]);
    // P1: 30 kW x 36.5, and 18 kW x 36.5
    expect(periods[0]).toMatchObject({ period: 'P1', contractedKw: 30, peakKw: 18, costNow: 1095 });
    expect(periods[0]?.costThen).toBeCloseTo(657, 9);
    const told = ['no power may be less than that of the period before', '3.0TD is for more than 15 kW in some period'];
    expect([coverage, days, notes]).toEqual([1, 365, told]);
  });

  it('stays within what its tariff is for: a 3.0TD has more than 15 kW in some period, a 2.0TD in none', () => {
    const kilowatts = (of: Contract, kw: number) => advised(of, () => kw).periods.map(({ advisedKw }) => advisedKw);
    expect(kilowatts(contract(DEAR), 8)).toEqual([8, 8, 8, 8, 8, 15.1]);
    const home = contract({ ...DEAR, tariff: '2.0TD' });
    expect(Math.max(...kilowatts(home, 14))).toBe(14);
    expect(Math.max(...kilowatts(home, 20))).toBe(15);
    const limited = contract({ tariff: '2.0TD', none: ['excess'] });
    expect(advise({ contract: limited, demand: demandOf(() => 20), ...YEAR, offsetAt: MADRID })).toEqual({
      missing: '2.0TD is for at most 15 kW, and 20.00 kW were used: that wants another tariff',
    });
  });

  it('is never dearer than what is contracted, whatever the steps', () => {
    const kw = { ...six(600), P1: 595, P2: 599 };
    const { periods } = advised(contract({ ...DEAR, contractedKw: [{ from: '2025-01-01', kw }] }), () => 598.7);
    const [now, then] = [periods.map(({ costNow }) => costNow ?? 0), periods.map(({ costThen }) => costThen)];
    const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0);
    expect(sum(then)).toBeLessThanOrEqual(sum(now));
    expect(periods.map(({ advisedKw }) => advisedKw)).toEqual([598.7, 598.7, 598.7, 598.7, 598.7, 598.7]);
  });

  it('counts the days of each month where the price of excess is of 30', () => {
    const once = Date.parse('2025-07-15T09:15:00Z');
    const of30 = contract({ excess: [{ ...DEAR.excess[0], perDays: 30 }] });
    const { periods } = advised(of30, (end) => (end === once ? 28 : 16));
    // 12 kW x 20 x 31 / 30 of July = 248, less than 12 kW x 36.5
    expect(periods[0]?.costThen).toBeCloseTo(16 * 36.5 + 248, 9);
  });

  it('takes an excess where that is cheaper than power that is needed once', () => {
    // one quarter hour of 28 kW in P1 costs 12 kW x 20 = 240 a year; 12 kW of power cost 12 x 36.5 = 438
    const once = Date.parse('2025-07-15T09:15:00Z');
    const { periods } = advised(contract(DEAR), (end) => (end === once ? 28 : 16));
    expect(periods[0]).toMatchObject({ period: 'P1', advisedKw: 16, peakKw: 28 });
    expect(periods[0]?.costThen).toBeCloseTo(16 * 36.5 + 240, 9);
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
    // a name that every object has
    [
      { powerPeriods: [{ from: '2020-01-01', until: null, rules: [{ period: 'constructor' }] }] },
      'the price of power in constructor is not in the contract',
    ],
  ])('with %o is none, and says why', (change, words) => {
    const demand = demandOf(() => 1);
    expect(advise({ contract: contract(change as Partial<Contract>), demand, ...YEAR, offsetAt: MADRID })).toEqual({
      missing: words,
    });
  });
});
