import { describe, expect, it } from 'vitest';
import { parseLocalTime } from '../../src/domain/local-time.ts';
import { zoneOffset } from '../../src/zone.ts';

const MADRID = zoneOffset('Europe/Madrid');
const iso = (text: string, offsetAt = MADRID) => {
  const instant = parseLocalTime(text, offsetAt);
  return instant === null ? null : new Date(instant).toISOString();
};

describe('a time that a person types', () => {
  it.each([
    ['2026-11-25', '2026-11-24T23:00:00.000Z'],
    ['2026-07-01', '2026-06-30T22:00:00.000Z'],
    ['2026-11-25 14:30', '2026-11-25T13:30:00.000Z'],
    ['2026-11-25T14:30:15', '2026-11-25T13:30:15.000Z'],
    ['2026-11-25T14:30:00Z', '2026-11-25T14:30:00.000Z'],
    ['2026-11-25T14:30+05:30', '2026-11-25T09:00:00.000Z'],
    // it comes twice: the first
    ['2026-10-25 02:15', '2026-10-25T00:15:00.000Z'],
    // it is left out
    ['2026-03-29 02:15', '2026-03-29T01:15:00.000Z'],
    ['2028-02-29', '2028-02-28T23:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '2026-02-29',
    '2026-13-01',
    '2026-11-25 24:00',
    '2026-11-25 14:60',
    '25/11/2026',
  ])('"%s" is none', (text) => {
    expect(iso(text)).toBeNull();
  });

  it('a day that is left out whole begins with the next one', () => {
    const apia = zoneOffset('Pacific/Apia');
    expect(iso('2011-12-30', apia)).toBe('2011-12-30T10:00:00.000Z');
  });
});
