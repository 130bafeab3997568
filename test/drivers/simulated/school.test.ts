import { describe, expect, it } from 'vitest';
import { createSchool, INSTALLED } from '../../../drivers/simulated/school.ts';
import { schoolDay } from '../../../drivers/simulated/school-day.ts';
import { type EpochMs, epochMs } from '../../../src/domain/units.ts';
import { zoneOffset } from '../../../src/zone.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const madrid = zoneOffset('Europe/Madrid');
const school = (seed = 7, offsetAt = madrid) => createSchool({ seed, peakWatts: 40_000, phases: 3, offsetAt });
/** Local time of Madrid in May (summer time), as an instant. */
const may = (day: number, hour: number): EpochMs => epochMs(Date.UTC(2026, 4, day) + (hour - 2) * HOUR_MS);
const watts = (now: EpochMs, seed?: number) => [0, 1, 2].reduce((sum, n) => sum + school(seed).power(n, now).watts, 0);
const kilowattHours = (from: number, to: number) =>
  [0, 1, 2].reduce((sum, n) => {
    const place = school();
    return sum + (place.energy(n, epochMs(to)).wattHours - place.energy(n, epochMs(from)).wattHours) / 1000;
  }, 0);

describe('the energy of a simulated school', () => {
  it.each([
    ['a Tuesday morning', may(5, 6), 3 * HOUR_MS],
    ['a night', may(6, 0.5), 2 * HOUR_MS],
    ['the night in which clocks go back', epochMs(Date.UTC(2026, 9, 24, 22)), 6 * HOUR_MS],
    ['the night in which clocks go forward', epochMs(Date.UTC(2026, 2, 28, 22)), 6 * HOUR_MS],
    ['the turn of the year', epochMs(Date.UTC(2026, 11, 31, 22)), 3 * HOUR_MS],
  ])('is the integral of its power over %s', (_, from, lasts) => {
    const place = school();
    // everything is linear between multiples of 10 s: the middles of shorter steps sum up exactly
    const stepMs = 5000;
    for (const phase of [0, 1, 2]) {
      const sum = { watts: 0, vars: 0 };
      for (let at = 0; at < lasts; at += stepMs) {
        const middle = place.power(phase, epochMs(from + at + stepMs / 2));
        sum.watts += (middle.watts * stepMs) / HOUR_MS;
        sum.vars += (middle.vars * stepMs) / HOUR_MS;
      }
      const start = place.energy(phase, from);
      const end = place.energy(phase, epochMs(from + lasts));
      expect((end.wattHours - start.wattHours) / sum.watts).toBeCloseTo(1, 8);
      expect((end.varHours - start.varHours) / sum.vars).toBeCloseTo(1, 8);
    }
  });

  it.each([
    'Europe/Madrid',
    'America/Havana',
    'Australia/Lord_Howe',
    'Asia/Tokyo',
  ])('never decreases through a year by the clock of %s', (zone) => {
    const place = school(3, zoneOffset(zone));
    const falls: string[] = [];
    let before = 0;
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 7 * 60_000 + 13) {
      const { wattHours } = place.energy(1, epochMs(at));
      if (wattHours <= before) falls.push(new Date(at).toISOString());
      before = wattHours;
    }
    expect(falls).toEqual([]);
  });

  it('is the integral of its power over every few seconds', () => {
    const place = school();
    for (let at: number = may(5, 8.1); at < may(5, 8.4); at += 10_000) {
      const gained = place.energy(1, epochMs(at + 10_000)).wattHours - place.energy(1, epochMs(at)).wattHours;
      expect(gained / ((place.power(1, epochMs(at + 5000)).watts * 10_000) / HOUR_MS)).toBeCloseTo(1, 6);
    }
  });

  it('grows with every millisecond, also where days and cells of noise meet', () => {
    const place = school();
    for (const edge of [may(5, 0), may(5, 10), epochMs(INSTALLED + 40_000), epochMs(Date.UTC(2026, 9, 25, 1))]) {
      for (let at = edge - 50; at < edge + 50; at += 1) {
        const gained = place.energy(0, epochMs(at + 1)).wattHours - place.energy(0, epochMs(at)).wattHours;
        expect(gained).toBeGreaterThan(0);
      }
    }
  });

  it('is 0 up to the installation', () => {
    expect(school().energy(0, INSTALLED)).toEqual({ wattHours: 0, varHours: 0 });
    expect(school().energy(0, epochMs(0))).toEqual({ wattHours: 0, varHours: 0 });
  });
});

describe('the load curve of a simulated school', () => {
  it('sleeps at night, wakes in the morning, is busiest before lunch', () => {
    const [night, morning, noon, lunch, afternoon, evening] = [3, 7.5, 12.5, 14.25, 15.5, 21.5].map((hour) =>
      watts(may(5, hour)),
    ) as [number, number, number, number, number, number];
    expect(night).toBeLessThan(0.25 * noon);
    expect(morning).toBeGreaterThan(2 * night);
    expect(lunch).toBeLessThan(0.75 * noon);
    expect(afternoon).toBeGreaterThan(lunch);
    expect(evening).toBeLessThan(0.5 * noon);
  });

  it.each([
    ['a Saturday', may(9, 0)],
    ['the first of May', may(1, 0)],
    ['Easter Monday', epochMs(Date.UTC(2026, 3, 6))],
    ['a day in August', epochMs(Date.UTC(2026, 7, 12))],
    ['Christmas', epochMs(Date.UTC(2026, 11, 25))],
  ])('uses less than half of a school day on %s', (_, from) => {
    const schoolDayUse = kilowattHours(may(5, 0), may(6, 0));
    expect(kilowattHours(from, from + DAY_MS)).toBeLessThan(0.5 * schoolDayUse);
  });

  it('uses more in winter than in spring', () => {
    const winter = kilowattHours(Date.UTC(2026, 0, 19), Date.UTC(2026, 0, 24));
    const spring = kilowattHours(Date.UTC(2026, 4, 18), Date.UTC(2026, 4, 23));
    expect(winter).toBeGreaterThan(1.1 * spring);
  });

  it('is the same for one seed and another for another', () => {
    expect(watts(may(5, 12), 7)).toBe(watts(may(5, 12), 7));
    expect(watts(may(5, 12), 8)).not.toBe(watts(may(5, 12), 7));
  });

  it('never draws nothing, and never more than it says', () => {
    const place = school(11);
    const odd: string[] = [];
    for (let at = Date.UTC(2026, 0, 7); at < Date.UTC(2026, 0, 21); at += 61_007) {
      for (const phase of [0, 1, 2]) {
        const { watts: drawn, vars } = place.power(phase, epochMs(at));
        if (!(drawn > 0 && vars > 0 && drawn < place.phaseMaxWatts)) odd.push(`${at} ${phase}: ${drawn} ${vars}`);
      }
    }
    expect(odd).toEqual([]);
  });

  it.each([
    [Date.UTC(2024, 2, 31), 'closed'],
    [Date.UTC(2025, 3, 20), 'closed'],
    [Date.UTC(2025, 3, 29), 'lessons'],
    [Date.UTC(2026, 6, 1), 'office'],
    [Date.UTC(2026, 9, 14), 'lessons'],
  ])('day %i is %s', (at, kind) => {
    expect(schoolDay(1, at / DAY_MS).kind).toBe(kind);
  });
});
