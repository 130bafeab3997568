import { describe, expect, it } from 'vitest';
import { bill } from '../../src/tariff/bill.ts';
import { joinedBill } from '../../src/tariff/joined-bill.ts';
import { billIfKnown, yearBefore } from '../../src/tariff/year-before.ts';
import { contract, MADRID, quarters, usage } from './contracts.ts';

const at = (text: string) => Date.parse(text);
/** 4 kW in January; nothing is known of the second. */
const used = usage(
  quarters('2026-01-01', '2026-02-01', () => 4).filter(
    ({ end }) => end <= at('2026-01-01T23:00:00Z') || end > at('2026-01-02T23:00:00Z'),
  ),
);
const optionsOf = (from: string, to: string, name = 'one') => ({
  ...{ contract: contract({ name }), usage: used, from, to, offsetAt: MADRID },
});

describe('bills one after the other as one', () => {
  it('have the lines of all, their sum, and the share of all their time that has data', () => {
    const first = bill(optionsOf('2026-01-01', '2026-01-03'));
    const second = bill(optionsOf('2026-01-03', '2026-01-09', 'two'));
    const joined = joinedBill([first, second]);
    expect(joined).toMatchObject({ contract: 'one, then two', from: '2026-01-01', to: '2026-01-09', days: 8 });
    expect(joined?.lines).toEqual([...first.lines, ...second.lines]);
    expect(Number(joined?.total)).toBeCloseTo(Number(first.total) + Number(second.total), 9);
    expect(joined?.kwh).toBeCloseTo(7 * 96, 6);
    expect([first.coverage, second.coverage, joined?.coverage]).toEqual([0.5, 1, 7 / 8]); // of 2, 6 and 8 days
  });

  it('one alone is as it is, and those of several currencies, or none, are none', () => {
    const one = bill(optionsOf('2026-01-03', '2026-01-04'));
    expect(joinedBill([one])).toBe(one);
    expect(joinedBill([one, { ...one, currency: 'CHF' }])).toBeNull();
    expect(joinedBill([])).toBeNull();
  });
});

describe('a year before', () => {
  it.each([
    ['2026-01-01', '2026-02-01', '2025-01-01', '2025-02-01'],
    ['2024-02-29', '2024-03-01', '2023-02-28', '2023-03-01'],
    ['2024-02-01', '2024-02-29', '2023-02-01', '2023-02-28'],
  ])('of %s to %s is %s to %s', (from, to, first, last) => {
    expect(yearBefore({ from, to })).toEqual({ from: first, to: last });
  });

  it('there is a bill where there are data, and periods', () => {
    expect(billIfKnown(optionsOf('2026-01-03', '2026-01-04'))?.kwh).toBeCloseTo(96, 6);
    expect(billIfKnown(optionsOf('2026-01-02', '2026-01-03'))).toBeNull();
    expect(billIfKnown({ ...optionsOf('2026-01-03', '2026-01-04'), usage: usage([]) })).toBeNull();
    const unknown = { ...optionsOf('2026-01-03', '2026-01-04'), contract: contract({ energyPeriods: [] }) };
    expect(billIfKnown(unknown)).toBeNull();
    expect(() => bill(unknown)).toThrow();
  });
});
