import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastReading, nextReading, readingInstants, windowOf, windowsBetween } from '../../src/domain/grid.ts';
import { commonInstant, lastIn, nextIn, windowIn } from '../../src/domain/recording-grid.ts';
import { epochMs } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;

/** Divisors of an hour, and multiples of an hour that divide a day, in minutes. */
const INTERVALS = [...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60], ...[120, 180, 240, 360, 480, 720, 1440]] as const;
const zones = [
  ...['UTC', 'Europe/Madrid', 'Europe/Rome', 'Atlantic/Azores', 'America/New_York', 'America/St_Johns'],
  ...['Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Chatham', 'America/Santiago', 'Africa/Casablanca'],
].map((name) => ({ name, offsetAt: zoneOffset(name), toString: () => name }));

const zone = fc.constantFrom(...zones);
const interval = fc.constantFrom(...INTERVALS).map((minutes) => minutes * MINUTE);
/** Any instant of thirty years, and many near the nights in which the clocks change. */
const instant = fc
  .oneof(
    fc.integer({ min: Date.parse('2010-01-01'), max: Date.parse('2040-01-01') }),
    fc
      .tuple(
        fc.constantFrom(
          ...['2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-04-04T15:00Z', '2026-10-03T15:30Z', '2026-03-08T07:00Z'],
          ...['2026-11-01T06:00Z', '2026-04-05T03:00Z', '2026-09-06T04:00Z', '2026-04-04T14:00Z', '2026-09-26T14:00Z'],
        ),
        fc.integer({ min: -2 * 24 * HOUR, max: 2 * 24 * HOUR }),
      )
      .map(([change, shift]) => Date.parse(change) + shift),
  )
  .map(epochMs);

describe('windows, in any zone at any time', () => {
  it('F50 F51 hold their instant, have a length, and touch their neighbours', () => {
    fc.assert(
      fc.property(zone, interval, instant, ({ offsetAt }, recordingMs, now) => {
        const window = windowOf(now, recordingMs, offsetAt);
        expect(window.start).toBeLessThan(now);
        expect(window.end).toBeGreaterThanOrEqual(now);
        expect(windowOf(window.end, recordingMs, offsetAt)).toEqual(window);
        expect(windowOf(epochMs(window.start + 1), recordingMs, offsetAt)).toEqual(window);
        expect(windowOf(window.start, recordingMs, offsetAt).end).toBe(window.start);
        expect(windowOf(epochMs(window.end + 1), recordingMs, offsetAt).start).toBe(window.end);
      }),
      { numRuns: 3000 },
    );
  });

  it('end on a multiple of the interval of the wall clock, unless the clocks change there', () => {
    fc.assert(
      fc.property(zone, interval, instant, ({ offsetAt }, recordingMs, now) => {
        const { end } = windowOf(now, recordingMs, offsetAt);
        const changes = offsetAt(end) !== offsetAt(epochMs(end - 1));
        const wall = end + offsetAt(end);
        if (!changes) expect(wall % recordingMs).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('are as long as the interval, except over a change of clocks', () => {
    fc.assert(
      fc.property(zone, interval, instant, ({ offsetAt }, recordingMs, now) => {
        const { start, end } = windowOf(now, recordingMs, offsetAt);
        const near = [-3, 3].map((hours) => offsetAt(epochMs((hours < 0 ? start : end) + hours * HOUR)));
        if (near[0] === near[1]) expect(end - start).toBe(recordingMs);
        else expect(Math.abs(end - start - recordingMs)).toBeLessThanOrEqual(HOUR);
      }),
      { numRuns: 2000 },
    );
  });

  it('follow each other through both nights of a year', () => {
    for (const { offsetAt } of zones) {
      for (const minutes of [60, 360, 1440]) {
        const from = windowOf(epochMs(Date.parse('2026-01-01')), minutes * MINUTE, offsetAt).end;
        const year = windowsBetween(from, epochMs(from + YEAR), minutes * MINUTE, offsetAt);
        year.forEach((window, index) => {
          if (index > 0) expect(window.start).toBe(year[index - 1]?.end);
        });
        expect(Math.abs(year.length - YEAR / (minutes * MINUTE))).toBeLessThanOrEqual(2);
      }
    }
  });
});

describe('readings, in any zone at any time', () => {
  const readingSeconds = fc.integer({ min: 1, max: 86_400 });

  it('next and last are on the grid of their window and have nothing between', () => {
    fc.assert(
      fc.property(zone, interval, readingSeconds, instant, ({ offsetAt }, recordingMs, seconds, now) => {
        const readingMs = Math.min(seconds * 1000, recordingMs);
        const next = nextReading(now, readingMs, recordingMs, offsetAt);
        const last = lastReading(now, readingMs, recordingMs, offsetAt);
        expect(last).toBeLessThanOrEqual(now);
        expect(next).toBeGreaterThan(now);
        for (const each of [next, last]) {
          const window = windowOf(each, recordingMs, offsetAt);
          expect((each - window.start) % readingMs).toBe(0);
          expect(each).toBeGreaterThan(window.start);
        }
        expect(nextReading(last, readingMs, recordingMs, offsetAt)).toBe(next);
        expect(lastReading(epochMs(next - 1), readingMs, recordingMs, offsetAt)).toBe(last);
      }),
      { numRuns: 2000 },
    );
  });

  it('chained from one to the next they are those that the windows expect', () => {
    fc.assert(
      fc.property(zone, interval, readingSeconds, instant, ({ offsetAt }, recordingMs, seconds, now) => {
        const readingMs = Math.min(Math.max(seconds * 1000, recordingMs / 50), recordingMs);
        const window = windowOf(now, recordingMs, offsetAt);
        const chained = [];
        let each = nextReading(window.start, readingMs, recordingMs, offsetAt);
        for (; each <= window.end; each = nextReading(each, readingMs, recordingMs, offsetAt)) chained.push(each);
        expect(chained).toEqual(readingInstants(window, readingMs));
      }),
    );
  });
});

describe('a changed recording interval', () => {
  it('takes effect at the first instant, within 25 hours, at which windows of both end', () => {
    fc.assert(
      fc.property(zone, interval, interval, instant, ({ offsetAt }, oneMs, otherMs, now) => {
        const common = commonInstant(now, oneMs, otherMs, offsetAt);
        expect(common).toBeGreaterThan(now);
        expect(common - now).toBeLessThanOrEqual(25 * HOUR);
        expect(commonInstant(now, otherMs, oneMs, offsetAt)).toBe(common);
        for (const ms of [oneMs, otherMs]) expect(windowOf(common, ms, offsetAt).end).toBe(common);
        const between = windowsBetween(now, epochMs(common - 1), Math.max(oneMs, otherMs), offsetAt);
        for (const { end } of between) expect(windowOf(end, Math.min(oneMs, otherMs), offsetAt).end).not.toBe(end);
      }),
      { numRuns: 1000 },
    );
  });

  it('has windows and readings without overlap on either side of it', () => {
    fc.assert(
      fc.property(
        zone,
        interval,
        interval,
        instant,
        fc.integer({ min: 1, max: 9000 }),
        (place, oneMs, otherMs, now, s) => {
          const { offsetAt } = place;
          const until = commonInstant(now, oneMs, otherMs, offsetAt);
          const grid = { recordingMs: otherMs, before: { recordingMs: oneMs, until } };
          const readingMs = Math.min(s * 1000, otherMs);
          expect(windowIn(grid, until, offsetAt).end).toBe(until);
          expect(windowIn(grid, epochMs(until + 1), offsetAt).start).toBe(until);
          const last = lastIn(grid, readingMs, until, offsetAt);
          expect(last).toBeLessThanOrEqual(until);
          const next = nextIn(grid, readingMs, last, offsetAt);
          expect(next).toBe(nextReading(until, readingMs, otherMs, offsetAt));
          expect(lastIn(grid, readingMs, epochMs(next - 1), offsetAt)).toBe(last);
          expect(lastIn(grid, readingMs, next, offsetAt)).toBe(next);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
