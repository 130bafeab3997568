import { describe, expect, it } from 'vitest';
import { type BenchLine, median } from './bench.ts';
import { chosen, figure, percentile, readOf, silenceMs, tableText, wireLimitMs } from './table.ts';

const line = (change: Partial<BenchLine> = {}): BenchLine => ({
  name: 'B9 x',
  ours: 2150.4,
  control: 4100,
  ratio: 0.5244,
  unit: 'records/s',
  target: '>= 0.5 x',
  pass: true,
  ...change,
});

describe('what bytes take on a wire', () => {
  it.each([
    { baud: 19_200, turnaroundMs: 5, limitMs: 96 },
    { baud: 9_600, turnaroundMs: 5, limitMs: 182 },
    { baud: 38_400, turnaroundMs: 5, limitMs: 56 },
    { baud: 19_200, turnaroundMs: 20, limitMs: 126 },
  ])('reads of 52 and 3 registers take $limitMs ms at $baud baud with a delay of $turnaroundMs ms', (each) => {
    const pace = { ...each, charBits: 11 };
    expect(Math.round(wireLimitMs([readOf(52), readOf(3)], pace))).toBe(each.limitMs);
  });

  it('is a tenth less without parity, but for the delay', () => {
    const pace = { baud: 19_200, charBits: 11, turnaroundMs: 0 };
    const withParity = wireLimitMs([readOf(52)], pace);
    expect(wireLimitMs([readOf(52)], { ...pace, charBits: 10 })).toBeCloseTo((withParity * 10) / 11);
  });

  it.each([
    { baud: 19_200, expected: 2.005 },
    { baud: 38_400, expected: 1.75 },
    { baud: 115_200, expected: 1.75 },
  ])('has a silence of $expected ms at $baud baud', ({ baud, expected }) => {
    expect(silenceMs({ baud, charBits: 11, turnaroundMs: 0 })).toBeCloseTo(expected, 3);
  });
});

describe('figures', () => {
  it.each([
    { values: [3, 1, 2], middle: 2 },
    { values: [4, 1, 3, 2], middle: 2 },
    { values: [7], middle: 7 },
  ])('the median of $values is $middle', ({ values, middle }) => {
    expect(median(values)).toBe(middle);
    expect(median([])).toBeNaN();
  });

  it.each([
    { share: 0.99, expected: 99 },
    { share: 1, expected: 100 },
    { share: 0, expected: 1 },
  ])('the nearest rank of $share of 1..100 is $expected', ({ share, expected }) => {
    const values = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect(percentile(values, share)).toBe(expected);
    expect(percentile([], share)).toBeNaN();
  });

  it.each([
    { value: 15_547.3, text: '15547' },
    { value: 96.04, text: '96.0' },
    { value: 2.0052, text: '2.01' },
    { value: 0.5244, text: '0.524' },
    { value: 0, text: '0' },
    { value: -3.251, text: '-3.25' },
    { value: null, text: '-' },
    { value: Number.NaN, text: '-' },
  ])('$value is shown as $text', ({ value, text }) => {
    expect(figure(value)).toBe(text);
  });
});

describe('the table', () => {
  it('sets figures right and words left, and says who fails', () => {
    const rows = tableText([line(), line({ name: 'B10 longer', ours: 1, control: null, ratio: null, pass: false })]);
    expect(rows.split('\n')).toEqual([
      'bench       ours  control  ratio  unit       target',
      'B9 x        2150     4100  0.524  records/s  >= 0.5 x  ok',
      'B10 longer  1.00        -      -  records/s  >= 0.5 x  FAILS',
    ]);
  });

  it('says nothing of what is only reported, and sets a note below it', () => {
    const rows = tableText([line({ pass: null, note: 'on a busy machine' })]).split('\n');
    expect(rows.slice(1)).toEqual(['B9 x   2150     4100  0.524  records/s  >= 0.5 x', '    on a busy machine']);
  });
});

describe('which benches run', () => {
  const benches = [{ id: 'wire' }, { id: 'tcp' }];
  it.each([
    { names: [], ids: ['wire', 'tcp'] },
    { names: ['tcp'], ids: ['tcp'] },
    { names: ['tcp', 'wire'], ids: ['wire', 'tcp'] },
  ])('of the names $names: $ids', ({ names, ids }) => {
    expect(chosen(benches, names).map(({ id }) => id)).toEqual(ids);
  });

  it('refuses a name that there is not, and says which there are', () => {
    expect(() => chosen(benches, ['wires'])).toThrow('no bench "wires"; there are wire, tcp');
  });
});
