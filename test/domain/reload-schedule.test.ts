import { describe, expect, it } from 'vitest';
import { changedGrid } from '../../src/domain/reload-schedule.ts';
import type { Scheduled } from '../../src/domain/schedule.ts';
import { epochMs } from '../../src/domain/units.ts';

const MINUTE = 60_000;
const at = (minutes: number, ms = 0) => epochMs(1_777_881_600_000 + minutes * MINUTE + ms);
const every = (minutes: number, change: Partial<Scheduled> = {}): Scheduled => ({
  ...{ analyzerId: 1, readingMs: 10_000, rapidMs: null, recordingMs: minutes * MINUTE, staggerMs: 500 },
  ...change,
});
const holds = (minutes: number, until: number) => ({ recordingMs: minutes * MINUTE, until: at(until) });

describe('a recording interval that is changed while Lector runs', () => {
  it.each([
    ['the same one: nothing of a former one holds', every(5), 5, at(7), null],
    ['longer: until a window of the new one ends', every(1), 5, at(7), holds(1, 10)],
    ['shorter: until the open window ends', every(5), 1, at(7), holds(5, 10)],
    ['neither divides the other', every(4), 6, at(7), holds(4, 12)],
    ['at a common instant: from there on', every(1), 5, at(10, 500), holds(1, 10)],
    ['a moment after it, when its window is not recorded yet', every(5), 1, at(10, 499), holds(5, 10)],
    ['a moment later the next window has begun', every(5), 1, at(10, 502), holds(5, 15)],
    ['the same one as before another change goes on', every(5, { before: holds(1, 10) }), 5, at(7), holds(1, 10)],
    ['back, before the change took effect', every(5, { before: holds(1, 10) }), 1, at(7), null],
    ['another, before the change took effect', every(5, { before: holds(1, 10) }), 2, at(7), holds(1, 8)],
    ['another, after the change took effect', every(5, { before: holds(1, 10) }), 2, at(12), holds(5, 20)],
  ])('%s', (_, former, minutes, now, expected) => {
    const recordingMs = minutes * MINUTE;
    expect(changedGrid({ former, recordingMs, now, offsetAt: () => 0 })).toEqual(expected);
  });
});
