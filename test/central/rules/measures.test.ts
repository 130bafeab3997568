import { describe, expect, it } from 'vitest';
import { leastHour, meanPower, median } from '../../../src/central/rules/measures.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { type EnergyRecord, seriesOf } from '../../../src/tariff/energy-series.ts';

const MINUTE_MS = 60_000;
const T = Date.parse('2026-01-10T01:00:00Z');
const quarter = { start: epochMs(T), end: epochMs(T + 15 * MINUTE_MS) };
const night = { start: epochMs(T), end: epochMs(T + 240 * MINUTE_MS) };

/** A record from and to minutes after one o'clock. */
const power = (from: number, to: number, kw: number | null): EnergyRecord => ({
  ...{ start: epochMs(T + from * MINUTE_MS), end: epochMs(T + to * MINUTE_MS), counter: null, kw },
});
const counted = (from: number, to: number, kwh: number, lagMs = 0): EnergyRecord => ({
  ...power(from, to, null),
  counter: { from: epochMs(T + from * MINUTE_MS - lagMs), to: epochMs(T + to * MINUTE_MS - lagMs), kwh },
});

describe('the mean power of a quarter hour', () => {
  it.each([
    ['of one record', [power(-15, 0, 9), power(0, 15, 50), power(15, 30, 9)], { kw: 50, share: 1 }],
    ['of three', [power(0, 5, 30), power(5, 10, 60), power(10, 15, 60)], { kw: 50, share: 1 }],
    ['by time', [power(0, 5, 90), power(5, 15, 30)], { kw: 50, share: 1 }],
    ['where one is missing', [power(0, 5, 30), power(10, 15, 60)], { kw: 45, share: 2 / 3 }],
    ['of what lies within it', [power(-2, 3, 90), power(3, 8, 30), power(8, 13, 30)], { kw: 30, share: 2 / 3 }],
  ] as const)('%s', (_, records, expected) => {
    const measured = meanPower(seriesOf(records), quarter);
    expect(measured).toEqual({ kw: expect.closeTo(expected.kw, 9), share: expect.closeTo(expected.share, 9) });
  });

  it.each([
    ['of nothing', [power(-15, 0, 9), power(15, 30, 9)], /no records/],
    ['of an hour', [power(-30, 30, 9)], /longer than 15 minutes/],
    ['without power', [counted(0, 15, 12)], /no active power/],
  ] as const)('is not known %s', (_, records, words) => {
    expect(meanPower(seriesOf(records), quarter)).toEqual({ unknown: expect.stringMatching(words), share: 0 });
  });
});

describe('the least hour of a night', () => {
  const hour = (n: number, kw: number) => [0, 1, 2, 3].map((q) => power(n * 60 + q * 15, n * 60 + q * 15 + 15, kw));

  it('by power, each hour by itself', () => {
    const all = seriesOf([...hour(0, 4), ...hour(1, 3), ...hour(2, 2.5), ...hour(3, 6)]);
    expect(leastHour(all, night)).toEqual({ kw: expect.closeTo(2.5, 9), share: 1 });
  });

  it('by a counter that is read some seconds before each hour', () => {
    const all = seriesOf([4, 3, 2, 6, 6].map((kwh, n) => counted(n * 60, n * 60 + 60, kwh, 2_000)));
    expect(leastHour(all, night)).toEqual({ kw: expect.closeTo(2, 1), share: 1 });
  });

  it('of hours that are known', () => {
    const all = seriesOf([...hour(0, 4), ...hour(1, 1).slice(0, 3), ...hour(2, 2.5)]);
    expect(leastHour(all, night)).toEqual({ kw: expect.closeTo(2.5, 9), share: 0.5 });
  });

  it('is not known of records of a day, or of none', () => {
    expect(leastHour(seriesOf([power(-600, 840, 3)]), night)).toMatchObject({
      unknown: expect.stringMatching('longer than an hour'),
    });
    expect(leastHour(seriesOf([]), night)).toMatchObject({ unknown: expect.stringMatching('no records'), share: 0 });
  });
});

it.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[], Number.NaN],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});
