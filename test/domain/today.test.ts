import { describe, expect, it } from 'vitest';
import { consultedOf } from '../../src/domain/consulted.ts';
import type { AnalyzerConfig } from '../../src/domain/installation.ts';
import { powerPlaces } from '../../src/domain/power-places.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { createToday, dayOf, isMixed } from '../../src/domain/today.ts';
import { epochMs } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';
import { analyzerConfig, PROFILES } from '../support/installation.ts';
import { failedAt, readingAt, recordFrom } from '../support/records.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MIDNIGHT = Date.UTC(2026, 4, 4);
const DAY = { start: epochMs(MIDNIGHT), end: epochMs(MIDNIGHT + 24 * HOUR) };

/** Read each minute, recorded each quarter. */
const METER = analyzerConfig({ readingMs: MINUTE, recordingMs: 15 * MINUTE });
const POWER_ONLY = { ...METER, consultes: ['PAT'] };

const todayOf = (analyzer: AnalyzerConfig) =>
  createToday({
    ...{ places: powerPlaces(analyzer, PROFILES.get(analyzer.profileId)!), codes: consultedOf(analyzer) },
    ...{ day: DAY, readingMs: analyzer.readingMs, recordingMs: analyzer.recordingMs },
  });
const cea = (minutes: number, kwh: number) => readingAt(MIDNIGHT + minutes * MINUTE, { CEA: [kwh], PAT: [1] });
const kw = (minutes: number, value: number) => readingAt(MIDNIGHT + minutes * MINUTE, { PAT: [value] });
const quarter = (end: number, readings: readonly Reading[], previous: LectorRecord | null = null) =>
  recordFrom(METER, MIDNIGHT + end * MINUTE, readings, previous);
const fed = (analyzer: AnalyzerConfig, ...all: readonly Reading[]) => {
  const today = todayOf(analyzer);
  for (const reading of all) today.reading(reading);
  return today;
};

describe('energy of today', () => {
  it('is not known before anything was read', () => {
    expect(todayOf(METER).energy()).toBeNull();
    expect(fed(METER, failedAt(MIDNIGHT + MINUTE)).energy()).toBeNull();
  });

  it('is what the counter went since midnight', () => {
    expect(fed(METER, cea(0, 100), cea(1, 100.5), cea(2, 101)).energy()).toEqual({ kwh: 1, from: 'counter' });
  });

  it('begins with the first reading where nothing was read near midnight', () => {
    expect(fed(METER, cea(-120, 50), cea(480, 100), cea(481, 101)).energy()?.kwh).toBe(1);
  });

  it('is what records say and what came after the last of them', () => {
    const first = [cea(1, 100), cea(15, 103)];
    const second = [cea(16, 104), cea(30, 107)];
    const today = fed(METER, cea(0, 99), ...first);
    const before = quarter(0, [cea(0, 99)]);
    today.record(before);
    expect(today.energy()?.kwh).toBe(4);
    const one = quarter(15, first, before);
    today.record(one);
    expect(today.energy()?.kwh).toBe(4);
    today.reading(second[0]!);
    expect(today.energy()?.kwh).toBe(5);
    today.reading(second[1]!);
    today.record(quarter(30, second, one));
    today.reading(cea(31, 107.5));
    expect(today.energy()?.kwh).toBe(8.5);
  });

  it('a record that comes after the readings that follow it counts nothing twice', () => {
    const first = [cea(1, 100), cea(15, 103)];
    const before = quarter(0, [cea(0, 99)]);
    const today = fed(METER);
    today.record(before);
    for (const reading of [...first, cea(16, 104)]) today.reading(reading);
    today.record(quarter(15, first, before));
    expect(today.energy()?.kwh).toBe(5);
  });

  it('from records alone it is the same as from their readings', () => {
    const first = [cea(1, 100), cea(15, 103)];
    const second = [cea(16, 104), cea(30, 107)];
    const before = quarter(0, [cea(-3, 99)]);
    const one = quarter(15, first, before);
    const today = todayOf(METER);
    for (const record of [before, one, quarter(30, second, one)]) today.recordAlone(record);
    today.reading(cea(31, 108));
    expect(today.energy()?.kwh).toBe(9);
    expect(today.range().CEA).toEqual({ min: [100], max: [108] });
  });

  it('what went on from yesterday while nobody read is not of today', () => {
    const yesterday = quarter(-120, [cea(-125, 50)]);
    const first = [cea(481, 100), cea(495, 103)];
    const today = todayOf(METER);
    today.recordAlone(yesterday);
    today.recordAlone(quarter(495, first, yesterday));
    today.reading(cea(496, 104));
    expect(today.energy()?.kwh).toBe(4);
  });

  it('a meter that was dead since yesterday, recorded as such each quarter, begins with its first reading', () => {
    const yesterday = quarter(-120, [cea(-125, 50)]);
    const empty = quarter(15, [], yesterday);
    const today = todayOf(METER);
    today.recordAlone(yesterday);
    today.record(empty);
    for (const reading of [cea(16, 100), cea(17, 101)]) today.reading(reading);
    expect(today.energy()?.kwh).toBe(1);
    today.record(quarter(30, [cea(16, 100), cea(17, 101)], empty));
    expect(today.energy()?.kwh).toBe(1);
  });

  it('what a meter counted within today while nobody read it is of today', () => {
    const first = quarter(15, [cea(1, 100), cea(15, 103)], quarter(0, [cea(0, 99)]));
    const today = todayOf(METER);
    today.recordAlone(quarter(0, [cea(0, 99)]));
    today.recordAlone(first);
    today.recordAlone(quarter(120, [cea(119, 150)], first));
    expect(today.energy()?.kwh).toBe(51);
  });

  it('F25 a counter that began anew takes nothing away and adds no lifetime', () => {
    const before = quarter(0, [cea(0, 5000)]);
    const readings = [cea(1, 5001), cea(2, 3), cea(3, 4)];
    const today = todayOf(METER);
    today.recordAlone(before);
    for (const reading of readings) today.reading(reading);
    expect(today.energy()?.kwh).toBe(2);
    const reset = quarter(15, readings, before);
    expect(reset.variables.CEA?.flags).toContain('reset');
    today.record(reset);
    today.reading(cea(16, 5));
    expect(today.energy()?.kwh).toBe(3);
    const alone = todayOf(METER);
    for (const record of [before, reset]) alone.recordAlone(record);
    expect(alone.energy()?.kwh).toBe(0);
  });

  it('a first counter of 0 adds no lifetime', () => {
    const zero = quarter(0, [cea(-2, 0), cea(-1, 0)]);
    const today = todayOf(METER);
    today.recordAlone(zero);
    today.recordAlone(quarter(15, [cea(1, 0), cea(2, 9000), cea(3, 9001)], zero));
    expect(today.energy()?.kwh ?? 0).toBe(0);
  });

  it('begins anew at midnight, from what the counter said then', () => {
    const today = fed(METER, cea(1438, 100), cea(1440, 104));
    expect(today.energy()?.kwh).toBe(4);
    today.begin({ start: DAY.end, end: epochMs(DAY.end + 24 * HOUR) });
    expect(today.energy()?.kwh).toBe(0);
    expect(today.range()).toEqual({});
    today.reading(cea(1441, 105));
    expect(today.energy()?.kwh).toBe(1);
  });

  it('the reading of midnight that comes late is of yesterday, and where today begins', () => {
    const today = fed(METER, cea(1438, 100));
    today.begin({ start: DAY.end, end: epochMs(DAY.end + 24 * HOUR) });
    today.reading(cea(1440, 104));
    expect(today.energy()?.kwh).toBe(0);
    expect(today.range()).toEqual({});
    today.reading(cea(1441, 105));
    expect(today.energy()?.kwh).toBe(1);
  });
});

describe('energy of today without a counter', () => {
  it('is the power consumed, each reading standing for its interval', () => {
    const today = fed(POWER_ONLY, kw(1, 60), kw(2, 30), failedAt(MIDNIGHT + 3 * MINUTE));
    expect(today.energy()).toEqual({ kwh: 1.5, from: 'power' });
  });

  it('what is given back is not consumed', () => {
    expect(fed(POWER_ONLY, kw(1, 60), kw(2, -60)).energy()?.kwh).toBe(1);
  });

  it('readings of the other grid count nothing', () => {
    const today = fed(POWER_ONLY, kw(1, 60), { ...kw(1, 60), grid: 'rapid' });
    expect(today.energy()?.kwh).toBe(1);
  });

  it('from a record it is the same as from its readings', () => {
    const readings = [kw(1, 60), kw(2, 30), kw(7, 12)];
    const record = recordFrom(POWER_ONLY, MIDNIGHT + 15 * MINUTE, readings);
    const today = todayOf(POWER_ONLY);
    today.recordAlone(record);
    expect(today.energy()?.kwh).toBeCloseTo(fed(POWER_ONLY, ...readings).energy()!.kwh, 10);
    today.begin({ start: DAY.end, end: epochMs(DAY.end + 24 * HOUR) });
    expect(today.energy()).toBeNull();
  });

  it('a record of both directions is told, for its mean does not say how much of each', () => {
    const places = powerPlaces(POWER_ONLY, PROFILES.get(METER.profileId)!);
    expect(isMixed(recordFrom(POWER_ONLY, MIDNIGHT + 15 * MINUTE, [kw(1, 60), kw(2, -1)]), places)).toBe(true);
    expect(isMixed(recordFrom(POWER_ONLY, MIDNIGHT + 15 * MINUTE, [kw(1, 60), kw(2, 0)]), places)).toBe(false);
  });
});

describe('the day of an instant', () => {
  const madrid = zoneOffset('Europe/Madrid');
  it.each([
    ['an ordinary one', '2026-05-04T12:00:00Z', '2026-05-03T22:00:00Z', 24],
    ['the one on which clocks go forward', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', 23],
    ['the one on which they go back', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', 25],
    ['midnight itself is the end of the day before', '2026-05-03T22:00:00Z', '2026-05-02T22:00:00Z', 24],
  ])('%s', (_, at, start, hours) => {
    const day = dayOf(epochMs(Date.parse(at)), madrid);
    expect(day.start).toBe(Date.parse(start));
    expect((day.end - day.start) / HOUR).toBe(hours);
  });
});
