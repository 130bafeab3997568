import { describe, expect, it } from 'vitest';
import { parseVirtual } from '../../src/domain/virtual.ts';
import { bill } from '../../src/tariff/bill.ts';
import { energyRecordsIn, seriesOf } from '../../src/tariff/energy-series.ts';
import { combinedUsage } from '../../src/tariff/virtual.ts';
import { contract, MADRID, quarters, usage } from './contracts.ts';

describe('a sum of analyzers', () => {
  it.each([
    ['1 - 5', '+1 -5'],
    ['1+2-3', '+1 +2 -3'],
    ['-5 + 1', '-5 +1'],
    [' + 1 - 2 ', '+1 -2'],
  ])('%j is %s', (of, terms) => {
    expect(
      parseVirtual(of)
        ?.map(({ sign, id }) => `${sign < 0 ? '-' : '+'}${id}`)
        .join(' '),
    ).toBe(terms);
  });

  it.each(['1', '', '1 -', '1 * 2', '1 - 1', '-1 - 2', '1 2', 'main - 2'])('%j is none', (of) => {
    expect(parseVirtual(of)).toBeNull();
  });
});

const SPAN = { from: '2026-01-01', to: '2026-02-01' } as const;
const of = (sign: 1 | -1, name: string, kw: number, filter = (_end: number) => true) => ({
  ...{ sign, name },
  usage: usage(quarters(SPAN.from, SPAN.to, () => kw).filter(({ end }) => filter(end))),
});

describe('what a sum of analyzers used', () => {
  it('is their energy and their power, added up and taken off', () => {
    const both = combinedUsage([of(1, 'main', 8), of(-1, 'workshop', 3)]);
    const { kwh, coverage, notes } = bill({ contract: contract(), usage: both, ...SPAN, offsetAt: MADRID });
    expect(kwh).toBeCloseTo(5 * 744, 6);
    expect([coverage, notes]).toEqual([1, ['of main - workshop']]);
    expect('unknown' in both.demand || both.demand.every(({ kw }) => kw === 5)).toBe(true);
  });

  it('is not known while one of them has no data', () => {
    const noon = Date.parse('2026-01-15T11:00:00Z');
    const both = combinedUsage([of(1, 'main', 8), of(-1, 'workshop', 3, (end) => end <= noon)]);
    const whole = bill({ contract: contract(), usage: both, ...SPAN, offsetAt: MADRID });
    expect(whole.coverage).toBeCloseTo(14.5 / 31, 6);
    expect(whole.kwh).toBeCloseTo(14.5 * 24 * 5, 6);
  });

  /** No records between two instants, while the counter goes on. */
  const silent = (kw: number, begin: number, finish: number) => {
    const kept = of(1, 'one', kw, (end) => end <= begin || end > finish);
    const jumped = energyRecordsIn(kept.usage.imported).map((each) => {
      if (each.counter === null || each.end !== finish + 900_000) return each;
      const counter = { from: begin, to: each.end, kwh: ((each.end - begin) / 3_600_000) * kw };
      return { ...each, counter: counter as NonNullable<typeof each.counter> };
    });
    return { ...kept, usage: usage(jumped) };
  };
  const [nine, noon] = ['2026-01-15T08:00:00Z', '2026-01-15T11:00:00Z'].map(Date.parse) as [number, number];

  it.each([
    ['one of them', of(1, 'two', 3)],
    ['both', { ...silent(3, nine, noon), name: 'two' }],
  ])('has what counters went on while %s made no records', (_, two) => {
    const one = silent(8, nine, noon);
    const bills = [combinedUsage([one, two]), combinedUsage([two, one])].map((each) =>
      bill({ contract: contract(), usage: each, ...SPAN, offsetAt: MADRID }),
    );
    for (const { kwh, coverage, notes } of bills) {
      expect(coverage).toBeCloseTo(1, 9);
      expect(kwh).toBeCloseTo(11 * 744, 6);
      expect(notes).toContain('what the counter of one went on while it made no records is divided by time');
    }
  });

  it('of windows of different lengths is known in the shorter ones', () => {
    const hours = energyRecordsIn(seriesOf(quarters(SPAN.from, SPAN.to, () => 4))).filter(
      (_, index) => index % 4 === 3,
    );
    const long = hours.map((each) => {
      const start = each.end - 3_600_000;
      return { ...each, start, counter: { from: start, to: each.end, kwh: 4 } } as typeof each;
    });
    const sum = combinedUsage([{ sign: 1, name: 'hours', usage: usage(long) }, of(-1, 'quarters', 3)]);
    expect(sum.imported.length).toBe(744 * 4);
    expect(Math.max(...sum.imported.kwh.map((kwh) => Math.abs(kwh - 0.25)))).toBeLessThan(1e-9);
  });

  it('of counters that are read at different moments is that of the windows', () => {
    const late = quarters(SPAN.from, SPAN.to, () => 4).map((each) => {
      const counter = { from: each.start - 7000, to: each.end - 7000, kwh: 1 };
      return { ...each, counter: counter as NonNullable<typeof each.counter> };
    });
    const both = combinedUsage([of(1, 'main', 8), { sign: 1, name: 'other', usage: usage(late) }]);
    const kwh = energyRecordsIn(both.imported).map(({ counter }) => counter?.kwh ?? Number.NaN);
    expect(Math.max(...kwh.map((each) => Math.abs(each - 3)))).toBeLessThan(1e-9);
  });
});
