import { describe, expect, it } from 'vitest';
import { bill } from '../../src/tariff/bill.ts';
import type { BillLine } from '../../src/tariff/bill-lines.ts';
import type { Contract } from '../../src/tariff/contract.ts';
import { SPANISH_HOLIDAYS, spanishPeriods } from '../../src/tariff/spain.ts';
import { contract, MADRID, quarters, six, usage } from './contracts.ts';

const told = (lines: readonly BillLine[]) => lines.map(({ name, amount }) => `${name} ${amount}`);
const SINCE = { from: '2025-01-01' } as const;

describe('bills that are worked out by hand', () => {
  it('2.0TD in the peninsula: March 2026, which has a day of 23 hours', () => {
    const of: Contract = contract({
      ...{ tariff: '2.0TD', territory: 'peninsula', none: ['excess', 'reactive'] },
      energyPeriods: spanishPeriods('2.0TD', 'peninsula', 'energy'),
      powerPeriods: spanishPeriods('2.0TD', 'peninsula', 'power'),
      contractedKw: [{ ...SINCE, kw: { P1: 3.3, P2: 3.3 } }],
      energyPrices: [{ ...SINCE, perKwh: { P1: 0.2, P2: 0.15, P3: 0.1 } }],
      powerPrices: [{ ...SINCE, perKwYear: { P1: 36.5, P2: 3.65 } }],
    });
    const march = { from: '2026-03-01', to: '2026-04-01' };
    const made = bill({
      contract: of,
      usage: usage(quarters(march.from, march.to, () => 1)),
      ...march,
      offsetAt: MADRID,
    });
    // 22 working days (no national holiday), 5 Sundays, 4 Saturdays; 29 March, a Sunday, has 23 hours. 1 kW, so kWh are
    // hours: P1 22 x 8 (10-14, 18-22), P2 22 x 8 (8-10, 14-18, 22-24), P3 22 x 8 + 9 x 24 - 1
    expect(made.lines.filter(({ kind }) => kind === 'energy').map(({ quantity }) => quantity)).toEqual([176, 176, 391]);
    expect(made.kwh).toBe(743); // 31 x 24 - 1
    expect(told(made.lines)).toEqual([
      'power P1 10.23', // 3.3 x 36.5 x 31 / 365
      'power P2 1.02', // 3.3 x 3.65 x 31 / 365 = 1.023
      'energy P1 35.20', // 176 x 0.2
      'energy P2 26.40', // 176 x 0.15
      'energy P3 39.10', // 391 x 0.1
      'electricity tax 5.72', // 5.11269632 % of 11.25 + 100.70 = 111.95: 5.72366
      'rent of the meter 1.55', // 31 x 0.05
      'VAT 25.04', // 21 % of 111.95 + 5.72 + 1.55 = 119.22: 25.0362
    ]);
    expect(made.total).toBe('144.26'); // 119.22 + 25.04
  });

  it('6.1TD in the peninsula: July 2026, with an excess by quarter hours', () => {
    // 1 July 2026 is a Wednesday; 11:15 of that day is in P1
    const [first, second] = [Date.parse('2026-07-01T09:15:00Z'), Date.parse('2026-07-01T09:30:00Z')];
    const of: Contract = contract({
      ...{ tariff: '6.1TD', territory: 'peninsula' },
      energyPeriods: spanishPeriods('6.1TD', 'peninsula', 'energy'),
      powerPeriods: spanishPeriods('6.1TD', 'peninsula', 'power'),
      contractedKw: [{ ...SINCE, kw: six(120) }],
      energyPrices: [{ ...SINCE, perKwh: six(0.15, 0.12, 0.11, 0.1, 0.09, 0.08) }],
      powerPrices: [{ ...SINCE, perKwYear: six(20, 10, 5, 4, 2, 1) }],
      excess: [{ ...SINCE, rule: 'quarterHours', perKw: 1.4, kp: six(1, 0.5, 0.4, 0.3, 0.2, 0.1) }],
    });
    const july = { from: '2026-07-01', to: '2026-08-01' };
    const used = usage(quarters(july.from, july.to, (end) => (end === first ? 123 : end === second ? 124 : 100)));
    const made = bill({ contract: of, usage: used, ...july, offsetAt: MADRID });
    // high season, 23 working days: P1 23 x 9 (9-14, 18-22), P2 23 x 7 (8-9, 14-18, 22-24), P6 744 - 368; 100 kW, and
    // 23/4 + 24/4 kWh more in P1
    expect(made.lines.filter(({ kind }) => kind === 'energy').map(({ quantity }) => quantity)).toEqual([
      ...[20_711.75, 16_100, 37_600],
    ]);
    expect(told(made.lines)).toEqual([
      // 120 x 20 x 31 / 365 = 203.8356, its half, its fourth
      ...['power P1 203.84', 'power P2 101.92', 'power P3 50.96'],
      ...['power P4 40.77', 'power P5 20.38', 'power P6 10.19'],
      'energy P1 3106.76', // 20711.75 x 0.15 = 3106.7625
      'energy P2 1932.00', // 16100 x 0.12
      'energy P6 3008.00', // 37600 x 0.08
      'excess of power P1 7.00', // 1 x 1.4 x root(3^2 + 4^2)
      'electricity tax 433.65', // 5.11269632 % of 428.06 + 8046.76 + 7.00 = 8481.82: 433.6497
      'rent of the meter 1.55',
      'VAT 1872.57', // 21 % of 8481.82 + 433.65 + 1.55 = 8917.02: 1872.5742
    ]);
    expect(made.total).toBe('10789.59');
  });

  it('2.0TD in Ceuta: November 2026, by a contract that changes in it, with what was fed in', () => {
    const of: Contract = contract({
      ...{ tariff: '2.0TD', territory: 'ceuta', none: ['excess', 'reactive'], holidays: SPANISH_HOLIDAYS },
      energyPeriods: spanishPeriods('2.0TD', 'ceuta', 'energy'),
      powerPeriods: spanishPeriods('2.0TD', 'ceuta', 'power'),
      contractedKw: [
        { ...SINCE, kw: { P1: 3, P2: 3 } },
        { from: '2026-11-16', kw: { P1: 5, P2: 5 } },
      ],
      energyPrices: [{ ...SINCE, perKwh: { P1: 0.2, P2: 0.15, P3: 0.1 } }],
      powerPrices: [{ ...SINCE, perKwYear: { P1: 36.5, P2: 3.65 } }],
      surplus: [{ ...SINCE, perKwh: 0.04 }],
      vat: [{ ...SINCE, percent: 4 }],
    });
    const november = { from: '2026-11-01', to: '2026-12-01' };
    const records = quarters(november.from, november.to, () => 1);
    const exported = records.map((each) => ({ ...each, counter: { ...each.counter!, kwh: 0.025 } }));
    const made = bill({ contract: of, usage: usage(records, { exported }), ...november, offsetAt: MADRID });
    // 21 working days; 1 November is a holiday on a Sunday. P1 21 x 8 (11-15, 19-23), P2 21 x 8 (8-11, 15-19, 23-24),
    // P3 the rest of 720 hours
    expect(told(made.lines)).toEqual([
      ...['power P1 4.50', 'power P2 0.45'], // 3 x 36.5 x 15 / 365
      ...['power P1 7.50', 'power P2 0.75'], // 5 x 36.5 x 15 / 365
      ...['energy P1 33.60', 'energy P2 25.20', 'energy P3 38.40'], // 168 x 0.2, 168 x 0.15, 384 x 0.1
      'surplus fed in -2.88', // 2880 quarter hours x 0.025 x 0.04
      'electricity tax 5.50', // 5.11269632 % of 13.20 + 97.20 - 2.88 = 107.52: 5.4972
      'rent of the meter 1.50', // 30 x 0.05
      'VAT 4.58', // 4 % of 107.52 + 5.50 + 1.50 = 114.52: 4.5808
    ]);
    expect(made.total).toBe('119.10');
  });
});
