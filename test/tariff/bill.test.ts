import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bill } from '../../src/tariff/bill.ts';
import type { BillLine } from '../../src/tariff/bill-lines.ts';
import type { Usage } from '../../src/tariff/charges/context.ts';
import type { Contract } from '../../src/tariff/contract.ts';
import { contract, HOUR_MS, MADRID, quarters, six, usage } from './contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const billOf = (of: Contract, used: Usage, span: { from: string; to: string } = JANUARY) =>
  bill({ contract: of, usage: used, ...span, offsetAt: MADRID });
const amounts = (lines: readonly BillLine[], kind: BillLine['kind']) =>
  lines.filter((line) => line.kind === kind).map(({ name, amount }) => `${name} ${amount}`);
const cents = (lines: readonly BillLine[]) =>
  lines.reduce((sum, { amount }) => sum + Math.round(Number(amount ?? 0) * 100), 0);

/** 8 kW day and night. */
const STEADY = usage(quarters('2026-01-01', '2026-02-01', () => 8));

describe('a bill', () => {
  it('of a month of 8 kW in January is what one works out by hand', () => {
    const { lines, total, kwh, coverage, missing, days } = billOf(contract(), STEADY);
    // 31 days of which 20 are working days (1 and 6 January are holidays, 5 Saturdays, 4 Sundays): medium season in the
    // Balearics, so P3 in peak hours (10-15, 18-22: 9 h), P4 in the other hours from 8 to 24 (7 h), P6 at night and on
    // days off: P3 20 x 9 = 180 h, P4 20 x 7 = 140 h, P6 744 - 320 = 424 h; 8 kW in each
    expect(amounts(lines, 'energy')).toEqual([
      'energy P3 230.40', // 1440 kWh x 0.16
      'energy P4 156.80', // 1120 kWh x 0.14
      'energy P6 339.20', // 3392 kWh x 0.10
    ]);
    // 30 kW x price x 31 / 365
    expect(amounts(lines, 'power')).toEqual([
      'power P1 93.00', // 30 x 36.5 x 31 / 365
      'power P2 46.50',
      'power P3 18.60',
      'power P4 18.60',
      'power P5 9.30',
      'power P6 9.30',
    ]);
    expect(amounts(lines, 'excess')).toEqual([]);
    expect(amounts(lines, 'reactive')).toEqual([]);
    // (726.40 + 195.30) x 5.11269632 % = 921.70 x 0.0511269632 = 47.1237
    expect(amounts(lines, 'electricityTax')).toEqual(['electricity tax 47.12']);
    expect(amounts(lines, 'rental')).toEqual(['rent of the meter 1.55']); // 31 x 0.05
    // (921.70 + 47.12 + 1.55) x 21 % = 970.37 x 0.21 = 203.7777
    expect(amounts(lines, 'vat')).toEqual(['VAT 203.78']);
    expect(total).toBe('1174.15'); // 970.37 + 203.78
    expect([kwh, coverage, missing, days]).toEqual([5952, 1, [], 31]);
  });

  it('with excess by the maximeter charges the greatest quarter hour of each period', () => {
    const peak = Date.parse('2026-01-15T10:15:00Z'); // a working day, 11:15: P3
    const used = usage(quarters('2026-01-01', '2026-02-01', (end) => (end === peak ? 37.5 : 8)));
    const { lines } = billOf(contract(), used);
    expect(amounts(lines, 'excess')).toEqual(['excess of power P3 15.00']); // (37.5 - 30) x 2
    expect(lines.find(({ kind }) => kind === 'excess')?.note).toContain(
      '1 quarter hour beyond 30 kW, the greatest 37.50 kW until 2026-01-15 11:15',
    );
  });

  it('with excess by quarter hours charges the root of the sum of squares', () => {
    const peaks = [Date.parse('2026-01-15T10:15:00Z'), Date.parse('2026-01-15T10:30:00Z')];
    const used = usage(
      quarters('2026-01-01', '2026-02-01', (end) => (end === peaks[0] ? 33 : end === peaks[1] ? 34 : 8)),
    );
    const rule = { from: '2025-01-01', rule: 'quarterHours', perKw: 1.4, kp: six(1, 0.5, 0.4) } as const;
    // 0.4 x 1.4 x root(3^2 + 4^2) = 0.56 x 5
    expect(amounts(billOf(contract({ excess: [rule] }), used).lines, 'excess')).toEqual(['excess of power P3 2.80']);
  });

  it('charges reactive energy beyond a third, by the cos phi of the period, and never in P6', () => {
    const imported = quarters('2026-01-01', '2026-02-01', () => 8);
    const reactive = imported.map((each) => ({ ...each, counter: null, kw: 6 }));
    const { lines } = billOf(contract(), usage(imported, { reactive }));
    // P3: 1080 kvarh - 0.33 x 1440 = 604.8; cos phi 8/10 = 0.8, in the band from 0.8: x 0.041554 = 25.1319
    // P4: 840 - 0.33 x 1120 = 470.4 x 0.041554 = 19.5470
    expect(amounts(lines, 'reactive')).toEqual(['reactive energy P3 25.13', 'reactive energy P4 19.55']);
  });

  it('pays for surplus no more than the energy costs', () => {
    const sun = quarters('2026-01-01', '2026-02-01', () => 2);
    const paid = contract({ surplus: [{ from: '2025-01-01', perKwh: 0.05 }] });
    const { lines } = billOf(
      paid,
      usage(
        quarters('2026-01-01', '2026-02-01', () => 8),
        { exported: sun },
      ),
    );
    expect(amounts(lines, 'surplus')).toEqual(['surplus fed in -74.40']); // 1488 kWh x 0.05
    const much = contract({ surplus: [{ from: '2025-01-01', perKwh: 5 }] });
    const capped = billOf(
      much,
      usage(
        quarters('2026-01-01', '2026-02-01', () => 8),
        { exported: sun },
      ),
    );
    expect(amounts(capped.lines, 'surplus')).toEqual(['surplus fed in -726.40']);
  });

  it('has lines of the user: by day, by kWh, once, and what is taken off', () => {
    const fee = { from: '2025-01-01', until: null, electricityTax: false, vat: true } as const;
    const own = contract({
      fees: [
        { ...fee, name: 'bono social', per: 'day', amount: 0.01 },
        { ...fee, name: 'guarantee of origin', per: 'kWh', amount: 0.001 },
        { ...fee, name: 'paper', per: 'bill', amount: 1, vat: false },
      ],
      discounts: [{ name: 'five off', from: '2025-01-01', until: null, percent: 5, of: 'energy' }],
    });
    const { lines } = billOf(own, STEADY);
    expect(amounts(lines, 'fee')).toEqual(['bono social 0.31', 'guarantee of origin 5.95', 'paper 1.00']);
    expect(amounts(lines, 'discount')).toEqual(['five off -36.32']); // 726.40 x 5 %
    // VAT of everything but the paper: (921.70 - 36.32 + 0.31 + 5.95 + tax 45.27 + 1.55) x 21 % = 938.46 x 0.21
    expect(amounts(lines, 'electricityTax')).toEqual(['electricity tax 45.27']); // 885.38 x 5.11269632 %
    expect(amounts(lines, 'vat')).toEqual(['VAT 197.08']);
  });

  it('is cut where a price changes, and the days of each part add up', () => {
    const changed = contract({
      powerPrices: [
        { from: '2025-01-01', perKwYear: six(36.5) },
        { from: '2026-01-11', perKwYear: six(73) },
      ],
    });
    const { lines } = billOf(changed, STEADY);
    const p1 = lines.filter(({ kind, period }) => kind === 'power' && period === 'P1');
    // 30 x 36.5 x 10 / 365, and 30 x 73 x 21 / 365
    expect(p1.map(({ from, amount }) => [from, amount])).toEqual([
      ['2026-01-01', '30.00'],
      ['2026-01-11', '126.00'],
    ]);
    expect(lines.filter(({ kind, period }) => kind === 'energy' && period === 'P3')).toHaveLength(1);
    expect(lines.filter(({ kind }) => kind === 'vat')).toHaveLength(1);
  });

  it('counts the days of a leap year where the contract says so', () => {
    const leap = { from: '2028-02-01', to: '2028-03-01' };
    const of = contract({ powerYear: 'actual', powerPrices: [{ from: '2025-01-01', perKwYear: six(36.6) }] });
    const { lines } = billOf(of, usage(quarters(leap.from, leap.to, () => 1)), leap);
    expect(amounts(lines, 'power')[0]).toBe('power P1 87.00'); // 30 x 36.6 x 29 / 366
  });

  it('prices each hour by itself where prices are by the hour, and says what it lacks', () => {
    const start = Date.parse('2025-12-31T23:00:00Z');
    const hourly = Array.from({ length: 744 }, (_, hour) => {
      const from = start + hour * HOUR_MS;
      return { from, to: from + HOUR_MS, perKwh: hour % 2 === 0 ? 0.1 : 0.3 };
    });
    expect(amounts(billOf(contract({ hourlyPrices: hourly }), STEADY).lines, 'energy')).toEqual([
      'energy by the hour 1190.40', // 5952 kWh x 0.2 on average
    ]);
    const short = billOf(contract({ hourlyPrices: hourly.toSpliced(300, 1) }), STEADY);
    expect(short.missing).toEqual(['the prices of the hours of 8.000 kWh are not in the file of hourly prices']);
    // what is in the contract by period was agreed for before: it is not the price of the end of the month
    const early = billOf(contract({ hourlyPrices: hourly.slice(0, -24) }), STEADY);
    expect(early.missing).toEqual(['the prices of the hours of 192.000 kWh are not in the file of hourly prices']);
  });

  it('says what is missing of data and prices, and never charges it as nothing', () => {
    const half = usage(
      quarters('2026-01-01', '2026-01-16', () => 8),
      { demand: { unknown: 'recorded each 2 hours' } },
    );
    const poor = contract({ vat: [], energyPrices: [{ from: '2025-01-01', perKwh: { P3: 0.2, P4: 0.2 } }] });
    const { missing, coverage, lines, total } = billOf(poor, half);
    expect(coverage).toBeCloseTo(15 / 31, 6);
    expect(missing).toEqual([
      'the price of energy in P6 on 2026-01-01 is not in the contract',
      'recorded each 2 hours',
      'the rate of VAT on 2026-01-01 is not in the contract',
    ]);
    expect(Math.round(Number(total) * 100)).toBe(cents(lines));
  });

  it('what is agreed for later changes no bill of before', () => {
    const later = contract({
      energyPrices: [...contract().energyPrices, { from: '2026-02-01', perKwh: six(9) }],
      vat: [...contract().vat, { from: '2026-02-01', percent: 99 }],
      contractedKw: [...contract().contractedKw, { from: '2027-01-01', kw: six(1) }],
    });
    expect(billOf(later, STEADY)).toEqual(billOf(contract(), STEADY));
  });

  it('is the sum of its lines, to the cent, whatever was used and whenever prices change', () => {
    const day = fc.integer({ min: 2, max: 30 }).map((n) => `2026-01-${String(n).padStart(2, '0')}`);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 4, maxLength: 8 }),
        day,
        (watts, change) => {
          const used = usage(
            quarters('2026-01-01', '2026-02-01', (end) => (watts[(end / 900_000) % watts.length] ?? 0) / 1000),
          );
          const of = contract({ energyPrices: [...contract().energyPrices, { from: change, perKwh: six(0.123456) }] });
          const { lines, total, kwh } = billOf(of, used);
          expect(Math.round(Number(total) * 100)).toBe(cents(lines));
          const priced = lines
            .filter(({ kind }) => kind === 'energy')
            .reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
          expect(priced).toBeCloseTo(kwh, 6);
        },
      ),
      { numRuns: 12 },
    );
  });
});
