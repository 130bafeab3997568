import { describe, expect, it } from 'vitest';
import { isQuiet, parseQuiet } from '../../src/domain/alarm-hours.ts';
import { bytesText, durationText, quietText, spanText } from '../../src/domain/alarm-words.ts';
import { epochMs } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';

const madrid = zoneOffset('Europe/Madrid');
const quietAt = (iso: string, text: string) => isQuiet(epochMs(Date.parse(iso)), parseQuiet(text) ?? [], madrid);

describe('quiet hours are of the clock on the wall', () => {
  it.each([
    ['2026-05-04T21:59:59+02:00', false],
    ['2026-05-04T22:00:00+02:00', true],
    ['2026-05-05T00:00:00+02:00', true],
    ['2026-05-05T06:59:59+02:00', true],
    ['2026-05-05T07:00:00+02:00', false],
    // winter time: the same hours of the wall
    ['2026-12-01T22:00:00+01:00', true],
    ['2026-12-01T07:00:00+01:00', false],
  ])('22:00-07:00 at %s: %s', (at, expected) => expect(quietAt(at, '22:00-07:00')).toBe(expected));

  it.each([
    // the night of 25 October has 2:30 twice
    ['2026-10-25T02:30:00+02:00', true],
    ['2026-10-25T02:30:00+01:00', true],
    ['2026-10-25T03:00:00+01:00', false],
    // that of 29 March has none: from 1:59 on it is 3:00
    ['2026-03-29T01:59:59+01:00', false],
    ['2026-03-29T03:00:00+02:00', false],
  ])('02:00-03:00 where clocks are changed, at %s: %s', (at, expected) =>
    expect(quietAt(at, '02:00-03:00')).toBe(expected));

  it('may be several, and may end with the day', () => {
    expect(
      ['12:30', '14:00', '23:59', '00:00'].map((at) => quietAt(`2026-05-04T${at}:00+02:00`, '12:00-13:00,20:00-24:00')),
    ).toEqual([true, false, true, false]);
  });

  it.each([
    '',
    '22-7',
    '22:00',
    '25:00-07:00',
    '22:60-07:00',
    '07:00-07:00',
    '00:00-24:00',
    '22:00-07:00,',
    '22:00-24:30',
  ])('"%s" are none', (text) => expect(parseQuiet(text)).toBeNull());

  it('are printed as they are written', () => expect(quietText(parseQuiet('22:00-7:05') ?? [])).toBe('22:00-07:05'));
});

describe('words', () => {
  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [900_000, '15 min'],
    [7_500_000, '2 h 5 min'],
    [86_400_000, '1 day'],
    [273_600_000, '3 days 4 h'],
  ])('%i ms are %s', (ms, text) => expect(spanText(ms)).toBe(text));

  it.each([
    [1_234_000_000, '1.2 GB'],
    [12_345_000_000, '12.3 GB'],
    [300_400_000, '300 MB'],
  ])('%i bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it.each([
    [1500, '1500ms'],
    [30_000, '30s'],
    [900_000, '15m'],
    [7_200_000, '2h'],
  ])('%i ms are written %s', (ms, text) => expect(durationText(ms)).toBe(text));
});
