import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { bill } from '../../src/tariff/bill.ts';
import type { BillLine } from '../../src/tariff/bill-lines.ts';
import type { Usage } from '../../src/tariff/charges/context.ts';
import { CHARGE_KINDS, type Contract } from '../../src/tariff/contract.ts';
import { openedSteps } from '../../src/tariff/opened.ts';
import { createPriceAt } from '../../src/tariff/price-at.ts';
import { billsBy } from '../../src/tariff/slices.ts';
import { allSteps } from '../../src/tariff/steps.ts';
import { contract, HOUR_MS, MADRID, quarters, six, usage } from './contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const billOf = (of: Contract, used: Usage) => bill({ contract: of, usage: used, ...JANUARY, offsetAt: MADRID });
const amounts = (lines: readonly BillLine[], kind: BillLine['kind']) =>
  lines.filter((line) => line.kind === kind).map(({ name, amount }) => `${name} ${amount}`);

/** 8 kW day and night. */
const STEADY = usage(quarters('2026-01-01', '2026-02-01', () => 8));

describe('a bill of what is not all there', () => {
  it('prices by period what was used before prices by the hour, and what is agreed for after them', () => {
    const start = Date.parse('2026-01-10T23:00:00Z');
    const hourly = Array.from({ length: 240 }, (_, hour) => {
      const from = start + hour * HOUR_MS;
      return { from, to: from + HOUR_MS, perKwh: 0.5 };
    });
    const flat = (from: string, perKwh: number) => ({ from, perKwh: six(perKwh) });
    const of = contract({
      ...{ hourlyPrices: hourly, energyPrices: [flat('2025-01-01', 0.1), flat('2026-01-21', 0.2)] },
      none: CHARGE_KINDS.filter((kind) => kind !== 'energy'),
    });
    const { lines, total, missing, kwh } = billOf(of, STEADY);
    // 10 days of 192 kWh x 0.1, 10 x 0.5, 11 x 0.2
    expect([total, missing, kwh]).toEqual(['1574.40', [], 5952]);
    expect(new Set(lines.map(({ name }) => name))).toContain('energy by the hour');
    const priceAt = createPriceAt(of, MADRID);
    const at = ['2026-01-05T12:00:00Z', '2026-01-12T12:00:00Z', '2026-01-25T12:00:00Z'].map((each) =>
      priceAt(epochMs(Date.parse(each))),
    );
    expect(at).toEqual([0.1, 0.5, 0.2]);
    const options = { contract: of, usage: STEADY, ...JANUARY, offsetAt: MADRID };
    const parts = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'energy by the hour'].flatMap(
      (word) => allSteps(openedSteps(options, word, null)).lines,
    );
    const openedOf = (name: string) => parts.filter(({ line }) => line.name === name && line.period !== null);
    const costs = lines.flatMap(({ name, period, amount }) => (period === null ? [] : [[name, amount] as const]));
    for (const [name] of costs) {
      const sum = openedOf(name).reduce(
        (all, each) => all + each.parts.reduce((s, { cost }) => s + Number(cost), 0),
        0,
      );
      const own = costs.filter(([other]) => other === name).reduce((all, [, amount]) => all + Number(amount), 0);
      expect(sum).toBeCloseTo(own, 1);
    }
    const hours = parts.findLast(({ line, period }) => line.period === null && period === null);
    expect(hours?.parts.reduce((all, { quantity }) => all + (quantity ?? 0), 0)).toBeCloseTo(1920, 6);
  });

  it('of less than nothing costs nothing, is paid nothing, and says that it is no supply', () => {
    const less = usage(quarters('2026-01-01', '2026-02-01', (end) => (new Date(end).getUTCHours() < 4 ? -8 : 1)));
    const fees = [
      {
        name: 'by kWh',
        from: '2020-01-01',
        until: null,
        per: 'kWh',
        amount: 0.1,
        electricityTax: false,
        vat: true,
      } as const,
    ];
    const of = contract({ fees });
    const { lines, notes, kwh, total } = billOf(of, less);
    expect(kwh).toBeLessThan(0);
    expect(notes).toEqual([expect.stringContaining('energy is below zero')]);
    const below = lines.filter(({ kind, quantity }) => (kind === 'energy' || kind === 'fee') && (quantity ?? 0) < 0);
    expect(below.map(({ name, amount }) => `${name} ${amount}`)).toEqual(['energy P6 0.00', 'by kWh 0.00']);
    expect(below[0]?.note).toContain('below zero, for which nothing is paid');
    expect(Number(total)).toBeGreaterThan(0);
    const hourlyPrices = [{ from: 0, to: 4e12, perKwh: 0.1 }];
    expect(amounts(billOf(contract({ hourlyPrices }), less).lines, 'energy')).toEqual(['energy by the hour 0.00']);
    expect(billOf(contract(), STEADY).notes).toEqual([]);
  });

  it('of days, of which some are below zero, is the sum of them', () => {
    const used = usage(quarters('2026-01-01', '2026-02-01', (end) => (new Date(end).getUTCDate() === 15 ? -3 : 4)));
    const of = contract({ none: CHARGE_KINDS.filter((kind) => kind !== 'energy') });
    const options = { contract: of, usage: used, ...JANUARY, offsetAt: MADRID };
    const days = billsBy(options, 'day').reduce((sum, { total }) => sum + Number(total), 0);
    expect(days).toBeCloseTo(Number(bill(options).total), 1);
  });

  it('of a period of any name has the prices that the contract says, and no others', () => {
    const tables = [{ from: '2020-01-01', until: null, rules: [{ period: 'constructor' }] }];
    const of = contract({ energyPeriods: tables, powerPeriods: tables } as Partial<Contract>);
    expect(billOf(of, STEADY).missing).toEqual([
      'the contracted power of constructor on 2026-01-01 is not in the contract',
      'the price of energy in constructor on 2026-01-01 is not in the contract',
    ]);
    const options = { contract: { ...of, none: ['power'] } as Contract, usage: STEADY, ...JANUARY, offsetAt: MADRID };
    const [excess] = allSteps(openedSteps(options, 'excess of power constructor', null)).lines;
    expect([excess?.line.missing, excess?.parts]).toEqual([expect.stringContaining('contracted power of'), []]);
  });

  it('without the contracted power of a period says so, also where power is not charged', () => {
    const P1toP4 = { from: '2025-01-01', kw: { P1: 30, P2: 30, P3: 30, P4: 30 } };
    const words = 'the contracted power of P6 on 2026-01-01 is not in the contract';
    for (const none of [[], ['power']] as const) {
      const { missing } = billOf(contract({ contractedKw: [P1toP4], none }), STEADY);
      expect(missing.filter((each) => each === words)).toHaveLength(1);
    }
  });

  it('says that what is fed in is not recorded where the contract has a price for it', () => {
    const surplus = [{ from: '2025-01-01', perKwh: 0.05 }];
    const lack = [expect.stringContaining('the energy that is fed in is not recorded')];
    expect(billOf(contract({ surplus }), STEADY).missing).toEqual(lack);
    expect(billOf(contract({ surplus, none: ['surplus'] }), STEADY).missing).toEqual([]);
    expect(billOf(contract({ surplus: [{ ...surplus[0]!, from: '2027-01-01' }] }), STEADY).missing).toEqual([]);
    expect(billOf(contract(), STEADY).missing).toEqual([]);
  });
});

describe('a bill of time without any record', () => {
  const one = { from: '2020-01-01', until: null, electricityTax: false, vat: true } as const;
  const fees = [
    { ...one, name: 'by kWh', per: 'kWh', amount: 0.1 },
    { ...one, name: 'by day', per: 'day', amount: 1 },
  ] as const;
  const of = contract({ fees });
  const before = usage(quarters('2025-11-01', '2025-12-01', () => 8));

  it('says that energy is not known, never that there was none', () => {
    const { lines, missing, co2Kg } = billOf(of, before);
    const energies = lines.filter(({ kind, unit }) => kind === 'energy' || (kind === 'fee' && unit === 'kWh'));
    expect(energies.length).toBeGreaterThan(1);
    for (const line of energies) expect(line).toMatchObject({ amount: null, quantity: null, coverage: 0 });
    expect(lines.find(({ name }) => name === 'by day')?.amount).toBe('31.00');
    expect(missing).toContain('there are no records of that time: the energy of it is not known');
    expect(missing.join()).not.toContain('not recorded');
    expect(co2Kg).toBeNull();
  });

  it('says it of each day without data, and keeps what others have', () => {
    const some = usage(quarters('2026-01-01', '2026-01-02', () => 8));
    const days = billsBy({ contract: of, usage: some, ...JANUARY, to: '2026-01-03', offsetAt: MADRID }, 'day');
    const known = days.map(({ lines }) => lines.filter(({ kind }) => kind === 'energy').map(({ amount }) => amount));
    expect(known.map((all) => all.every((amount) => amount !== null))).toEqual([true, false]);
    expect(days.map(({ missing }) => missing.length)).toEqual([0, 1]);
  });
});
