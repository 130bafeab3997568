import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOfWall } from '../../src/domain/local-time.ts';
import { epochMs } from '../../src/domain/units.ts';
import { bill } from '../../src/tariff/bill.ts';
import type { Contract } from '../../src/tariff/contract.ts';
import { energyByPeriod } from '../../src/tariff/energy.ts';
import { dateOf, dayOf } from '../../src/tariff/local-day.ts';
import type { PeriodRule } from '../../src/tariff/period-table.ts';
import { createPeriods, type Periods } from '../../src/tariff/periods.ts';
import { type MeteredVariable, type UsageRecord, usageOf } from '../../src/tariff/usage.ts';
import { zoneOffset } from '../../src/zone.ts';
import { contract, HOUR_MS, MADRID, quarters, six, usage } from './contracts.ts';

const SEED = 6;
const DAY_MS = 86_400_000;

/** P3 on days off and at night, P1 from 10 to 14 and 18:15 to 22, else P2. */
const RULES: readonly PeriodRule[] = [
  { period: 'P3', days: ['off'] },
  ...([['10:00', '14:00']] as const).map((hours) => ({ period: 'P1', hours: [hours, ['18:15', '22:00']] as const })),
  { period: 'P2', hours: [['08:00', '24:00']] },
  { period: 'P3' },
];
const periodsIn = (offsetAt: (at: ReturnType<typeof epochMs>) => number): Periods =>
  createPeriods({
    tables: [{ rules: RULES, from: '2000-01-01', until: null }],
    holidays: { fixed: [], dates: [] },
    offsetAt,
  });

/** The same rules once more, by the clock on the wall and the weekday of Intl. */
function periodByWall(zone: string, instant: number): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(instant);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  const minute = Number(part('hour')) * 60 + Number(part('minute'));
  if (['Sat', 'Sun'].includes(part('weekday'))) return 'P3';
  if ((minute >= 600 && minute < 840) || (minute >= 1095 && minute < 1320)) return 'P1';
  return minute >= 480 ? 'P2' : 'P3';
}

describe('periods part time', () => {
  const zones = ['Europe/Madrid', 'Atlantic/Canary', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'];

  it.each([
    ['Europe/Madrid', '2026-03-29', 23],
    ['Europe/Madrid', '2026-10-25', 25],
    ['Europe/Madrid', '2026-06-15', 24],
    ['Atlantic/Canary', '2026-03-29', 23],
    ['America/New_York', '2026-11-01', 25],
    ['Asia/Kathmandu', '2026-03-29', 24],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    ['Australia/Lord_Howe', '2026-10-04', 23.5],
  ])('in %s: %s has %d hours, each in one period', (zone, date, hours) => {
    const offsetAt = zoneOffset(zone);
    const at = (day: number) => instantOfWall(day * DAY_MS, offsetAt);
    const [from, to] = [at(dayOf(date)), at(dayOf(date) + 1)];
    const spans = periodsIn(offsetAt).spans(from, to);
    expect(spans.reduce((sum, span) => sum + span.to - span.from, 0)).toBe(hours * HOUR_MS);
    expect([spans[0]?.from, spans.at(-1)?.to]).toEqual([from, to]);
    for (let instant: number = from; instant < to; instant += HOUR_MS / 4) {
      const own = spans.filter((span) => span.from <= instant && instant < span.to);
      expect(own.map(({ period }) => period)).toEqual([periodByWall(zone, instant)]);
    }
  });

  it('at any instant of any zone there is one, that of the clock on the wall', () => {
    const all = zones.map((zone) => ({ zone, periods: periodsIn(zoneOffset(zone)) }));
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.integer({ min: 0, max: 3 * 365 * 96 }), ({ zone, periods }, quarter) => {
        const instant = epochMs(Date.UTC(2025, 0, 1) + quarter * 900_000 + 1);
        expect(periods.at(instant).period).toBe(periodByWall(zone, instant));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

const CEA: MeteredVariable = {
  ...{ code: 'CEA', quantity: 'activeEnergyImport', unit: 'kWh', aggregate: 'counter', phases: ['total'] },
};
const PAT: MeteredVariable = { code: 'PAT', quantity: 'activePower', unit: 'kW', aggregate: 'mean', phases: ['total'] };
const QUARTER_MS = 900_000;

/** What happens before a record is made. */
const happening = fc.record({
  what: fc.constantFrom('nothing', 'nothing', 'nothing', 'outage', 'lost', 'reset', 'back', 'forward', 'no value'),
  count: fc.integer({ min: 1, max: 9 }),
  kwh: fc.integer({ min: 0, max: 40 }),
});

type Made = { readonly record: UsageRecord; readonly isHere: boolean };

/**
 * Records of a counter that was read `lag` before the end of each quarter hour: through outages it goes on, a reset
 * begins anew, records get lost, and the clock is put back or forward.
 */
function recordsOf(all: readonly { what: string; count: number; kwh: number }[], lag: number): readonly Made[] {
  let end = Date.parse('2026-10-24T20:00:00Z');
  let value = 1000;
  let before: number | null = null;
  const made = all.map(({ what, count, kwh }): Made => {
    if (what === 'outage' || what === 'forward') end += count * QUARTER_MS;
    if (what === 'back') end -= count * QUARTER_MS;
    if (what === 'reset') {
      value = 0;
      before = null;
    }
    end += QUARTER_MS;
    value += kwh;
    const isRead = what !== 'no value';
    const delta = before === null || !isRead ? null : value - before;
    if (isRead) before = value;
    const counter = { values: [isRead ? value : null], delta: [delta], at: isRead ? epochMs(end - lag) : null };
    const power = { values: [kwh * 4], delta: [null], at: null };
    const variables = { CEA: counter, PAT: power };
    return {
      record: { start: epochMs(end - QUARTER_MS), end: epochMs(end), variables },
      isHere: what !== 'lost',
    };
  });
  // by end, as a store has them; what was lived through twice stays in its order
  return made.toSorted((a, b) => a.record.end - b.record.end);
}

describe('energy by period', () => {
  it('is what the counter went, whatever was lost, begun anew or lived through twice', () => {
    const periods = periodsIn(MADRID);
    fc.assert(
      fc.property(
        fc.array(happening, { minLength: 3, maxLength: 60 }),
        fc.integer({ min: 0, max: 120_000 }),
        (all, lag) => {
          const records = recordsOf(all, lag).flatMap(({ record, isHere }) => (isHere ? [record] : []));
          const { imported } = usageOf(records, [CEA, PAT], null);
          const [from, to] = [epochMs(Date.parse('2026-10-20T00:00:00Z')), epochMs(Date.parse('2026-11-10T00:00:00Z'))];
          const parts = energyByPeriod(imported, periods, from, to);
          const counted = parts.reduce((sum, { kwh, kwhByPower }) => sum + kwh - kwhByPower, 0);
          // of the first value that is here nobody knows since when its difference counts
          const read = records.filter(({ variables }) => variables.CEA?.at !== null);
          const went = read.slice(1).reduce((sum, { variables }) => sum + (variables.CEA?.delta[0] ?? 0), 0);
          expect(counted).toBeCloseTo(went, 6);
          for (const { hours, coveredHours } of parts) expect(coveredHours).toBeLessThanOrEqual(hours + 1e-9);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('a bill', () => {
  const january = { from: '2026-01-01', to: '2026-02-01' } as const;
  const records = quarters(january.from, january.to, (end) => (end === Date.parse('2026-01-15T10:15:00Z') ? 34 : 8));
  const exported = records.map((each) => ({ ...each, counter: { ...each.counter!, kwh: 0.1 } }));
  const reactive = records.map((each) => ({ ...each, counter: { ...each.counter!, kwh: 1.9 } }));
  const fee = { until: null, per: 'day', amount: 1, electricityTax: true, vat: true } as const;
  const base = contract({
    surplus: [{ from: '2025-01-01', perKwh: 0.05 }],
    co2: [{ from: '2025-01-01', gramsPerKwh: 100 }],
    fees: [{ ...fee, name: 'bono', from: '2025-01-01' }],
    discounts: [{ name: 'loyalty', from: '2025-01-01', until: null, percent: 5, of: 'both' }],
  });
  const used = usage(records, { exported, reactive });
  const billOf = (of: Contract) => bill({ contract: of, usage: used, ...january, offsetAt: MADRID });

  /** Something of a contract that is otherwise from a date on. */
  const CHANGES: Readonly<Record<string, (from: string) => Partial<Contract>>> = {
    energyPrices: (from) => ({ energyPrices: [...base.energyPrices, { from, perKwh: six(9) }] }),
    powerPrices: (from) => ({ powerPrices: [...base.powerPrices, { from, perKwYear: six(9) }] }),
    contractedKw: (from) => ({ contractedKw: [...base.contractedKw, { from, kw: six(1) }] }),
    excess: (from) => ({ excess: [...base.excess, { from, rule: 'maximeter', perKw: six(99) }] }),
    reactive: (from) => ({ reactive: [...base.reactive, { from, free: 0, periods: ['P3'], bands: [] }] }),
    surplus: (from) => ({ surplus: [...base.surplus, { from, perKwh: 0.01 }] }),
    fees: (from) => ({ fees: [...base.fees, { ...fee, name: 'new', from }] }),
    discounts: (from) => ({ discounts: [...base.discounts, { ...base.discounts[0]!, name: 'new', from }] }),
    rental: (from) => ({ rental: [...base.rental, { from, perDay: 9 }] }),
    co2: (from) => ({ co2: [...base.co2, { from, gramsPerKwh: 9 }] }),
    electricityTax: (from) => ({ electricityTax: [...base.electricityTax, { from, percent: 50 }] }),
    vat: (from) => ({ vat: [...base.vat, { from, percent: 50 }] }),
    energyPeriods: (from) => ({
      energyPeriods: [
        ...base.energyPeriods.map((each) => ({ ...each, until: from })),
        { rules: [{ period: 'P1' }], from, until: null },
      ],
    }),
  };

  it.each(Object.keys(CHANGES))('of before is not changed by %s that count later, and is by earlier ones', (name) => {
    const change = CHANGES[name]!;
    const before = billOf(base);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), (days) => {
        const from = dateOf(dayOf(january.to) + days);
        expect(billOf({ ...base, ...change(from) })).toEqual(before);
      }),
      { seed: SEED, numRuns: 3 },
    );
    expect(billOf({ ...base, ...change('2026-01-20') })).not.toEqual(before);
  });
});
