import { describe, expect, it } from 'vitest';
import { age, duration } from '../../tui/formats/age.ts';
import { count, counterScale, figure, figureIn, percent, scaled, scaleOf } from '../../tui/formats/figure.ts';
import { bar, gauge } from '../../tui/formats/gauge.ts';
import { glyphsOf } from '../../tui/formats/glyphs.ts';
import { painted, paletteOf } from '../../tui/formats/paint.ts';
import { spark } from '../../tui/formats/spark.ts';
import { clockText, offsetOf, timeText } from '../../tui/formats/time.ts';
import { cut, padEnd, padStart, plain, widthOf } from '../../tui/formats/width.ts';

const U = glyphsOf(false);
const A = glyphsOf(true);

describe('ages', () => {
  it.each([
    [0, 'now'],
    [4_999, 'now'],
    [5_000, '5 s'],
    [19_999, '15 s'],
    [59_999, '55 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [3_600_000, '1 h'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 d'],
    [-3, 'now'],
  ])('%i ms is %s', (ms, text) => expect(age(ms, 'now')).toBe(text));

  it.each([
    [500, '500 ms'],
    [1_500, '1.5 s'],
    [90_000, '90 s'],
    [900_000, '15 min'],
    [3_600_000, '1 h'],
  ])('an interval of %i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('figures', () => {
  it.each([
    [34.851, 'kW', '34.85 kW'],
    [0.35, 'kW', '350.0 W'],
    [2_150, 'kW', '2.150 MW'],
    [230.14, 'V', '230.1 V'],
    [20_500, 'V', '20.50 kV'],
    [12_400, 'W', '12.40 kW'],
    [0, 'kW', '0 kW'],
    [0.012, 'A', '0.012 A'],
    [49.998, 'Hz', '50.00 Hz'],
    [0.953, '1', '0.953 '],
    [3.42, '%', '3.4 %'],
  ])('%d %s is shown as %s', (value, unit, text) => {
    const scale = scaleOf(unit, value);
    const shown = scaled(value, scale, 9).replace(/^0\.0+$/, '0');
    expect(`${shown} ${scale.unit}`).toBe(text);
  });

  it('a counter keeps its unit and the digits that fit', () => {
    expect(scaled(123_456.78, counterScale('kWh', 123_456.78, 8), 8)).toBe('123456.8');
    expect(scaled(12_345_678.9, counterScale('kWh', 12_345_678.9, 8), 8)).toBe('12345679');
    expect(scaled(1_234_567_890, { unit: '', factor: 1, decimals: 0 }, 8)).toBe('1e+9');
    expect(counterScale('kWh', 5, 8).unit).toBe('kWh');
  });

  it.each([
    [null, '-'],
    [undefined, '-'],
    [Number.NaN, '-'],
    [-0.0001, '0.00'],
    [-1.005, '-1.00'],
  ])('%s is %s', (value, text) => expect(figure(value, 2)).toBe(text));

  it.each([
    [null, '-'],
    [0, '0%'],
    [0.001, '1%'],
    [0.075, '8%'],
    [1, '100%'],
  ])('a share of %s is %s', (share, text) => expect(percent(share)).toBe(text));

  it.each([
    [9_999, '9999'],
    [12_345, '12k'],
    [1_250_000, '1.3M'],
  ])('a count of %i stays narrow: %s', (n, text) => expect(count(n)).toBe(text));
});

describe('sparklines, gauges and bars', () => {
  it.each([
    { name: 'from zero', values: [0, 5, 10], columns: 3, text: '▁▅█' },
    { name: 'a missing value is blank', values: [10, null, 10], columns: 3, text: '█ █' },
    { name: 'few are put to the right', values: [10], columns: 3, text: '  █' },
    { name: 'many are averaged', values: [0, 0, 10, 10], columns: 2, text: '▁█' },
    { name: 'nothing at all', values: [null, null], columns: 2, text: '  ' },
    { name: 'export is below zero', values: [-10, 0, 10], columns: 3, text: '▁▅█' },
    { name: 'no room', values: [1, 2], columns: 0, text: '' },
  ])('a sparkline: $name', ({ values, columns, text }) => expect(spark(values, columns, U)).toBe(text));

  it('what hardly moves looks flat where a span is given', () => {
    expect(spark([230, 230.1, 230.2], 3, U, { spanMin: 5 })).toBe('▄▅▅');
    expect(spark([210, 230, 250], 3, U, { spanMin: 5 })).toBe('▁▅█');
  });

  it('has an ASCII form', () => {
    expect(spark([0, 5, 10], 3, A)).toBe('_=#');
    expect(gauge(230, { low: 207, nominal: 230, high: 253 }, 9, A)).toBe('[---o---]');
    expect(bar(0.5, 4, A)).toBe('##..');
  });

  it.each([
    [230, '├───●───┤'],
    [190, '├●──┼───┤'],
    [300, '├───┼──●┤'],
    [null, '         '],
  ])('a gauge of %s stays within its ends', (value, text) => {
    expect(gauge(value, { low: 207, nominal: 230, high: 253 }, 9, U)).toBe(text);
  });

  it('a bar shows the least load', () => {
    expect(bar(0.001, 5, U)).toBe('█░░░░');
    expect(bar(7, 5, U)).toBe('█████');
    expect(bar(0, 5, U)).toBe('░░░░░');
  });
});

describe('texts', () => {
  it.each([
    ['Kitchen', 10, 'Kitchen   '],
    ['Main switchboard', 8, 'Main sw…'],
    ['電力計', 5, '電力…'],
    ['電力計', 4, '電… '],
    ['Cafe\u0301s', 5, 'Cafe\u0301s'],
    ['', 3, '   '],
    ['abc', 0, ''],
  ])('%s in %i columns', (text, columns, shown) => {
    expect(padEnd(text, columns, '…')).toBe(shown);
    expect(widthOf(padEnd(text, columns, '…'))).toBe(Math.max(columns, 0) || 0);
  });

  it('is put to the right, and cut alike', () => {
    expect(padStart('4 min', 7, '…')).toBe('  4 min');
    expect(cut('123456', 4, '~')).toBe('123~');
  });

  it('our own signs are one column wide, as the table of widths says', async () => {
    const { default: stringWidth } = await import('string-width');
    const signs = [
      ...Object.values(U.signs),
      ...U.spark,
      ...Object.values(U.gauge),
      U.needle,
      U.bar,
      U.barRest,
      U.ellipsis,
    ];
    const others = [
      U.cursor,
      U.down,
      U.up,
      ...U.trunk,
      ...U.branch,
      ...U.lastBranch,
      U.request,
      U.answer,
      U.enter,
      U.dot,
    ];
    for (const sign of [...signs, ...others]) expect([sign, stringWidth(sign), widthOf(sign)]).toEqual([sign, 1, 1]);
  });

  it('F66 nothing from outside moves the cursor', () => {
    expect(plain('a\x1b[2Jb\rc\u202ed\u200be\x9b1m')).toBe('a\\x1b[2Jb\\x0dc\\u{202e}d\\u{200b}e\\x9b1m');
  });
});

describe('times of the node', () => {
  it('are shown in its own zone', () => {
    const iso = '2026-11-25T18:05:42.123+01:00';
    expect(offsetOf(iso)).toBe(60);
    expect(offsetOf('2026-11-25T18:05:42-03:30')).toBe(-210);
    expect(clockText(Date.parse(iso), 60)).toBe('18:05');
    expect(timeText(iso, '2026-11-25T20:00:00+01:00')).toBe('18:05:42');
    expect(timeText(iso, '2026-11-26T00:10:00+01:00')).toBe('25/11 18:05');
    expect(timeText('', iso)).toBe('-');
  });
});

describe('painting', () => {
  const span = (text: string, tone: 'plain' | 'dim' | 'bad' = 'plain') => ({ text, tone });
  const drawn = (...spans: ReturnType<typeof span>[]) =>
    painted({ key: '', spans, selected: false }, paletteOf('dark'));

  it('neighbours of one tone are painted at once, with the blanks between them', () => {
    expect(drawn(span('  '), span('a', 'dim'), span('  '), span('b', 'dim'), span(' '), span('c'))).toBe(
      '  \x1b[2ma  b\x1b[0m c',
    );
  });

  it('each tone has its own, blanks none, and nothing is lost', () => {
    expect(drawn(span('x', 'bad'), span('   ', 'bad'), span('y', 'dim'), span('  ', 'dim'))).toBe(
      '\x1b[1;31mx\x1b[0m   \x1b[2my\x1b[0m  ',
    );
  });
});

describe('figures in their columns', () => {
  it.each([
    [34.85, 2, 7, '34.85'],
    [12_345.67, 2, 7, '12345.7'],
    [20_012.4, 1, 6, '20012'],
    [-1_234.56, 2, 7, '-1234.6'],
    [1.2e9, 1, 6, '1e+9'],
    [null, 2, 7, '-'],
  ])('%j with %i decimals in %i columns is %s', (value, decimals, columns, text) =>
    expect(figureIn(value, decimals, columns)).toBe(text));
});
