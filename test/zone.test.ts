import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../src/domain/units.ts';
import { zoneOffset } from '../src/zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text: string) => epochMs(Date.parse(text));

const cases = [
  ['UTC', '2026-05-04T12:00:00Z', 0],
  ['Europe/Madrid', '2026-01-04T12:00:00Z', 60],
  ['Europe/Madrid', '2026-07-04T12:00:00Z', 120],
  ['Europe/Madrid', '2026-03-29T00:59:59.999Z', 60],
  ['Europe/Madrid', '2026-03-29T01:00:00Z', 120],
  ['Europe/Rome', '2026-10-25T00:59:59.999Z', 120],
  ['Europe/Rome', '2026-10-25T01:00:00Z', 60],
  ['Australia/Lord_Howe', '2026-04-04T14:59:59.999Z', 660],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 630],
  ['Asia/Kathmandu', '2026-04-04T15:00:00Z', 345],
  ['America/New_York', '2026-12-31T23:59:59Z', -300],
  ['Pacific/Kiritimati', '2026-12-31T23:59:59Z', 840],
  ['Europe/Madrid', '1970-01-01T00:00:00Z', 60],
  ['UTC', '1969-12-31T23:59:59.500Z', 0],
] as const;

describe('offset of a zone', () => {
  it.each(cases)('F50 F51 %s at %s is %i minutes ahead of UTC', (zone, instant, minutes) => {
    expect(zoneOffset(zone)(at(instant))).toBe(minutes * MINUTE);
  });

  it('is what the calendar of the zone says, in any order of asking', () => {
    const zones = ['Europe/Madrid', 'Australia/Lord_Howe', 'America/St_Johns', 'Africa/Casablanca'];
    for (const timeZone of zones) {
      const offsetAt = zoneOffset(timeZone);
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
      const instant = fc.integer({ min: Date.parse('1990-01-01') / 1000, max: Date.parse('2040-01-01') / 1000 });
      fc.assert(
        fc.property(instant, (seconds) => {
          const now = epochMs(seconds * 1000);
          const wall = new Date(now + offsetAt(now)).toISOString().slice(0, 19).replace('T', ' ');
          expect(wall).toBe(format.format(now));
        }),
        { numRuns: 300 },
      );
    }
  });

  it('of a zone that is not known is refused at once', () => {
    expect(() => zoneOffset('Europe/Sa_Pobla')).toThrow(RangeError);
  });

  it('F52 is that of the zone it was made for, whatever TZ says later', () => {
    const before = process.env.TZ;
    try {
      process.env.TZ = 'America/New_York';
      const offsetAt = zoneOffset('Europe/Madrid');
      expect(offsetAt(at('2026-07-04T12:00:00Z'))).toBe(2 * HOUR);
      process.env.TZ = 'Asia/Tokyo';
      expect(offsetAt(at('2026-07-04T12:00:00Z'))).toBe(2 * HOUR);
      expect(offsetAt(at('2027-01-04T12:00:00Z'))).toBe(HOUR);
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });

  it('is asked for far more often than a schedule of 2,000 analyzers does, within moments', () => {
    const offsetAt = zoneOffset('Europe/Madrid');
    const start = at('2026-10-20T00:00:00Z');
    offsetAt(start);
    const begun = performance.now();
    let sum = 0;
    for (let n = 0; n < 200_000; n += 1) sum += offsetAt(epochMs(start + n * 1000));
    expect(sum).toBeGreaterThan(0);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
