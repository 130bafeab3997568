import { describe, expect, it } from 'vitest';
import { billText, gapWords } from '../../src/cli/cost-text.ts';
import { epochMs } from '../../src/domain/units.ts';
import { bill } from '../../src/tariff/bill.ts';
import { contract, MADRID, quarters, usage } from '../tariff/contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const now = epochMs(Date.parse('2026-01-10T23:00:00Z'));
const until = (to: string) => usage(quarters('2026-01-01', to, () => 8));
const billOf = (to: string, change = {}) =>
  bill({ contract: contract(), usage: until(to), ...JANUARY, offsetAt: MADRID, now, ...change });
const lineOf = (text: string, begin: string) => text.slice(text.indexOf(begin)).split('\n- ')[0]?.replaceAll('\n ', '');

describe('the bill of a month that runs', () => {
  it('tells of data until now, and that the rest is to come', () => {
    const text = lineOf(billText('x', billOf('2026-01-11')), '1920.0 kWh');
    expect(text).toBe('1920.0 kWh, from data of 100 % of the time until now; 504.0 hours are still to come');
  });

  it('says what lacks until now, apart', () => {
    const words = gapWords(billOf('2026-01-06'));
    expect(words).toContain('used in the rest of it, 120.0 of its hours, is not in this bill');
    expect(words).toContain('; 504.0 hours are still to come');
  });

  it.each([
    ['2026-01-11', 'of ten days of 31', false],
    ['2026-01-21', 'of twenty days of 31', true],
  ])('is compared with a year before by the hour where data of most of both are there: until %s, %s', (to, _, is) => {
    const text = billText('x', billOf(to), billOf('2026-01-31', { now: undefined }));
    expect(/now, in an hour/.test(text.replaceAll('\n ', ''))).toBe(is);
  });
});
