import { describe, expect, it } from 'vitest';
import { createAges } from '../../src/domain/alarm-age.ts';
import {
  type AnalyzerFacts,
  judgeAnalyzer,
  judgeDelivery,
  judgeDevice,
  judgeDisk,
} from '../../src/domain/alarm-conditions.ts';
import type { Verdict } from '../../src/domain/alarm-engine.ts';
import { type AlarmKind, type AlarmRule, plainRule } from '../../src/domain/alarm-rules.ts';
import { epochMs } from '../../src/domain/units.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ruleOf = (when: AlarmKind, change: Partial<AlarmRule> = {}): AlarmRule => ({ ...plainRule(when), ...change });

const factsOf = (change: Partial<AnalyzerFacts> = {}): AnalyzerFacts => ({
  ...{ off: null, silentMs: 0, readingMs: 1000, recordingMs: 15 * MINUTE, cause: () => null, frozenMs: () => null },
  ...{ counter: null, unitOf: () => 'V' },
  tracker: { seen: () => null, demand: () => null, still: () => null },
  ...change,
});
const short = (verdict: Verdict) => (verdict.kind === 'on' ? `on: ${verdict.message}` : verdict.kind);
const judge = (rule: AlarmRule, change: Partial<AnalyzerFacts>) => short(judgeAnalyzer(rule, factsOf(change)));

describe('silent', () => {
  it.each([
    [14 * MINUTE, {}, 'off'],
    [15 * MINUTE, {}, 'on: has not been read for 15 min'],
    [15 * MINUTE, { cause: () => 'no answer' }, 'on: has not been read for 15 min: no answer'],
    // a meter that is read every 10 minutes may be late by some
    [20 * MINUTE, { readingMs: 10 * MINUTE }, 'off'],
    [30 * MINUTE, { readingMs: 10 * MINUTE }, 'on: has not been read for 30 min'],
  ])('after %i ms, %j: %s', (silentMs, facts, told) =>
    expect(judge(ruleOf('silent'), { ...facts, silentMs })).toBe(told));

  it.each(['silent', 'frozen', 'above', 'demand'] as const)('nobody is %s who is not to be read', (when) =>
    expect(judge(ruleOf(when, { variable: 'TPF', limit: 1 }), { off: 'it is paused', silentMs: HOUR })).toBe('none'));
});

describe('a value beyond a limit', () => {
  const seen = (least: number, greatest: number, last = greatest) => ({
    tracker: { seen: () => ({ least, greatest, last }), demand: () => null, still: () => null },
  });
  const above = ruleOf('above', { variable: 'TPF', limit: 250, clear: 245 });
  const below = ruleOf('below', { variable: 'TPF', limit: 200, clear: 205, index: 2 });
  it.each([
    ['above', above, seen(240, 245), 'off'],
    ['at the limit', above, seen(240, 250), 'between'],
    ['above it once, and back', above, seen(240, 250.1, 244), 'on: TPF is 250.1 V, above 250 V'],
    ['above, and for some time: not in every reading', { ...above, forMs: 1 }, seen(249, 255), 'between'],
    ['above, and for some time: in all', { ...above, forMs: 1 }, seen(251, 255, 252), 'on: TPF is 252 V, above 250 V'],
    ['below', below, seen(199, 210, 210), 'on: TPF (value 3) is 199 V, below 200 V'],
    ['of what has no unit', below, { ...seen(0.5, 1), unitOf: () => '1' }, 'on: TPF (value 3) is 0.5, below 200'],
    ['below, in between', below, seen(200, 204), 'between'],
    ['below, over', below, seen(201, 205), 'off'],
    ['that is not read any more', above, { ...seen(300, 300), silentMs: 3001 }, 'between'],
    ['that was never read', above, {}, 'between'],
  ] as const)('%s', (_, rule, facts, told) => expect(judge(rule, facts)).toBe(told));
});

describe('demand', () => {
  const demand = (certainKw: number, lastKw: number | null, lastEnd: number | null = 1) => ({
    tracker: {
      seen: () => null,
      still: () => null,
      demand: () => ({ certainKw, lastKw, lastEnd: lastEnd === null ? null : epochMs(lastEnd) }),
    },
  });
  const rule = ruleOf('demand', { limit: 100, clear: 90 });
  it.each([
    [demand(0, null, null), 'between'],
    [demand(100, 90), 'off'],
    [demand(100, 95), 'between'],
    [demand(10, 101), 'on: the mean power of 15 min is 101 kW, above 100 kW'],
    [demand(100.5, 20), 'on: the mean power of these 15 min, which are not over, is 100.5 kW, above 100 kW'],
    // too little was read of it
    [demand(0, null), 'between'],
  ])('%#: %s', (facts, told) => expect(judge(rule, facts)).toBe(told));
});

describe('frozen', () => {
  const still = (stillMs: number, kwh: number | null, readings = 1000) => ({
    counter: { code: 'CEA', unseenKwh: 4 },
    tracker: { seen: () => null, demand: () => null, still: () => ({ stillMs, readings, kwh }) },
  });
  it.each([
    [{}, 'off'],
    [
      { frozenMs: () => 4 * HOUR },
      'on: every measured value has been the same for hours though it answers: check the meter',
    ],
    [still(5 * HOUR, 3.9), 'off'],
    [still(3 * HOUR, 9), 'off'],
    [still(5 * HOUR, null), 'off'],
    [still(5 * HOUR, 9, 99), 'off'],
    [
      still(5 * HOUR, 9),
      'on: its energy counter (CEA) stands still though 9 kWh were measured in 5 h: check the meter',
    ],
    [{ ...still(0, 0), silentMs: HOUR }, 'between'],
  ])('%#: %s', (facts, told) => expect(judge(ruleOf('frozen'), facts)).toBe(told));

  it.each([
    [still(HOUR, 0), 'on: CEA has been the same for 1 h'],
    [still(HOUR - 1, 9), 'off'],
    [{ ...still(HOUR, 0), silentMs: HOUR }, 'between'],
  ])('of one variable %#: %s', (facts, told) =>
    expect(judge(ruleOf('frozen', { variable: 'CEA', forMs: HOUR }), facts)).toBe(told));
});

describe('lines, destinations, disk', () => {
  it('a line is lost, open, or nobody wants it', () => {
    expect(short(judgeDevice({ state: 'lost', cause: 'it is gone' }))).toBe('on: is not open: it is gone');
    expect([judgeDevice({ state: 'open' }).kind, judgeDevice({ state: 'between' }).kind]).toEqual(['off', 'between']);
    expect(judgeDevice({ state: 'off', why: 'it is paused' })).toEqual({ kind: 'none', why: 'it is paused' });
  });

  it.each([
    [0, 2 * 24 * HOUR, 'off'],
    [3, 24 * HOUR - 1, 'off'],
    [1, 24 * HOUR, 'on: 1 record waits, the oldest for 1 day'],
    [12, 30 * HOUR, 'on: 12 records wait, the oldest for 1 day 6 h'],
  ])('%i owed, the oldest for %i ms: %s', (owed, ageMs, told) =>
    expect(short(judgeDelivery(ruleOf('owed'), { owed, ageMs }))).toBe(told));

  const GB = 1_000_000_000;
  const left = (share: string, free: string, limit: string) =>
    `on: the disk of the data folder has ${share} %, ${free} left, less than ${limit}: ` +
    'make room, or records cannot be kept';
  it.each([
    [{ space: { freeBytes: 3 * GB, totalBytes: 1000 * GB }, trouble: null }, 'off'],
    [{ space: { freeBytes: 2.1 * GB, totalBytes: 1000 * GB }, trouble: null }, 'between'],
    [{ space: { freeBytes: 0.3 * GB, totalBytes: 8 * GB }, trouble: null }, left('3.7', '300 MB', '400 MB')],
    [{ space: { freeBytes: 1.5 * GB, totalBytes: 1000 * GB }, trouble: null }, left('0.1', '1.5 GB', '2 GB')],
    [{ space: null, trouble: null }, 'off'],
    [{ space: { freeBytes: 9 * GB, totalBytes: 10 * GB }, trouble: 'the disk refuses' }, 'on: the disk refuses'],
  ])('disk %#: %s', (facts, told) => expect(short(judgeDisk(ruleOf('diskLow'), facts))).toBe(told));
});

describe('ages of what is owed', () => {
  it('grow with the clock, and a clock that is put forward makes nothing older', () => {
    const ages = createAges();
    const start = Date.UTC(2026, 4, 4);
    ages.turn(epochMs(start), 0);
    ages.turn(epochMs(start + HOUR), HOUR);
    expect(ages.ageOf('rest', epochMs(start - HOUR))).toBe(2 * HOUR);
    // put forward by two days
    ages.turn(epochMs(start + 49 * HOUR + MINUTE), HOUR + MINUTE);
    expect(ages.ageOf('rest', epochMs(start - HOUR))).toBe(2 * HOUR + MINUTE);
    expect(ages.ageOf('rest', epochMs(start + 49 * HOUR))).toBe(MINUTE);
    // and back again
    ages.turn(epochMs(start + HOUR + 2 * MINUTE), HOUR + 2 * MINUTE);
    expect(ages.ageOf('rest', epochMs(start - HOUR))).toBe(2 * HOUR + 2 * MINUTE);
    // what was recorded meanwhile lies ahead, and ages from now on
    expect(ages.ageOf('other', epochMs(start + 49 * HOUR))).toBe(0);
    ages.turn(epochMs(start + 2 * HOUR), 2 * HOUR);
    expect(ages.ageOf('other', epochMs(start + 49 * HOUR))).toBe(58 * MINUTE);
  });

  it('a small correction is none, and neither is a rest', () => {
    const ages = createAges();
    ages.turn(epochMs(0), 0);
    ages.turn(epochMs(20_000), 0);
    expect(ages.ageOf('a', epochMs(0))).toBe(20_000);
    ages.rest();
    ages.turn(epochMs(20_000 + HOUR), 5_000);
    expect(ages.ageOf('a', epochMs(0))).toBe(20_000 + HOUR);
  });
});
