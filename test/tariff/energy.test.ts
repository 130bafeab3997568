import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { energyByPeriod } from '../../src/tariff/energy.ts';
import { type EnergyRecord, seriesOf } from '../../src/tariff/energy-series.ts';
import { createPeriods } from '../../src/tariff/periods.ts';

const HOUR = 3_600_000;
const QUARTER = HOUR / 4;
const T0 = Date.parse('2026-11-25T00:00:00Z');
const at = (hours: number): EpochMs => epochMs(T0 + hours * HOUR);
/** P1 from 10 to 14 UTC, else P2. */
const PERIODS = createPeriods({
  tables: [
    { rules: [{ period: 'P1', hours: [['10:00', '14:00']] }, { period: 'P2' }], from: '2000-01-01', until: null },
  ],
  holidays: { fixed: [], dates: [] },
  offsetAt: () => 0,
});

type Made = { readonly kwh?: number | null; readonly kw?: number | null; readonly lagMs?: number };

/** Of (from, to] hours; the counter was read `lagMs` before both ends. */
function record(from: number, to: number, { kwh = null, kw = null, lagMs = 0 }: Made): EnergyRecord {
  const [start, end] = [at(from), at(to)];
  const counter = kwh === null ? null : { from: epochMs(start - lagMs), to: epochMs(end - lagMs), kwh };
  return { start, end, counter, kw };
}

function energy(records: readonly EnergyRecord[], from = 0, to = 24) {
  const [p1, p2] = energyByPeriod(seriesOf(records), PERIODS, at(from), at(to));
  return { p1, p2 };
}

describe('energy by period', () => {
  it('is what the counter added, each step in the period that it lies in', () => {
    const records = [record(9, 10, { kwh: 5 }), record(10, 11, { kwh: 7 }), record(14, 15, { kwh: 1 })];
    const { p1, p2 } = energy(records);
    expect([p1?.kwh, p2?.kwh]).toEqual([7, 6]);
    expect([p1?.hours, p1?.coveredHours, p2?.hours, p2?.coveredHours]).toEqual([4, 1, 20, 2]);
  });

  it('of a step over a border is divided by the power that was measured', () => {
    // 9 to 11: 1 kW before ten, 3 kW after it, and a counter that went 8
    const records = [
      record(9, 10, { kw: 1 }),
      { ...record(10, 11, { kw: 3 }), counter: { from: at(9), to: at(11), kwh: 8 } },
    ];
    const { p1, p2 } = energy(records);
    expect([p1?.kwh, p2?.kwh]).toEqual([6, 2]);
    expect([p1?.kwhByTime, p1?.kwhByPower]).toEqual([0, 0]);
  });

  it('is divided by time where power tells nothing, and says so', () => {
    const records = [{ ...record(10, 11, {}), counter: { from: at(9), to: at(11), kwh: 8 } }];
    const { p1, p2 } = energy(records);
    expect([p1?.kwh, p1?.kwhByTime, p2?.kwhByTime]).toEqual([4, 4, 4]);
  });

  it('is the integral of power where there is no counter, and what neither tells is left out', () => {
    const { p1, p2 } = energy([record(9, 10, { kw: 2 }), record(10, 10.5, { kw: 4 }), record(13, 14, {})]);
    expect([p1?.kwh, p1?.kwhByPower, p1?.coveredHours]).toEqual([2, 2, 0.5]);
    expect([p2?.kwh, p2?.coveredHours]).toEqual([2, 1]);
  });

  it('of a counter that was read some seconds before the end of the window is of the time between its values', () => {
    // 12 kWh an hour: five minutes of it belong to the hour before
    const records = [record(10, 11, { kwh: 12, kw: 12, lagMs: 300_000 }), record(9, 10, { kw: 12 })];
    const { p1, p2 } = energy(records.toSorted((a, b) => a.end - b.end));
    expect(p1?.kwh).toBeCloseTo(12, 9);
    expect(p2?.kwh).toBeCloseTo(12, 9);
    expect(p1?.coveredHours).toBeCloseTo(1, 9);
  });

  it('of a part of a step at the edges is that part', () => {
    const records = [record(10, 12, { kwh: 8, kw: 4 })];
    expect(energy(records, 11, 24).p1?.kwh).toBe(4);
    expect(energy(records, 0, 10.5).p1?.kwh).toBe(2);
  });

  it('export is negative and stays so', () => {
    expect(energy([record(11, 12, { kw: -3 })]).p1?.kwh).toBe(-3);
  });

  it('sums to what the counter went, whatever the gaps, and covers no time twice', () => {
    const step = fc.record({
      kwh: fc.option(fc.integer({ min: 0, max: 1000 })),
      kw: fc.option(fc.integer({ min: 0, max: 50 })),
      skip: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 600_000 }),
        (steps, lag) => {
          let end = T0 + HOUR;
          let counted: EpochMs | null = null;
          const records = steps.map(({ kwh, kw, skip }): EnergyRecord => {
            const start = epochMs(end + skip * QUARTER);
            end = start + QUARTER;
            const read = epochMs(end - lag);
            const counter = kwh === null ? null : { from: counted ?? epochMs(start - lag), to: read, kwh };
            if (kwh !== null) counted = read;
            return { start, end: epochMs(end), counter, kw };
          });
          const whole = energyByPeriod(seriesOf(records), PERIODS, epochMs(T0), epochMs(end + HOUR));
          const sum = whole.reduce((total, each) => total + each.kwh - each.kwhByPower, 0);
          const went = records.reduce((total, { counter }) => total + (counter?.kwh ?? 0), 0);
          expect(sum).toBeCloseTo(went, 6);
          for (const { coveredHours, hours } of whole) expect(coveredHours).toBeLessThanOrEqual(hours + 1e-9);
        },
      ),
      { numRuns: 300 },
    );
  });
});
