import { describe, expect, it } from 'vitest';
import { createMinuteMeans } from '../../src/domain/minute-means.ts';
import { epochMs } from '../../src/domain/units.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 4, 4, 12);
const at = (minutes: number) => epochMs(NOON + minutes * MINUTE);

describe('means per minute', () => {
  it('are those of the last sixty minutes, oldest first, and null where nothing was read', () => {
    const means = createMinuteMeans();
    means.add(at(-59), 10);
    means.add(at(-59.5), 99);
    means.add(at(0), 1);
    means.add(at(0.5), 2);
    const list = means.list(at(0.9));
    expect(list).toHaveLength(60);
    expect([list[0], list[1], list[59]]).toEqual([10, null, 1.5]);
    expect(means.last(at(0.9))).toBe(1.5);
    expect(means.last(at(1))).toBeNull();
  });

  it('a minute that is an hour old makes room for that of now', () => {
    const means = createMinuteMeans();
    means.add(at(0), 5);
    means.add(at(60), 7);
    expect(means.list(at(60)).filter((value) => value !== null)).toEqual([7]);
    // too late for its place
    means.add(at(0), 100);
    expect(means.list(at(60)).at(-1)).toBe(7);
  });

  it('keep the sign, and a mean of 0 is 0', () => {
    const means = createMinuteMeans();
    means.add(at(0), -4);
    means.add(at(0.1), 4);
    means.add(at(1), -3);
    expect(means.list(at(1)).slice(-2)).toEqual([0, -3]);
  });
});
