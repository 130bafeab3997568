import { describe, expect, it } from 'vitest';
import { bill } from '../../src/tariff/bill.ts';
import { amountOf, billsBy, centsOf, slicesByPeriod } from '../../src/tariff/slices.ts';
import { contract, MADRID, quarters, usage } from './contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const peak = Date.parse('2026-01-15T10:15:00Z');
const used = usage(quarters('2026-01-01', '2026-04-01', (end) => (end === peak ? 34 : 8)));
const options = { contract: contract(), usage: used, ...JANUARY, offsetAt: MADRID };

describe('a bill in parts', () => {
  it('by week begins on Mondays, and holds all of the energy', () => {
    const weeks = billsBy(options, 'week');
    expect(weeks.map(({ from, days }) => [from, days])).toEqual([
      ['2026-01-01', 4],
      ['2026-01-05', 7],
      ['2026-01-12', 7],
      ['2026-01-19', 7],
      ['2026-01-26', 6],
    ]);
    expect(weeks.reduce((sum, { kwh }) => sum + kwh, 0)).toBeCloseTo(bill(options).kwh, 9);
  });

  it('by day has nothing of what is of the whole: excess, reactive energy, fees by the bill', () => {
    const fee = { from: '2025-01-01', until: null, electricityTax: false, vat: true, amount: 1 } as const;
    const fees = [
      { ...fee, name: 'paper', per: 'bill' as const },
      { ...fee, name: 'bono', per: 'day' as const },
    ];
    const days = billsBy({ ...options, contract: contract({ fees }) }, 'day');
    expect(days).toHaveLength(31);
    const lines = days.flatMap((each) => each.lines);
    expect(lines.filter(({ kind }) => kind === 'excess' || kind === 'reactive')).toEqual([]);
    expect(new Set(lines.filter(({ kind }) => kind === 'fee').map(({ name }) => name))).toEqual(new Set(['bono']));
  });

  it('by month is the bill of each month', () => {
    const months = billsBy({ ...options, to: '2026-04-01' }, 'month');
    expect(months.map(({ from, to }) => `${from} ${to}`)).toEqual([
      '2026-01-01 2026-02-01',
      '2026-02-01 2026-03-01',
      '2026-03-01 2026-04-01',
    ]);
    expect(months[0]).toEqual(bill(options));
  });

  it('by period is the same sum, with what is of no period last', () => {
    const whole = bill(options);
    const slices = slicesByPeriod(whole);
    expect(slices.map(({ period }) => period)).toEqual(['P1', 'P2', 'P3', 'P4', 'P5', 'P6', null]);
    expect(amountOf(slices.reduce((sum, { totalCents }) => sum + totalCents, 0))).toBe(whole.total);
    expect(slices[2]?.cents).toMatchObject({ power: 1860, excess: 800 });
    expect(slices.at(-1)?.cents.vat).toBe(centsOf(whole.lines.at(-1)?.amount ?? ''));
  });
});
