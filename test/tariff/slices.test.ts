import { describe, expect, it } from 'vitest';
import { type Bill, bill } from '../../src/tariff/bill.ts';
import { amountOf, billsBy, centsOf, kindsOfLength, slicesByPeriod } from '../../src/tariff/slices.ts';
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

  it('by day pays all surplus, whose limit is that of the whole, and says which kinds are not sums', () => {
    // by day nothing is used, by night nothing is fed in: the limit of the days would be nothing
    const isNight = (end: number) =>
      new Date(end - 1).getUTCHours() < 12 === (new Date(end - 1).getUTCDate() % 2 === 0);
    const span = { from: '2026-01-01', to: '2026-01-05' };
    const [used, fed] = [isNight, (end: number) => !isNight(end)].map((is) =>
      quarters(span.from, span.to, (end) => (is(end) ? 8 : 0)),
    );
    const solar = contract({ surplus: [{ from: '2025-01-01', perKwh: 0.05 }], fees: [] });
    const own = { contract: solar, usage: usage(used ?? [], { exported: fed ?? [] }), ...span, offsetAt: MADRID };
    const [whole, days] = [bill(own), billsBy(own, 'day')];
    const surplusOf = (bills: readonly Bill[]) =>
      bills
        .flatMap(({ lines }) => lines)
        .filter(({ kind }) => kind === 'surplus')
        .reduce((sum, { amount }) => sum + centsOf(amount ?? ''), 0);
    expect(surplusOf(days)).toBe(surplusOf([whole]));
    expect(kindsOfLength(whole, days)).toEqual([]);
    const dear = { ...own, contract: { ...solar, surplus: [{ from: '2025-01-01', perKwh: 5 }] } };
    expect(kindsOfLength(bill(dear), billsBy(dear, 'day'))).toContain('surplus');
  });

  it('of months from the fifteenth on has one billing period from each fifteenth', () => {
    const peaks = ['2026-01-20T10:15:00Z', '2026-02-10T10:15:00Z', '2026-03-20T10:15:00Z'].map(Date.parse);
    const loud = usage(quarters('2026-01-15', '2026-04-15', (end) => (peaks.includes(end) ? 34 : 8)));
    const { lines } = bill({ ...options, usage: loud, from: '2026-01-15', to: '2026-04-15' });
    expect(lines.filter(({ kind }) => kind === 'excess').map(({ from, to }) => [from, to])).toEqual([
      ['2026-01-15', '2026-02-15'],
      ['2026-03-15', '2026-04-15'],
    ]);
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
