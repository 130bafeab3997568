import { describe, expect, it } from 'vitest';
import { TIMER_MAX_MS, timerMs } from '../src/clock.ts';

describe('timers', () => {
  it.each([
    [1.2, 2],
    [-5, 0],
    [0, 0],
    [1000, 1000],
    [TIMER_MAX_MS + 1, TIMER_MAX_MS],
    [Number.MAX_SAFE_INTEGER, TIMER_MAX_MS],
  ])('F56 a wait of %d ms becomes %d ms', (asked, waited) => {
    expect(timerMs(asked)).toBe(waited);
  });
});
