import { describe, expect, it } from 'vitest';
import { passOf, unrecordedSince } from '../../src/domain/pass.ts';

describe('passes of the clock', () => {
  it('are counted from 0, which nobody writes down', () => {
    expect([passOf({}), passOf({ pass: 3 })]).toEqual([0, 3]);
  });

  it.each([
    ['that has no record: all', [], 0],
    ['recorded before the clock was ever put back: what came after', [{}], 1],
    ['recorded in several passes: what came after the last of them', [{}, { pass: 7 }, { pass: 4 }], 8],
  ] as const)('F49 of a window %s', (_, records, since) => {
    expect(unrecordedSince(records)).toBe(since);
  });
});
