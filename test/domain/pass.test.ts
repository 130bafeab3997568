import { describe, expect, it } from 'vitest';
import { livedSince, type Pass } from '../../src/domain/pass.ts';
import { epochMs } from '../../src/domain/units.ts';

/** Seconds; windows are a minute long, and handed out 2 s after their end. */
const at = (seconds: number) => epochMs(1000 * seconds);
const jump = (number: number, left: number, from: number): Pass => ({ number, left: at(left), from: at(from) });
const window = (start: number, pass?: number) => ({ start: at(start), end: at(start + 60), ...(pass && { pass }) });

describe('since when a window is lived through', () => {
  it.each([
    ['that was never put back: from the beginning', window(60), [], 0],
    ['put back within it: from before', window(60, 1), [jump(1, 110, 70)], 0],
    ['put back within it twice', window(60, 2), [jump(1, 110, 70), jump(2, 90, 80)], 0],
    ['put back into it from a later one', window(60, 1), [jump(1, 130, 70)], 1],
    ['put back out of it and come again', window(60, 1), [jump(1, 110, 30)], 1],
    ['put back into it, and then within it', window(60, 2), [jump(1, 130, 70), jump(2, 90, 80)], 1],
    ['put back when it had just been handed out', window(60, 1), [jump(1, 122, 100)], 1],
    ['put back just before it was handed out', window(60, 1), [jump(1, 121.999, 100)], 0],
    [
      'put back from its first instants, in which the one before it was not handed out yet',
      window(60, 1),
      [jump(1, 61.5, 60.2)],
      1,
    ],
    ['put back to its very start, which belongs to the one before it', window(60, 1), [jump(1, 90, 60)], 1],
    ['of which no jump is remembered', window(60, 7), [jump(9, 90, 70)], 7],
  ] as const)('F49 %s', (_, lived, passes, since) => {
    expect(livedSince(lived, passes, 2000)).toBe(since);
  });
});
