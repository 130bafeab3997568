import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../../src/domain/profile.ts';
import { createThinner, everyOf } from '../../src/domain/thin.ts';
import { failedAt, readingAt } from '../support/records.ts';

function thinned(aggregate: Aggregate, every: number, lists: readonly (readonly (number | null)[] | null)[]) {
  const thinner = createThinner({ code: 'X', aggregate, width: lists[0]?.length ?? 1, every });
  for (const [at, list] of lists.entries()) thinner.add(list === null ? failedAt(at) : readingAt(at, { X: list }));
  return thinner.points();
}

describe('the points of a history', () => {
  it.each([
    [0, 1],
    [2000, 1],
    [2001, 2],
    [172_800, 87],
  ])('of %d readings each stands for %d', (readings, every) => {
    expect(everyOf(readings)).toBe(every);
  });

  it('are the readings themselves where there are few, holes too', () => {
    expect(thinned('mean', 1, [[1, 2], null, [3, null]])).toEqual([
      { at: 0, values: [1, 2] },
      { at: 1, values: [null, null] },
      { at: 2, values: [3, null] },
    ]);
  });

  it.each([
    ['mean', [[1], [2], [6]], 3],
    ['mean', [[1], null, [2]], 1.5],
    ['mean', [[null], null, null], null],
    ['counter', [[1], [2], [6]], 6],
    ['counter', [[1], [2], null], 2],
    ['last', [[5], [4], [3]], 3],
    ['bits', [[1], [2], [4]], 4],
    // lead and lag are neighbours through 1
    ['powerFactor', [[0.9], [-0.9]], 1],
  ] as const)('of several, %s, it is %j -> %s', (aggregate, lists, value) => {
    expect(thinned(aggregate, lists.length, lists)[0]?.values[0]).toEqual(
      value === null ? null : expect.closeTo(value, 10),
    );
  });

  it('what is left over is the last point, and a reading without the variable is none', () => {
    const thinner = createThinner({ code: 'X', aggregate: 'mean', width: 1, every: 2 });
    for (const at of [1, 2, 3]) thinner.add(readingAt(at, { X: [at] }));
    thinner.add(readingAt(4, { Y: [9] }));
    expect(thinner.points()).toEqual([
      { at: 2, values: [1.5] },
      { at: 3, values: [3] },
    ]);
  });
});
