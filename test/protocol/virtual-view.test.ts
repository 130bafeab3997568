import { describe, expect, it } from 'vitest';
import { parseVirtual } from '../../src/domain/virtual.ts';
import type { AnalyzerView } from '../../src/protocol/views.ts';
import { virtualNow, virtualSpark } from '../../src/protocol/virtual-view.ts';
import { analyzerView, failedView, isoOf, NOW } from '../tui/fake-plant.ts';

/** 00:00 of the invented node's 25 November. */
const MIDNIGHT = Date.UTC(2026, 10, 24, 23);

const reading = (kw: number | null, at = NOW - 1_000): AnalyzerView['lastReading'] => ({
  ...{ at: isoOf(at), nominal: isoOf(at), grid: 'normal', forced: false, flags: {}, failure: null },
  values: kw === null ? {} : { PAT: [kw] },
});
const today = (energyKwh: number | null, cost: number | null = null): AnalyzerView['today'] => ({
  ...{ energyKwh, energyFrom: energyKwh === null ? null : 'counter', cost, range: {} },
});
const main = analyzerView(1, { name: 'Main', lastReading: reading(34.5), today: today(120.5, 30), tariff: 'school' });
const shop = analyzerView(5, { name: 'Shop', lastReading: reading(4.25), today: today(20.25, 6), tariff: 'school' });

const sum = (of: string, tariff?: string) => ({
  ...{ id: 100, name: 'Building', location: '', of, terms: parseVirtual(of) ?? [] },
  ...(tariff !== undefined && { tariff }),
});
const nowOf = (analyzers: readonly AnalyzerView[], { of = '1 - 5', tariff = 'school', now = NOW } = {}) =>
  virtualNow(sum(of, tariff), new Map(analyzers.map((each) => [each.id, each])), { now });

describe('what a sum of analyzers says now', () => {
  it('adds and takes off power, energy and cost; its age is that of the oldest', () => {
    expect(nowOf([main, { ...shop, ageMs: 1_500 }])).toEqual({
      ...{ kw: 30.25, energyKwh: 100.25, energyFrom: 'counter', cost: 24, costMissing: null, ageMs: 1_500 },
      missing: [],
    });
    expect(nowOf([main, shop], { of: '1 + 5' })).toMatchObject({ kw: 38.75, energyKwh: 140.75, cost: 36 });
  });

  it.each<[string, AnalyzerView | null, string]>([
    ['that is not there', null, 'absent'],
    ['that is failed', failedView(5, { name: 'Shop', tariff: 'school' }), 'failed'],
    ['that failed a moment ago, with its last values', { ...shop, state: 'failed' }, 'failed'],
    ['that is paused', { ...shop, state: 'paused' }, 'paused'],
    ['that was not read yet', { ...shop, lastReading: null, ageMs: null }, 'unread'],
    ['whose reading is old', { ...shop, ageMs: 9_001 }, 'old'],
  ])('is not known without one %s, and says who', (_, term, why) => {
    const now = nowOf(term === null ? [main] : [main, term]);
    expect(now).toMatchObject({ kw: null, energyKwh: null, energyFrom: null, cost: null, costMissing: 'unknown' });
    expect(now.missing).toEqual([{ id: 5, name: term === null ? '' : 'Shop', why }]);
  });

  it('of one that is recording, and of readings as late as they may be, is known', () => {
    expect(
      nowOf([
        { ...main, state: 'recording' },
        { ...shop, ageMs: 9_000 },
      ]).kw,
    ).toBe(30.25);
  });

  it('knows what all of them tell, and only that', () => {
    const noPower = nowOf([main, { ...shop, lastReading: reading(null) }]);
    expect([noPower.kw, noPower.energyKwh, noPower.missing]).toEqual([null, 100.25, []]);
    const noEnergy = nowOf([main, { ...shop, today: today(null) }]);
    expect([noEnergy.kw, noEnergy.energyKwh, noEnergy.cost, noEnergy.costMissing]).toEqual([
      30.25,
      null,
      null,
      'unknown',
    ]);
    const byPower = nowOf([main, { ...shop, today: { ...today(20.25, 6), energyFrom: 'power' } }]);
    expect(byPower.energyFrom).toBe('power');
  });

  it('has no digits that adding up alone has made', () => {
    const [a, b] = [3.3, 3.31].map((kw) => reading(kw));
    expect(
      nowOf([
        { ...main, lastReading: a! },
        { ...shop, lastReading: b! },
      ]).kw,
    ).toBe(-0.01);
    expect(nowOf([main, { ...shop, lastReading: reading(34.5) }]).kw).toBe(0);
  });

  it('takes power from where it is told to', () => {
    const analyzers = new Map([main, shop].map((each) => [each.id, each]));
    expect(virtualNow(sum('1 - 5'), analyzers, { now: NOW, kwOf: ({ id }) => id }).kw).toBe(-4);
    expect(virtualNow(sum('1 - 5'), analyzers, { now: NOW, kwOf: () => null }).kw).toBeNull();
  });

  it.each([
    ['of a sum without a contract is none, and nothing is said', undefined, 'school', null, null],
    ['of one contract is known', 'school', 'school', 24, null],
    ['of an analyzer with another contract is not', 'school', 'other', null, 'otherContract'],
    ['of a sum with another contract is not', 'other', 'school', null, 'otherContract'],
  ] as const)('the cost %s', (_, tariff, ofShop, cost, costMissing) => {
    const analyzers = new Map([main, { ...shop, tariff: ofShop }].map((each) => [each.id, each]));
    expect(virtualNow(sum('1 - 5', tariff), analyzers, { now: NOW })).toMatchObject({ cost, costMissing });
  });

  it.each([
    ['just before midnight', MIDNIGHT - 500, MIDNIGHT - 900, MIDNIGHT - 700, 100.25],
    ['read with the last reading of yesterday', MIDNIGHT + 800, MIDNIGHT, MIDNIGHT + 500, null],
    ['whose second was not read since', MIDNIGHT + 2_800, MIDNIGHT + 2_000, MIDNIGHT - 900, null],
    ['once both were read today', MIDNIGHT + 4_800, MIDNIGHT + 4_000, MIDNIGHT + 2_500, 100.25],
  ])('energy of today, %s', (_, now, mainAt, shopAt, energyKwh) => {
    const analyzers = [
      { ...main, lastReading: reading(34.5, mainAt) },
      { ...shop, lastReading: reading(4.25, shopAt) },
    ];
    expect(nowOf(analyzers, { now })).toMatchObject({ energyKwh, kw: 30.25 });
  });
});

describe('the last hour of a sum', () => {
  const spark = (last: readonly (number | null)[]) => [...Array<null>(60 - last.length).fill(null), ...last];
  const at = (minute: number) => reading(1, Date.UTC(2026, 10, 25, 17, minute, 30));
  const of = (...analyzers: readonly AnalyzerView[]) =>
    virtualSpark(sum('1 - 5'), new Map(analyzers.map((each) => [each.id, each]))).slice(-4);

  it('is minute by minute, and nothing where one was not read', () => {
    const first = { ...main, lastReading: at(5), spark: spark([8, 10, null, 12]) };
    expect(of(first, { ...shop, lastReading: at(5), spark: spark([null, 4, 5, 6]) })).toEqual([null, 6, null, 6]);
  });

  it('stands by the clock where one was read before a full minute', () => {
    const first = { ...main, lastReading: at(6), spark: spark([8, 10, 11, 12]) };
    expect(of(first, { ...shop, lastReading: at(5), spark: spark([1, 2, 3, 4]) })).toEqual([6, 7, 7, null]);
    expect(of({ ...first, lastReading: at(5) }, { ...shop, lastReading: at(6), spark: spark([1, 2, 3, 4]) })).toEqual([
      9,
      9,
      9,
      null,
    ]);
  });

  it('is empty without one of them', () => {
    expect(virtualSpark(sum('1 - 5'), new Map([[1, main]]))).toEqual([]);
  });
});
