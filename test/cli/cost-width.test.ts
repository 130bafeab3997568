import { describe, expect, it } from 'vitest';
import { billsText } from '../../src/cli/cost-slices-text.ts';
import { bill } from '../../src/tariff/bill.ts';
import { billsBy } from '../../src/tariff/slices.ts';
import { contract, MADRID, quarters, usage } from '../tariff/contracts.ts';

describe('a table of many kinds', () => {
  it('is no wider than a terminal, and says what it leaves out', () => {
    const fee = {
      from: '2020-01-01',
      until: null,
      electricityTax: false,
      vat: true,
      per: 'day',
      amount: 1000,
    } as const;
    const options = {
      contract: contract({
        fees: [{ ...fee, name: 'x' }],
        discounts: [{ name: 'y', from: '2020-01-01', until: null, percent: 5, of: 'energy' }],
        rental: [{ from: '2020-01-01', perDay: 1 }],
      }),
      usage: usage(quarters('2026-01-01', '2026-03-01', () => 8000)),
      ...{ from: '2026-01-01', to: '2026-03-01', offsetAt: MADRID },
    };
    const months = billsBy(options, 'month');
    const text = billsText('x', months, { whole: bill(options), unit: 'month', isCsv: false });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toContain('In the totals too: rent');
    for (const { total } of months) expect(text).toContain(total);
  });
});
