import { describe, expect, it } from 'vitest';
import { type Bill, bill } from '../../src/tariff/bill.ts';
import type { BillLine } from '../../src/tariff/bill-lines.ts';
import { openedSteps } from '../../src/tariff/opened.ts';
import type { OpenedPart } from '../../src/tariff/opened-parts.ts';
import { allSteps } from '../../src/tariff/steps.ts';
import { contract, HOUR_MS, MADRID, quarters, six, usage } from './contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const at = (text: string) => Date.parse(text);
// 15 January is a working day, and 11:15 is in P3
const PEAKS = new Map([
  [at('2026-01-15T10:15:00Z'), 34],
  [at('2026-01-15T10:30:00Z'), 33],
  [at('2026-01-16T10:15:00Z'), 33],
]);
const records = quarters(JANUARY.from, JANUARY.to, (end) => PEAKS.get(end) ?? 8 + (end % 7));
const scaled = (factor: number) => records.map((each) => ({ ...each, counter: { ...each.counter!, kwh: factor } }));
const fee = { from: '2025-01-01', until: null, electricityTax: false, vat: true } as const;
const RICH = contract({
  surplus: [{ from: '2025-01-01', perKwh: 0.05 }],
  discounts: [{ name: 'loyalty', from: '2025-01-01', until: null, percent: 7, of: 'energy' }],
  fees: [
    { ...fee, name: 'fund', per: 'kWh', amount: 0.00123 },
    { ...fee, name: 'bono', per: 'day', amount: 0.013 },
    { ...fee, name: 'paper', per: 'bill', amount: 1.5, vat: false },
  ],
});
const options = {
  contract: RICH,
  usage: usage(records, { exported: scaled(0.1), reactive: scaled(1.9) }),
  ...{ ...JANUARY, offsetAt: MADRID },
};
const hourly = quarters(JANUARY.from, JANUARY.to, () => 0)
  .filter((_, index) => index % 4 === 0)
  .map(({ start }, index) => ({ from: start, to: start + HOUR_MS, perKwh: 0.1 + index / 10_000 }));

const costOf = (parts: readonly OpenedPart[]) => parts.reduce((sum, { cost }) => sum + Number(cost), 0);
const quantityOf = (parts: readonly OpenedPart[]) => parts.reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
const isPercent = ({ unit }: BillLine) => unit === '%';

/** Each line of a bill, opened by its own name: to days, and each of its days to records. */
function expectAddedUp(whole: Bill, of: typeof options): void {
  for (const line of whole.lines) {
    const { parts } = openedLines(of, line.name, null).find((each) => each.line.from === line.from) ?? { parts: [] };
    const rate = isPercent(line) ? Number(line.quantity) / 100 : 1;
    const sign = line.kind === 'discount' ? -1 : 1;
    // cents are rounded once a line, energy to the Wh, and costs of parts are told to the fourth digit
    if (line.kind !== 'reactive') expect(costOf(parts) * rate * sign).toBeCloseTo(Number(line.amount), 1);
    if (line.unit === 'kWh') expect(quantityOf(parts)).toBeCloseTo(line.quantity ?? 0, 6);
  }
}

const openedLines = (...asked: Parameters<typeof openedSteps>) => allSteps(openedSteps(...asked)).lines;

describe('a line that is opened', () => {
  it('is its parts, which add up to it, whatever line it is', () => {
    const whole = bill(options);
    const kinds = new Set(whole.lines.map(({ kind }) => kind));
    expect(kinds.size).toBe(10);
    expectAddedUp(whole, options);
  });

  it('adds up where prices change, time is not billed and gaps are guessed', () => {
    const energyPrices = [...RICH.energyPrices, { from: '2026-01-20', perKwh: six(0.3) }];
    const gap = records.filter(({ end }) => end < at('2026-01-08T00:00:00Z') || end > at('2026-01-10T11:00:00Z'));
    const unbilled = [{ from: records[900]!.start, to: records[950]!.start }];
    const used = usage(gap, { unbilled, exported: scaled(0.1), reactive: scaled(1.9) });
    const of = { ...options, contract: { ...RICH, energyPrices }, usage: used, estimate: true };
    const whole = bill(of);
    expect(whole.kwhEstimated).toBeGreaterThan(0);
    expect(whole.lines.filter(({ name }) => name === 'energy P3')).toHaveLength(2);
    expectAddedUp(whole, of);
    const guessed = openedLines(of, 'P6', '2026-01-09').flatMap(({ parts }) => parts);
    expect(guessed.every(({ estimated, coveredHours }) => estimated > 0 && coveredHours === 0)).toBe(true);
  });

  it('of power is its days, by the days of a year that the contract says', () => {
    const costs = ([365, 'actual'] as const).map((powerYear) => {
      const leap = { ...options, contract: { ...RICH, powerYear }, from: '2028-01-01', to: '2028-02-01' };
      return openedLines({ ...leap, usage: usage([]) }, 'power P1', null)[0]?.parts[0]?.cost;
    });
    expect(costs).toEqual(['3.0000', '2.9918']); // 30 kW x 36.5, of 365 and of 366 days
  });

  it('of a period is its days: nine hours of 15 January, each at its price', () => {
    const [opened] = openedLines(options, 'p3', null);
    expect(opened?.line.name).toBe('energy P3');
    expect(opened?.parts).toHaveLength(20); // working days
    expect(opened?.parts[0]).toMatchObject({ date: '2026-01-02', hours: 9, coveredHours: 9, price: 0.16 });
  });

  it('on a day is its records, which add up to the day', () => {
    const day = openedLines(options, 'P3', null)[0]?.parts.find(({ date }) => date === '2026-01-15');
    const parts = openedLines(options, 'P3', '2026-01-15')[0]?.parts ?? [];
    expect(parts).toHaveLength(36);
    expect(quantityOf(parts)).toBeCloseTo(day?.quantity ?? 0, 9);
    expect(parts.find(({ to }) => to === at('2026-01-15T10:15:00Z'))?.quantity).toBe(8.5); // 34 kW x 1/4 h
  });

  it('by the hour has the mean price of a day, and each price of its records', () => {
    const of = { ...options, contract: contract({ hourlyPrices: hourly }) };
    const whole = bill(of);
    const [all] = openedLines(of, 'energy', null);
    expect(costOf(all?.parts ?? [])).toBeCloseTo(Number(whole.lines.find(({ kind }) => kind === 'energy')?.amount), 1);
    const [day] = openedLines(of, 'energy by the hour', '2026-01-02');
    expect(day?.parts).toHaveLength(96);
    expect(day?.parts[4]).toMatchObject({ price: expect.closeTo(0.1025, 9) }); // hour 25 of the month
  });

  it('by the hour in one period has that part of it, and the periods are all of it', () => {
    const of = { ...options, contract: contract({ hourlyPrices: hourly }) };
    const parts = ['P3', 'P4', 'P6'].flatMap((period) => openedLines(of, period, null));
    expect(parts.map(({ period }) => period)).toEqual(['P3', 'P4', 'P6']);
    const sum = quantityOf(parts.flatMap((each) => each.parts));
    expect(sum).toBeCloseTo(bill(of).kwh, 6);
  });

  it('of excess by the maximeter is the days beyond, of which the greatest quarter hour has the cost', () => {
    const [{ parts } = { parts: [] }] = openedLines(options, 'excess', null);
    expect(parts.map(({ date, quantity, cost, note }) => [date, quantity, cost, note])).toEqual([
      ['2026-01-15', 34, '8.0000', '2 quarter hours, the greatest'], // (34 - 30) x 2
      ['2026-01-16', 33, '0.0000', '1 quarter hour'],
    ]);
    const [day] = openedLines(options, 'excess of power P3', '2026-01-15');
    expect(day?.parts.map(({ quantity }) => quantity)).toEqual([34, 33]);
  });

  it('of excess by quarter hours is shared by the squares of what is beyond', () => {
    const excess = [{ from: '2025-01-01', rule: 'quarterHours', perKw: 2, kp: six(1) } as const];
    const of = { ...options, contract: contract({ excess }) };
    // 2 x root(16 + 9 + 9) = 11.66, of which 16/34 and 9/34
    const [day] = openedLines(of, 'excess', '2026-01-15');
    expect(day?.line.amount).toBe('11.66');
    expect(day?.parts.map(({ cost }) => cost)).toEqual(['5.4871', '3.0865']);
  });

  it('of a kind and a period is the line of both, whatever it is called', () => {
    const [named, short] = ['reactive energy P3', 'Reactive p3'].map((word) => openedLines(options, word, null));
    expect(short?.length).toBeGreaterThan(0);
    expect(short).toEqual(named);
  });

  it('of reactive energy has the active energy beside it', () => {
    const [opened] = openedLines(options, 'reactive', '2026-01-15');
    const kwh = quantityOf(openedLines(options, opened?.line.period ?? '', '2026-01-15').flatMap(({ parts }) => parts));
    const beside = opened?.parts.reduce((sum, { note }) => sum + Number(/[\d.]+/.exec(note ?? '')?.[0]), 0);
    expect(beside).toBeCloseTo(kwh, 1);
    const all = openedLines(options, 'reactive', null)[0];
    const free = 0.33 * (bill(options).lines.find(({ name }) => name === 'energy P3')?.quantity ?? 0);
    expect(quantityOf(all?.parts ?? []) - free).toBeCloseTo(all?.line.quantity ?? 0, 6);
  });

  it('of reactive energy is of the whole billing period, also where its price changes within', () => {
    const reactive = [...RICH.reactive, { ...RICH.reactive[0]!, from: '2026-01-11' }];
    const of = { ...options, contract: { ...RICH, reactive } };
    const opened = openedLines(of, 'reactive energy P3', null);
    expect(opened).toHaveLength(2);
    const [whole] = openedLines(options, 'reactive energy P3', null);
    for (const { parts } of opened) expect(quantityOf(parts)).toBeCloseTo(quantityOf(whole?.parts ?? []), 6);
    const parted = opened.reduce((sum, { line }) => sum + (line.quantity ?? 0), 0);
    expect(parted).toBeCloseTo(whole?.line.quantity ?? 0, 6);
  });

  it.each([
    ['vat', ['energy P3', 'rent of the meter', 'electricity tax'], ['paper', 'VAT']],
    ['electricity tax', ['energy P3', 'loyalty'], ['rent of the meter', 'fund', 'VAT']],
    ['discount', ['energy P3', 'energy P6'], ['power P1', 'bono']],
  ])('of %s is the lines that it is of', (word, some, others) => {
    const names = openedLines(options, word, null).flatMap(({ parts }) => parts.map(({ name }) => name));
    expect(names).toEqual(expect.arrayContaining(some));
    for (const name of others) expect(names).not.toContain(name);
  });

  it('of energy below zero costs nothing, and its parts say so', () => {
    const below = usage(quarters(JANUARY.from, JANUARY.to, (end) => (end < at('2026-01-10T00:00:00Z') ? 1 : -2)));
    const hours = contract({ hourlyPrices: hourly });
    for (const of of [
      { ...options, usage: below },
      { ...options, usage: below, contract: hours },
    ]) {
      const [{ line, parts } = { line: null, parts: [] }] = openedLines(of, 'P6', null);
      expect(line?.amount).toBe('0.00');
      expect(new Set(parts.map(({ cost, note }) => `${cost} ${note}`))).toEqual(new Set(['null nothing is paid']));
      expect(quantityOf(parts)).toBeLessThan(-100);
    }
    const fund = openedLines({ ...options, usage: below }, 'fund', null).flatMap(({ parts }) => parts);
    expect(fund[0]).toMatchObject({ cost: null, note: 'nothing is paid' });
    expect(openedLines(options, 'P6', null)[0]?.parts[0]).toMatchObject({ cost: expect.any(String), note: null });
  });

  it('is none that the bill does not have', () => {
    expect(openedLines(options, 'P9', null)).toEqual([]);
    expect(openedLines(options, 'P1', null)).toEqual([]); // no hour of January in the Balearics
  });
});
