import { describe, expect, it } from 'vitest';
import { createDayRange } from '../../src/domain/day-range.ts';
import { createShareOfLast } from '../../src/domain/share-of-last.ts';

describe('the range of a day', () => {
  it('is the least and greatest of each value; what was never read is null', () => {
    const range = createDayRange(['TPF', 'PAT', 'FRE']);
    range.add({ TPF: [230, null, 231], PAT: [-4] });
    range.add({ TPF: [229, null, 232], PAT: [2] });
    range.add({ TPF: [null, null, 231.5] });
    expect(range.view()).toEqual({
      TPF: { min: [229, null, 231], max: [230, null, 232] },
      PAT: { min: [-4], max: [2] },
    });
  });

  it('takes in what a record made of the same', () => {
    const range = createDayRange(['TPF', 'PAT', 'FRE']);
    range.add({ PAT: [5] });
    range.addRange('PAT', { min: [1], max: [3] });
    range.addRange('FRE', { min: [null], max: [null] });
    expect(range.view()).toEqual({ PAT: { min: [1], max: [5] }, FRE: { min: [null], max: [null] } });
  });

  it('what was shown is never changed later, and is the same object while nothing changes', () => {
    const range = createDayRange(['TPF', 'PAT', 'FRE']);
    range.add({ PAT: [5], FRE: [50] });
    const before = range.view();
    range.add({ PAT: [5], FRE: [50] });
    expect(range.view()).toBe(before);
    range.add({ PAT: [6] });
    expect(before.PAT).toEqual({ min: [5], max: [5] });
    expect(range.view().PAT).toEqual({ min: [5], max: [6] });
    expect(range.view().FRE).toBe(before.FRE);
    range.clear();
    expect(range.view()).toEqual({});
  });
});

describe('the share of the last', () => {
  it('is null before the first, and of so many only', () => {
    const share = createShareOfLast(4);
    expect(share.share()).toBeNull();
    for (const kind of [true, true, false, false]) share.add(kind);
    expect(share.share()).toBe(0.5);
    share.add(false);
    share.add(false);
    expect(share.share()).toBe(0);
    share.add(true);
    expect(share.share()).toBe(0.25);
  });
});
