import { describe, expect, it } from 'vitest';
import { doubtsOf } from '../../src/tariff/contract-doubts.ts';
import { contract, six } from './contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const power = (kw: number) => ({ contractedKw: [{ from: '2025-01-01', kw: six(kw) }] });
const vat = (percent: number) => ({ vat: [{ from: '2025-01-01', percent }] });
const spanish = (tariff: string, change: object) =>
  doubtsOf(contract({ tariff, territory: 'peninsula', ...change }), JANUARY);

describe('what is likely a slip in a contract', () => {
  it.each([
    ['2.0TD', { ...power(17), ...vat(21) }, 'at most 15 kW'],
    ['3.0TD', { ...power(15), ...vat(21) }, 'more than 15 kW'],
    ['3.0TD', { ...power(30), ...vat(0.21) }, 'VAT is 0.21 %'],
  ])('of a %s with %o is asked', (tariff, change, words) => {
    expect(spanish(tariff, change)).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    ['2.0TD', { ...power(15), ...vat(21) }],
    ['3.0TD', { ...power(15.001), ...vat(0) }],
  ])('of a %s with %o is not', (tariff, change) => {
    expect(spanish(tariff, change)).toEqual([]);
  });
});
