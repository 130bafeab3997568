import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Stretch, uncovered } from '../../src/domain/stretch.ts';
import { epochMs } from '../../src/domain/units.ts';

const stretch = ([from, to]: readonly [number, number]): Stretch => ({ from: epochMs(from), to: epochMs(to) });

describe('what is left of a stretch', () => {
  it.each([
    ['all, with nothing over it', [[0, 0]], [[10, 20]]],
    ['nothing, with itself over it', [[10, 20]], []],
    [
      'both ends',
      [[13, 15]],
      [
        [10, 13],
        [15, 20],
      ],
    ],
    [
      'its end',
      [
        [5, 12],
        [11, 15],
      ],
      [[15, 20]],
    ],
    ['its beginning', [[18, 30]], [[10, 18]]],
    [
      'all, with things beside it',
      [
        [5, 10],
        [20, 25],
      ],
      [[10, 20]],
    ],
    [
      'what lies between, in whatever order',
      [
        [16, 17],
        [12, 14],
      ],
      [
        [10, 12],
        [14, 16],
        [17, 20],
      ],
    ],
  ] as const)('%s', (_, covers, left) => {
    expect(uncovered(stretch([10, 20]), covers.map(stretch))).toEqual(left.map(stretch));
  });

  it('is each instant that nothing covers', () => {
    const some = fc.array(fc.tuple(fc.nat(30), fc.nat(30)).map(([from, length]) => stretch([from, from + length])));
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), some, (from, length, covers) => {
        const left = uncovered(stretch([from, from + length]), covers);
        const isIn = (list: readonly Stretch[], at: number) => list.some((each) => at >= each.from && at < each.to);
        for (let at = from; at < from + length; at += 1) expect(isIn(left, at)).toBe(!isIn(covers, at));
        for (const each of left) expect(each.from).toBeLessThan(each.to);
      }),
    );
  });
});
