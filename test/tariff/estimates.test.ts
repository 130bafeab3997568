import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { bill } from '../../src/tariff/bill.ts';
import type { Usage } from '../../src/tariff/charges/context.ts';
import type { Contract } from '../../src/tariff/contract.ts';
import type { EnergyRecord } from '../../src/tariff/energy-series.ts';
import { spanOfEstimates } from '../../src/tariff/estimates.ts';
import { billsBy } from '../../src/tariff/slices.ts';
import { contract, HOUR_MS, MADRID, quarters, six, usage } from './contracts.ts';

const JANUARY = { from: '2026-01-01', to: '2026-02-01' } as const;
const AROUND = spanOfEstimates(JANUARY);
const billOf = (used: Usage, of: Contract = contract(), span: { from: string; to: string } = JANUARY) =>
  bill({ contract: of, usage: used, ...span, offsetAt: MADRID, estimate: true });

/** Which hour of the week of the wall clock a quarter hour is in: every hour takes another power. */
const hourOfWeek = (end: number) => Math.floor((end - 1 + MADRID(epochMs(end - 1))) / HOUR_MS) % 168;
const weekly = (end: number) => 1 + hourOfWeek(end) / 10;
const around = (kwAt = weekly) => quarters(AROUND.from, AROUND.to, kwAt);
const without = (records: readonly EnergyRecord[], from: string, to: string) =>
  records.filter(({ end, start }) => end <= Date.parse(from) || start >= Date.parse(to));
const kwhOf = (records: readonly EnergyRecord[]) => records.reduce((sum, { counter }) => sum + (counter?.kwh ?? 0), 0);
const WHOLE = kwhOf(quarters(JANUARY.from, JANUARY.to, weekly));
const [START, END] = ['2025-12-31T23:00:00Z', '2026-01-31T23:00:00Z'];

describe('energy of time without data is guessed', () => {
  it('from four weeks before the span to four weeks after it', () => {
    expect(AROUND).toEqual({ from: '2025-12-04', to: '2026-03-01' });
  });

  it.each([
    ['within', '2026-01-10T23:00:00Z', '2026-01-15T22:40:00Z'],
    ['at the start', START, '2026-01-09T03:20:00Z'],
    ['at the end', '2026-01-20T10:07:00Z', END],
    ['of one hour', '2026-01-20T10:00:00Z', '2026-01-20T11:00:00Z'],
  ])('%s by the same hour of the week in the weeks around', (_, from, to) => {
    const made = billOf(usage(without(around(), from, to)));
    const known = kwhOf(without(quarters(JANUARY.from, JANUARY.to, weekly), from, to));
    expect(made.kwh).toBeCloseTo(WHOLE, 6);
    expect(made.kwhEstimated).toBeCloseTo(WHOLE - known, 6);
    expect(made.coverage + made.guessed).toBeCloseTo(1, 9);
  });

  it('of a whole month without any data, each hour in its period', () => {
    const { kwh, kwhEstimated, coverage, guessed, lines, notes } = billOf(usage(without(around(), START, END)));
    const whole = billOf(usage(around()));
    expect([kwh, kwhEstimated]).toEqual([expect.closeTo(WHOLE, 6), expect.closeTo(WHOLE, 6)]);
    expect([coverage, guessed, notes]).toEqual([0, 1, []]);
    const energies = (all: typeof lines) => all.filter(({ kind }) => kind === 'energy').map(({ amount }) => amount);
    expect(energies(lines)).toEqual(energies(whole.lines));
    expect(lines.find(({ name }) => name === 'energy P3')?.note).toMatch(/^\d+\.\d{3} kWh \(100\.0 %\) are ESTIMATED/);
  });

  it('as the mean of all that is known where no such hour is', () => {
    // one day of 6 kW and a half of 3 kW: a mean of 5 kW
    const known = quarters('2026-01-05', '2026-01-07', (end) => (end > Date.parse('2026-01-05T23:00:00Z') ? 3 : 6));
    const half = known.filter(({ end }) => end <= Date.parse('2026-01-06T11:00:00Z'));
    const { kwh, kwhEstimated } = billOf(usage(half), contract(), { from: '2026-01-05', to: '2026-01-08' });
    expect(kwhEstimated).toBeCloseTo(36 * 5, 6);
    expect(kwh).toBeCloseTo(24 * 6 + 12 * 3 + 36 * 5, 6);
  });

  it('by hours that are billed: what a test of a generator took is not usual', () => {
    const [from, to] = ['2026-01-06T10:00:00Z', '2026-01-06T12:30:00Z'].map((time) => epochMs(Date.parse(time)));
    const test = { from: from!, to: to! };
    const wild = around((end) => (end > test.from && end <= test.to ? 500 : weekly(end)));
    const gap = without(wild, '2026-01-12T23:00:00Z', '2026-01-13T23:00:00Z');
    const guessed = kwhOf(wild) - kwhOf(gap);
    expect(billOf(usage(gap)).kwhEstimated).toBeGreaterThan(guessed + 100);
    expect(billOf(usage(gap, { unbilled: [test] })).kwhEstimated).toBeCloseTo(guessed, 6);
  });

  it('not where a later counter tells what was used meanwhile', () => {
    const day = quarters('2026-01-05', '2026-01-06', () => 4);
    const [first, , , , second, third] = day;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no day');
    // half an hour after the gap the counter is read again
    const counter = { from: first.end, to: third.end, kwh: 5 };
    const known = [first, { ...second, counter: null }, { ...third, counter }];
    const { guessed } = billOf(usage(known), contract(), { from: '2026-01-05', to: '2026-01-06' });
    expect(guessed * 24).toBeCloseTo(22.5, 9);
  });

  it('never from nothing, and the bill says so', () => {
    const far = quarters('2025-11-01', '2025-12-04', () => 8);
    const { kwh, guessed, notes, coverage } = billOf(usage(far));
    expect([kwh, guessed, coverage]).toEqual([0, 0, 0]);
    expect(notes).toEqual([expect.stringContaining('nothing is estimated')]);
  });

  it.each([
    ['23', '2026-03-29', 23],
    ['25', '2026-10-25', 25],
  ])('of a day of %s hours as long as it is', (_, from, hours) => {
    const to = from.replace(/\d\d$/, (day) => String(Number(day) + 1));
    const records = quarters(spanOfEstimates({ from, to }).from, spanOfEstimates({ from, to }).to, () => 8);
    const begin = Date.parse(`${from}T00:00:00Z`) - MADRID(epochMs(Date.parse(`${from}T00:00:00Z`) - HOUR_MS));
    const gap = records.filter(({ end, start }) => end <= begin || start >= begin + hours * HOUR_MS);
    expect(billOf(usage(gap), contract(), { from, to }).kwhEstimated).toBeCloseTo(8 * hours, 6);
  });

  it('of exported and reactive energy too, each marked on its line', () => {
    const records = without(around(), '2026-01-10T23:00:00Z', '2026-01-20T23:00:00Z');
    const used = usage(records, {
      exported: records.map((each) => ({ ...each, counter: { ...each.counter!, kwh: 0.25 } })),
      reactive: records.map((each) => ({ ...each, counter: { ...each.counter!, kwh: each.counter!.kwh * 0.8 } })),
    });
    const of = contract({
      surplus: [{ from: '2025-01-01', perKwh: 0.05 }],
      fees: [
        { name: 'fund', from: '2025-01-01', until: null, per: 'kWh', amount: 0.001, electricityTax: false, vat: true },
      ],
    });
    const { lines } = billOf(used, of);
    const surplus = lines.find(({ kind }) => kind === 'surplus');
    expect([surplus?.quantity, surplus?.estimated]).toEqual([expect.closeTo(744, 6), expect.closeTo(240, 6)]);
    expect([surplus?.amount, surplus?.note]).toEqual(['-37.20', expect.stringContaining('240.000 kWh (32.3 %) are')]);
    const reactive = lines.filter(({ kind }) => kind === 'reactive');
    expect(reactive.map(({ name }) => name)).toEqual(['reactive energy P3', 'reactive energy P4']);
    for (const { note, estimated } of reactive) {
      expect(note).toMatch(/cos phi 0\.781, .*kvarh \(\d+\.\d %\) are ESTIMATED.*kWh \(\d+\.\d %\) are ESTIMATED/);
      expect(estimated).toBeGreaterThan(0);
    }
    expect(lines.find(({ name }) => name === 'fund')?.note).toContain('are ESTIMATED');
  });

  it('at the price of each hour where prices are by the hour', () => {
    const hourlyPrices = quarters(JANUARY.from, JANUARY.to, () => 0)
      .filter((_, index) => index % 4 === 0)
      .map(({ start }, index) => ({ from: start, to: start + HOUR_MS, perKwh: 0.1 + index / 10_000 }));
    const of = contract({ hourlyPrices });
    const guessed = billOf(usage(without(around(), START, END)), of);
    const energy = (lines: typeof guessed.lines) => lines.find(({ kind }) => kind === 'energy')?.amount;
    expect(energy(guessed.lines)).toBe(energy(billOf(usage(around()), of).lines));
  });

  it('the same by day, week and month as in all', () => {
    const used = usage(without(around(), '2026-01-10T23:00:00Z', '2026-01-20T23:00:00Z'));
    const options = { contract: contract(), usage: used, ...JANUARY, offsetAt: MADRID, estimate: true };
    for (const unit of ['day', 'week', 'month'] as const) {
      const sum = billsBy(options, unit).reduce((all, { kwh }) => all + kwh, 0);
      expect(sum).toBeCloseTo(bill(options).kwh, 6);
    }
  });

  it('but its greatest power never is, and its line says so', () => {
    const excesses = (kwAt: (end: number) => number, from: string) =>
      billOf(usage(without(around(kwAt), from, END))).lines.filter(({ kind }) => kind === 'excess');
    const quiet = excesses(weekly, '2026-01-20T23:00:00Z');
    expect(quiet).toMatchObject([
      { amount: '0.00', quantity: 0, note: expect.stringMatching(/64\.5 % .*never guessed/) },
    ]);
    const loud = excesses((end) => (hourOfWeek(end) === 8 ? 40 : 5), '2026-01-20T23:00:00Z');
    expect(loud.length).toBeGreaterThan(0);
    for (const { note } of loud) expect(note).toContain('which is never guessed');
    expect(billOf(usage(around())).lines.filter(({ kind }) => kind === 'excess')).toEqual([]);
  });
});

describe('the electricity tax', () => {
  const taxOf = (
    percent: number,
    minimumPerKwh: number | undefined,
    used = usage(quarters('2026-01-01', '2026-02-01', () => 8)),
  ) => {
    const of = contract({
      electricityTax: [{ from: '2025-01-01', percent, minimumPerKwh }],
      powerPrices: [{ from: '2025-01-01', perKwYear: six(0) }],
    });
    return bill({ contract: of, usage: used, ...JANUARY, offsetAt: MADRID }).lines.find(
      ({ kind }) => kind === 'electricityTax',
    );
  };

  it.each([
    // 726.40 of energy: 0.5 % are 3.63, less than 5952 kWh x 0.001
    [0.5, 0.001, '5.95', 5952, 'kWh', 0.001],
    // 5.11269632 % are 37.14, more than that
    [5.11269632, 0.001, '37.14', 5.11269632, '%', null],
    [0.5, undefined, '3.63', 0.5, '%', null],
    // 5952 x 0.00061 = 3.63: as much, so it is told by its rate
    [0.5, 0.00061, '3.63', 0.5, '%', null],
  ])('of %s %% and at least %s a kWh is %s', (percent, minimum, amount, quantity, unit, price) => {
    expect(taxOf(percent, minimum)).toMatchObject({ amount, quantity, unit, price });
  });

  it('that is the least of it says what it would be by its rate', () => {
    expect(taxOf(0.5, 0.001)?.note).toBe('the least of it, for 0.5 % of 726.40 EUR are 3.63');
  });
});
