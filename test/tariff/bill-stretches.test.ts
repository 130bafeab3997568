import { describe, expect, it } from 'vitest';
import { bill } from '../../src/tariff/bill.ts';
import type { BillLine } from '../../src/tariff/bill-lines.ts';
import type { Usage } from '../../src/tariff/charges/context.ts';
import type { Contract } from '../../src/tariff/contract.ts';
import { exact, rounded } from '../../src/tariff/money.ts';
import { contract, MADRID, quarters, six, usage } from './contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const billOf = (of: Contract, used: Usage, span: { from: string; to: string } = JANUARY, estimate = false) =>
  bill({ contract: of, usage: used, ...span, offsetAt: MADRID, estimate });
const amounts = (lines: readonly BillLine[], kind: BillLine['kind']) =>
  lines.filter((line) => line.kind === kind).map(({ name, amount }) => `${name} ${amount}`);
const january = (kwAt: (end: number) => number) => quarters(JANUARY.from, JANUARY.to, kwAt);
const at = (text: string) => Date.parse(text);

describe('a bill within which something changes', () => {
  const peaks = [at('2026-01-08T10:15:00Z'), at('2026-01-20T10:15:00Z')];
  const used = usage(january((end) => (peaks.includes(end) ? 34 : 8)));
  const dearer = { energyPrices: [...contract().energyPrices, { from: '2026-01-11', perKwh: six(0.3) }] };

  it('charges its greatest power once, whatever the price of energy does', () => {
    expect(amounts(billOf(contract(dearer), used).lines, 'excess')).toEqual(['excess of power P3 8.00']); // 4 kW x 2
  });

  it('charges its greatest power by the days of each price of it', () => {
    const rule = (from: string, price: number) => ({ from, rule: 'maximeter', perKw: six(price) }) as const;
    const { lines } = billOf(contract({ excess: [rule('2025-01-01', 2), rule('2026-01-11', 4)] }), used);
    // 4 kW x 2 x 10 / 31, and 4 kW x 4 x 21 / 31
    expect(amounts(lines, 'excess')).toEqual(['excess of power P3 2.58', 'excess of power P3 10.84']);
  });

  it('charges the same excess, by days, when a tax changes, or a price is written once more', () => {
    const rates = [...contract().vat, { from: '2026-01-16', percent: 10 }];
    const same = [...contract().excess, { ...contract().excess[0], from: '2026-01-16' } as const];
    const { lines } = billOf(contract({ vat: rates }), used);
    // 4 kW x 2 x 15 / 31, and x 16 / 31: 8.00 in all
    expect(amounts(lines, 'excess')).toEqual(['excess of power P3 3.87', 'excess of power P3 4.13']);
    const again = billOf(contract({ excess: same as Contract['excess'] }), used).lines;
    expect(amounts(again, 'excess')).toEqual(['excess of power P3 3.87', 'excess of power P3 4.13']);
    const rule = { from: '2025-01-01', rule: 'quarterHours', perKw: 1, kp: six(1) } as const;
    const { lines: roots } = billOf(contract({ excess: [rule], vat: rates }), used);
    // sqrt(4 ^ 2 + 4 ^ 2) = 5.6569: x 15 / 31, and x 16 / 31
    expect(amounts(roots, 'excess')).toEqual(['excess of power P3 2.74', 'excess of power P3 2.92']);
  });

  it('measures its greatest power anew where another power is contracted', () => {
    const kw = [...contract().contractedKw, { from: '2026-01-11', kw: six(32) }];
    const { lines } = billOf(contract({ contractedKw: kw }), used);
    // (34 - 30) x 2 x 10 / 31, and (34 - 32) x 2 x 21 / 31
    expect(amounts(lines, 'excess')).toEqual(['excess of power P3 2.58', 'excess of power P3 2.71']);
  });

  it('charges an excess whose price is of 30 days for as many days as it has', () => {
    const { lines } = billOf(contract({ excess: [{ ...contract().excess[0]!, perDays: 30 }] }), used);
    expect(amounts(lines, 'excess')).toEqual(['excess of power P3 8.27']); // 4 kW x 2 x 31 / 30
    expect(lines.find(({ kind }) => kind === 'excess')?.note).toContain('31 of 30 days');
  });

  it('measures reactive energy over all of it, and parts its charge by days', () => {
    const rates = [...contract().vat, { from: '2026-01-11', percent: 10 }];
    const imported = january(() => 8);
    // half of the active energy until the tenth, none after it: less than a third of all
    const half = january((end) => (end <= at('2026-01-10T23:00:00Z') ? 4 : 0)).map((each) => ({ ...each, kw: null }));
    expect(amounts(billOf(contract({ vat: rates }), usage(imported, { reactive: half })).lines, 'reactive')).toEqual(
      [],
    );
    const reactive = imported.map((each) => ({ ...each, counter: null, kw: 6 }));
    const whole = billOf(contract(), usage(imported, { reactive })).lines;
    const parted = billOf(contract({ vat: rates }), usage(imported, { reactive })).lines;
    // 1080 - 0.33 x 1440 = 604.8 kvarh x 0.041554 = 25.1319, x 10 / 31 and x 21 / 31
    expect(amounts(whole, 'reactive')).toContain('reactive energy P3 25.13');
    expect(amounts(parted, 'reactive').filter((each) => each.includes('P3'))).toEqual([
      'reactive energy P3 8.11',
      'reactive energy P3 17.02',
    ]);
  });

  it('rounds its taxes once, as long as their rates are the same', () => {
    const { lines } = billOf(contract(dearer), used);
    expect(lines.filter(({ kind }) => kind === 'electricityTax' || kind === 'vat')).toHaveLength(2);
    const rates = [...contract().vat, { from: '2026-01-16', percent: 10 }];
    const { lines: two } = billOf(contract({ vat: rates }), used);
    expect(two.filter(({ kind }) => kind === 'vat').map(({ from, quantity }) => [from, quantity])).toEqual([
      ['2026-01-01', 21],
      ['2026-01-16', 10],
    ]);
  });

  it('has a line of its own that begins within it once, and only one of its prices', () => {
    const paper = { name: 'paper', per: 'bill', electricityTax: false, vat: true } as const;
    const fees = [
      { ...paper, from: '2026-01-05', until: '2026-01-16', amount: 1 },
      { ...paper, from: '2026-01-16', until: null, amount: 2 },
    ];
    expect(amounts(billOf(contract({ fees }), used).lines, 'fee')).toEqual(['paper 1.00']);
  });

  it('has power cut at the turn of a year only where its days differ', () => {
    const power = (from: string, to: string) => {
      const none = usage(quarters(from, to, () => 1));
      const { lines } = billOf(contract({ powerYear: 'actual' }), none, { from, to });
      return lines.filter(({ kind, period }) => kind === 'power' && period === 'P1').length;
    };
    expect([power('2025-12-15', '2026-01-15'), power('2027-12-15', '2028-01-15')]).toEqual([1, 2]);
  });
});

describe('a bill of more than two months', () => {
  const span = { from: '2026-01-01', to: '2026-04-01' } as const;
  const peaks = [at('2026-01-20T10:15:00Z'), at('2026-02-10T10:15:00Z')];

  it('charges the greatest power of each month, and energy in one line', () => {
    const used = usage(quarters(span.from, span.to, (end) => (peaks.includes(end) ? 34 : 8)));
    const { lines } = billOf(contract(), used, span);
    const excess = lines.filter(({ kind }) => kind === 'excess');
    expect(excess.map(({ from, to, amount }) => [from, to, amount])).toEqual([
      ['2026-01-01', '2026-02-01', '8.00'],
      ['2026-02-01', '2026-03-01', '8.00'],
    ]);
    expect(lines.filter(({ kind, period }) => kind === 'energy' && period === 'P6')).toHaveLength(1);
  });

  it('limits what surplus is paid in each month, and has a fee once in each', () => {
    // in January nothing is used and much fed in
    const imported = quarters(span.from, span.to, (end) => (end <= at('2026-01-31T23:00:00Z') ? 0 : 8));
    const exported = quarters(span.from, '2026-02-01', () => 10);
    const fee = { from: '2025-01-01', until: null, electricityTax: false, vat: true } as const;
    const of = contract({
      surplus: [{ from: '2025-01-01', perKwh: 0.05 }],
      fees: [{ ...fee, name: 'paper', per: 'bill', amount: 1 }],
    });
    const { lines } = billOf(of, usage(imported, { exported }), span);
    expect(amounts(lines, 'surplus')).toEqual(['surplus fed in 0.00']);
    expect(amounts(lines, 'fee')).toHaveLength(3);
  });
});

describe('the last digit of a bill', () => {
  it('of an exact half is away from zero, also where days of a year are divided', () => {
    const kw = [{ from: '2024-01-01', kw: six(61) }];
    const prices = [{ from: '2024-01-01', perKwYear: six(0.165) }];
    const of = contract({ powerYear: 'actual', contractedKw: kw, powerPrices: prices });
    // 61 kW x 0.165 x 2 / 366 days = 0.055
    const { lines } = billOf(of, usage([]), { from: '2024-03-01', to: '2024-03-03' });
    expect(amounts(lines, 'power')[0]).toBe('power P1 0.06');
  });

  it('of what surplus is paid in parts is within the limit', () => {
    const only = contract({
      energyPrices: [{ from: '2025-01-01', perKwh: six(0.01) }],
      surplus: [
        { from: '2025-01-01', perKwh: 0.02 },
        { from: '2026-01-11', perKwh: 0.03 },
      ],
    });
    // the energy costs 0.02 x 744 x 0.01, by period: 0.04 + 0.03 + 0.08
    const { lines } = billOf(
      only,
      usage(
        january(() => 0.02),
        { exported: january(() => 0.0211) },
      ),
    );
    const sum = (kind: string) =>
      lines.filter((line) => line.kind === kind).reduce((all, { amount }) => all + Number(amount), 0);
    expect(amounts(lines, 'surplus')).toHaveLength(2);
    expect(sum('surplus') + sum('energy')).toBeCloseTo(0, 9);
  });

  it('of a cos phi that is 0.8 is not below it', () => {
    const imported = january(() => 0.8);
    const reactive = january(() => 0.6000000000001);
    const { lines } = billOf(contract(), usage(imported, { reactive }));
    const prices = lines.filter(({ kind }) => kind === 'reactive').map(({ price }) => price);
    expect(prices).toEqual([0.041554, 0.041554]);
  });

  it('of three phases that make the contracted power is no excess', () => {
    const used = usage(january(() => 10 + 10.1 + 9.9 + 3e-15 + 1e-14));
    expect(amounts(billOf(contract(), used).lines, 'excess')).toEqual([]);
  });

  it('is never a negative nothing', () => {
    expect([rounded(exact(-0.004)), rounded(exact(-0.005)), rounded(exact(0.005))]).toEqual(['0.00', '-0.01', '0.01']);
  });
});

describe('a bill says', () => {
  it('that surplus has no limit that could be told where a price of energy is missing', () => {
    const of = contract({ energyPrices: [], surplus: [{ from: '2025-01-01', perKwh: 0.05 }] });
    const { lines } = billOf(
      of,
      usage(
        january(() => 8),
        { exported: january(() => 2) },
      ),
    );
    expect(lines.find(({ kind }) => kind === 'surplus')?.missing).toBe(
      'prices of energy, which limit it, are not in the contract',
    );
  });

  it('that excess cannot be told without one quarter hour, and of which share of the time it is', () => {
    const none = usage(
      january(() => 8),
      { demand: [] },
    );
    expect(billOf(contract(), none).missing[0]).toContain('there is no quarter hour with data');
    const half = usage(quarters('2026-01-01', '2026-01-16', () => 34));
    const excess = billOf(contract(), half).lines.filter(({ kind }) => kind === 'excess');
    expect(excess.map(({ coverage }) => coverage)).toEqual([15 / 31, 15 / 31, 15 / 31]);
  });

  it('how much carbon dioxide it was, where the contract has a factor', () => {
    const used = usage(january(() => 8));
    expect(billOf(contract(), used).co2Kg).toBeNull();
    const co2 = [
      { from: '2025-01-01', gramsPerKwh: 100 },
      { from: '2026-01-11', gramsPerKwh: 200 },
    ];
    // 10 days x 192 kWh x 0.1, and 21 x 192 x 0.2
    expect(billOf(contract({ co2 }), used).co2Kg).toBeCloseTo(192 + 806.4, 6);
  });
});
