import { describe, expect, it } from 'vitest';
import {
  lastReading,
  nextReading,
  type OffsetAt,
  readingInstants,
  readingsExpected,
  windowOf,
  windowsBetween,
} from '../../src/domain/grid.ts';
import { epochMs } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text: string) => epochMs(Date.parse(text));
const iso = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z').slice(5);
const utc: OffsetAt = () => 0;
const madrid = zoneOffset('Europe/Madrid');
const rome = zoneOffset('Europe/Rome');
const lordHowe = zoneOffset('Australia/Lord_Howe');
const kathmandu = zoneOffset('Asia/Kathmandu');

const span = (instant: string, minutes: number, offsetAt: OffsetAt) => {
  const { start, end } = windowOf(at(instant), minutes * MINUTE, offsetAt);
  return `${iso(start)}..${iso(end)}`;
};

describe('the window of an instant', () => {
  const cases: readonly (readonly [string, number, OffsetAt, string])[] = [
    ['2026-05-04T12:07:00Z', 15, utc, '05-04T12:00:00Z..05-04T12:15:00Z'],
    ['2026-05-04T12:15:00Z', 15, utc, '05-04T12:00:00Z..05-04T12:15:00Z'],
    ['2026-05-04T12:15:00.001Z', 15, utc, '05-04T12:15:00Z..05-04T12:30:00Z'],
    ['2026-05-04T12:07:30Z', 1, utc, '05-04T12:07:00Z..05-04T12:08:00Z'],
    ['2026-05-04T12:07:00Z', 60, utc, '05-04T12:00:00Z..05-04T13:00:00Z'],
    ['2026-05-04T12:07:00Z', 360, madrid, '05-04T10:00:00Z..05-04T16:00:00Z'],
    ['2026-05-04T12:07:00Z', 1440, madrid, '05-03T22:00:00Z..05-04T22:00:00Z'],
    ['2026-05-04T12:07:00Z', 60, kathmandu, '05-04T11:15:00Z..05-04T12:15:00Z'],
    ['1969-12-31T23:59:00Z', 15, utc, '12-31T23:45:00Z..01-01T00:00:00Z'],
  ];
  it.each(cases)('at %s of %i minutes is (start, end] on the wall clock', (instant, minutes, offsetAt, expected) => {
    expect(span(instant, minutes, offsetAt)).toBe(expected);
  });
});

describe('F50 when the clocks go back', () => {
  it.each([
    ['Europe/Madrid', madrid],
    ['Europe/Rome', rome],
  ] as const)('%s: 00:15Z and 01:15Z are both 02:15, and two windows', (_, offsetAt) => {
    const ends = windowsBetween(at('2026-10-24T23:45:00Z'), at('2026-10-25T02:00:00Z'), 15 * MINUTE, offsetAt);
    expect(ends.map(({ end }) => iso(end).slice(6))).toEqual([
      ...['00:00:00Z', '00:15:00Z', '00:30:00Z', '00:45:00Z', '01:00:00Z', '01:15:00Z', '01:30:00Z', '01:45:00Z'],
      '02:00:00Z',
    ]);
    const wall = (instant: number) => iso(instant + offsetAt(epochMs(instant))).slice(6, 11);
    expect([wall(at('2026-10-25T00:15:00Z')), wall(at('2026-10-25T01:15:00Z'))]).toEqual(['02:15', '02:15']);
  });

  it.each([
    [60, 25],
    [120, 12],
    [360, 4],
    [1440, 1],
  ])('Madrid: the day of 25 hours has windows of %i minutes: %i', (minutes, count) => {
    const day = windowsBetween(at('2026-10-24T22:00:00Z'), at('2026-10-25T23:00:00Z'), minutes * MINUTE, madrid);
    expect(day).toHaveLength(count);
    expect(day.at(-1)?.end).toBe(at('2026-10-25T23:00:00Z'));
  });

  it('Madrid: the window of hours over the change is an hour longer, the others are not', () => {
    expect(span('2026-10-25T00:30:00Z', 120, madrid)).toBe('10-25T00:00:00Z..10-25T03:00:00Z');
    expect(span('2026-10-24T23:30:00Z', 120, madrid)).toBe('10-24T22:00:00Z..10-25T00:00:00Z');
    expect(span('2026-10-25T12:00:00Z', 1440, madrid)).toBe('10-24T22:00:00Z..10-25T23:00:00Z');
  });

  it('where the clock goes back over midnight, the new day has begun for good', () => {
    // 2010-11-07 00:01 of -02:30 becomes 23:01 of -03:30, at 02:31Z
    const newfoundland = zoneOffset('America/St_Johns');
    expect(span('2010-11-07T02:30:00Z', 1440, newfoundland)).toBe('11-06T02:30:00Z..11-07T02:30:00Z');
    expect(span('2010-11-07T02:40:00Z', 1440, newfoundland)).toBe('11-07T02:30:00Z..11-08T03:30:00Z');
  });

  it('Lord Howe: half an hour comes twice; its window of an hour is cut where the grid moves', () => {
    // 2026-04-05 02:00 of +11:00 becomes 01:30 of +10:30, at 15:00Z of the day before
    expect(span('2026-04-04T14:50:00Z', 60, lordHowe)).toBe('04-04T14:00:00Z..04-04T15:00:00Z');
    expect(span('2026-04-04T15:10:00Z', 60, lordHowe)).toBe('04-04T15:00:00Z..04-04T15:30:00Z');
    expect(span('2026-04-04T15:40:00Z', 60, lordHowe)).toBe('04-04T15:30:00Z..04-04T16:30:00Z');
    expect(span('2026-04-04T15:10:00Z', 15, lordHowe)).toBe('04-04T15:00:00Z..04-04T15:15:00Z');
  });
});

describe('F51 when the clocks go forward', () => {
  it.each([
    [15, 92],
    [60, 23],
    [120, 12],
    [360, 4],
    [1440, 1],
  ])('Madrid: the day of 23 hours has windows of %i minutes: %i, none of them imagined', (minutes, count) => {
    const day = windowsBetween(at('2026-03-28T23:00:00Z'), at('2026-03-29T22:00:00Z'), minutes * MINUTE, madrid);
    expect(day).toHaveLength(count);
    expect(day[0]?.start).toBe(at('2026-03-28T23:00:00Z'));
    expect(day.at(-1)?.end).toBe(at('2026-03-29T22:00:00Z'));
    expect(day.every(({ start, end }) => end > start)).toBe(true);
  });

  it('Madrid: a window whose first hour does not exist begins when the clocks change', () => {
    expect(span('2026-03-29T01:30:00Z', 120, madrid)).toBe('03-29T01:00:00Z..03-29T02:00:00Z');
    expect(span('2026-03-29T00:30:00Z', 120, madrid)).toBe('03-28T23:00:00Z..03-29T01:00:00Z');
  });

  it('Lord Howe: the hour that is cut to half an hour ends when the clocks change', () => {
    // 2026-10-04 02:00 of +10:30 becomes 02:30 of +11:00, at 15:30Z of the day before
    expect(span('2026-10-03T15:20:00Z', 60, lordHowe)).toBe('10-03T14:30:00Z..10-03T15:30:00Z');
    expect(span('2026-10-03T15:40:00Z', 60, lordHowe)).toBe('10-03T15:30:00Z..10-03T16:00:00Z');
  });
});

describe('windows between two instants', () => {
  const between = (from: string, until: string) =>
    windowsBetween(at(from), at(until), 15 * MINUTE, utc).map(({ end }) => iso(end).slice(6, 11));

  it('are those that end in (from, until]', () => {
    expect(between('2026-05-04T12:00:00Z', '2026-05-04T12:30:00Z')).toEqual(['12:15', '12:30']);
    expect(between('2026-05-04T12:07:00Z', '2026-05-04T12:29:00Z')).toEqual(['12:15']);
    expect(between('2026-05-04T12:07:00Z', '2026-05-04T12:07:00Z')).toEqual([]);
  });

  it('are at most as many as asked for', () => {
    expect(windowsBetween(at('2016-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z'), MINUTE, utc, 7)).toHaveLength(7);
  });
});

describe('instants of readings', () => {
  const start = at('2026-05-04T12:00:00Z');
  const window = { start, end: epochMs(start + MINUTE) };

  it.each([
    [20_000, [20, 40, 60]],
    [25_000, [25, 50]],
    [60_000, [60]],
    [61_000, []],
  ])('every %i ms from the start of the window on, its end among them', (readingMs, seconds) => {
    expect(readingInstants(window, readingMs).map((each) => (each - start) / 1000)).toEqual(seconds);
    expect(readingsExpected(window, readingMs)).toBe(seconds.length);
  });

  it('begin anew in each window', () => {
    expect(nextReading(epochMs(start + 50_000), 25_000, MINUTE, utc)).toBe(start + MINUTE + 25_000);
    expect(lastReading(epochMs(start + MINUTE + 24_999), 25_000, MINUTE, utc)).toBe(start + 50_000);
  });

  it('next is after, last is at or before', () => {
    expect(nextReading(start, 20_000, MINUTE, utc)).toBe(start + 20_000);
    expect(nextReading(epochMs(start + 19_999), 20_000, MINUTE, utc)).toBe(start + 20_000);
    expect(lastReading(start, 20_000, MINUTE, utc)).toBe(start);
    expect(lastReading(epochMs(start - 1), 20_000, MINUTE, utc)).toBe(start - 20_000);
  });

  it('skip a window that a change of clocks made shorter than the interval', () => {
    // the window of half a day over the change lasts 11 hours: no reading every 11.5 hours lies in it
    const before = epochMs(at('2026-03-28T23:00:00Z') - 20 * MINUTE);
    expect(iso(nextReading(before, 11.5 * HOUR, 12 * HOUR, madrid))).toBe('03-29T21:30:00Z');
    const cut = at('2026-04-04T15:00:00Z');
    expect(iso(nextReading(cut, HOUR, HOUR, lordHowe))).toBe('04-04T16:30:00Z');
    expect(iso(lastReading(at('2026-04-04T16:00:00Z'), HOUR, HOUR, lordHowe))).toBe('04-04T15:00:00Z');
  });
});
