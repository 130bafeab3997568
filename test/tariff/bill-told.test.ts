import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { bill } from '../../src/tariff/bill.ts';
import type { BillLine } from '../../src/tariff/bill-lines.ts';
import type { Usage } from '../../src/tariff/charges/context.ts';
import type { Contract } from '../../src/tariff/contract.ts';
import { contract, HOUR_MS, MADRID, quarters, usage } from './contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const billOf = (of: Contract, used: Usage, span: { from: string; to: string } = JANUARY, estimate = false) =>
  bill({ contract: of, usage: used, ...span, offsetAt: MADRID, estimate });
const amounts = (lines: readonly BillLine[], kind: BillLine['kind']) =>
  lines.filter((line) => line.kind === kind).map(({ name, amount }) => `${name} ${amount}`);
const january = (kwAt: (end: number) => number) => quarters(JANUARY.from, JANUARY.to, kwAt);
const at = (text: string) => Date.parse(text);

describe('taxes', () => {
  it('of a fee are those of its own date, also where it has the name of another', () => {
    const bono = { name: 'bono social', per: 'bill', until: null, amount: 10 } as const;
    const fees = [
      { ...bono, from: '2025-01-01', until: '2026-01-12', amount: 19.56, electricityTax: false, vat: true },
      { ...bono, from: '2026-01-12', per: 'day', amount: 1, electricityTax: true, vat: false },
    ] as const;
    const only = contract({ fees, none: ['power', 'energy', 'excess', 'reactive', 'rental'] });
    const { lines } = billOf(only, usage([]));
    expect(amounts(lines, 'fee')).toEqual(['bono social 19.56', 'bono social 20.00']);
    // 20.00 x 5.11269632 %, and (19.56 + 1.02) x 21 %
    expect(amounts(lines, 'electricityTax')).toEqual(['electricity tax 1.02']);
    expect(amounts(lines, 'vat')).toEqual(['VAT 4.32']);
  });

  it('of the rent and of a fee may have a rate of their own', () => {
    const of = contract({
      ...{
        none: ['power', 'energy', 'excess', 'reactive', 'electricityTax'],
        vat: [{ from: '2025-01-01', percent: 3 }],
      },
      rental: [{ from: '2025-01-01', perDay: 1, vat: 7 }],
      fees: [
        { name: 'a', from: '2025-01-01', until: null, per: 'bill', amount: 100, electricityTax: false, vat: true },
        { name: 'b', from: '2025-01-01', until: null, per: 'bill', amount: 50, electricityTax: false, vat: 7 },
      ],
    });
    const { lines, total } = billOf(of, usage([]));
    // 100 x 3 %, and (31 + 50) x 7 %
    expect(amounts(lines, 'vat')).toEqual(['VAT 3.00', 'VAT 7 % 5.67']);
    expect(total).toBe('189.67');
  });
});

describe('a contract with periods that change', () => {
  it('is billed by those that are in force, and misses no others', () => {
    const table = (from: string, until: string | null, period: string) => ({ from, until, rules: [{ period }] });
    const periods = [table('2025-01-01', '2026-01-16', 'flat'), table('2026-01-16', null, 'whole')];
    const own = contract({
      ...{ energyPeriods: periods, powerPeriods: periods, territory: null, none: ['excess', 'reactive'] },
      contractedKw: [{ from: '2025-01-01', kw: { flat: 10, whole: 20 } }],
      powerPrices: [{ from: '2025-01-01', perKwYear: { flat: 36.5, whole: 36.5 } }],
      energyPrices: [{ from: '2025-01-01', perKwh: { flat: 0.1, whole: 0.2 } }],
    });
    const { lines, missing } = billOf(own, usage(january(() => 8)));
    // 10 kW x 36.5 x 15 / 365, and 20 kW x 36.5 x 16 / 365
    expect(amounts(lines, 'power')).toEqual(['power flat 15.00', 'power whole 32.00']);
    expect(missing).toEqual([]);
  });
});

describe('what was not measured', () => {
  const none = january(() => 0).map((each) => ({ ...each, counter: null, kw: null }));

  it('is said of reactive energy that no record has, though the meter could tell it', () => {
    const { missing } = billOf(
      contract(),
      usage(
        january(() => 8),
        { reactive: none },
      ),
    );
    expect(missing).toEqual(['the reactive energy of this analyzer is not recorded']);
  });

  it('is said of reactive energy that is known of some hours only', () => {
    const some = january((end) => (end <= at('2026-01-02T11:00:00Z') ? 8 : 0)).map((each) =>
      each.end <= at('2026-01-02T11:00:00Z') ? each : { ...each, counter: null, kw: null },
    );
    const { lines } = billOf(
      contract(),
      usage(
        january(() => 8),
        { reactive: some },
      ),
    );
    const [line, ...others] = lines.filter(({ kind }) => kind === 'reactive');
    expect(others).toEqual([]);
    expect(line).toMatchObject({ name: 'reactive energy', quantity: 0, amount: '0.00' });
    expect(line?.coverage).toBeLessThan(0.1);
    expect(line?.note).toContain('it may be more');
  });

  const gap = (end: number) => end > at('2026-01-10T23:00:00Z') && end <= at('2026-01-20T23:00:00Z');
  const measured = january(() => 8).filter(({ end }) => !gap(end));
  const free = january(() => 8).filter(({ end }) => gap(end));

  it('is guessed when that is asked for, and marked', () => {
    const without = billOf(contract(), usage(measured));
    expect([without.kwh, without.kwhEstimated]).toEqual([5952 - 1920, 0]);
    const { kwh, kwhEstimated, coverage, lines } = billOf(contract(), usage(measured), JANUARY, true);
    expect(kwh).toBeCloseTo(5952, 6);
    expect(kwhEstimated).toBeCloseTo(free.length * 2, 6);
    expect(coverage).toBeCloseTo(21 / 31, 9);
    expect(lines.find(({ kind }) => kind === 'energy')?.note).toContain(
      '504.000 kWh (35.0 %) are ESTIMATED, where data are missing',
    );
  });

  it('by the hour has the mean power of the hours that are known', () => {
    const start = at('2025-12-31T23:00:00Z');
    const hourlyPrices = Array.from({ length: 744 }, (_, hour) => {
      const from = start + hour * HOUR_MS;
      return { from, to: from + HOUR_MS, perKwh: 0.1 };
    });
    const { lines } = billOf(contract({ hourlyPrices }), usage(measured), JANUARY, true);
    expect(amounts(lines, 'energy')).toEqual(['energy by the hour 595.20']);
  });

  it('or is of maintenance is not billed, and no time without data', () => {
    const unbilled = [{ from: epochMs(at('2026-01-10T23:00:00Z')), to: epochMs(at('2026-01-20T23:00:00Z')) }];
    const { kwh, coverage, lines } = billOf(
      contract(),
      usage(
        january(() => 8),
        { unbilled },
      ),
    );
    expect([kwh, coverage]).toEqual([5952 - 1920, 1]);
    expect(lines.find(({ kind }) => kind === 'energy')?.note).toContain('kWh of maintenance are not billed');
    const peak = at('2026-01-15T10:15:00Z');
    const over = usage(
      january((end) => (end === peak ? 40 : 8)),
      { unbilled },
    );
    expect(amounts(billOf(contract(), over).lines, 'excess')).toEqual([]);
  });
});
