import type { Clock } from '../../src/domain/ports.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';

/** A difference between wall and monotonic clock above which somebody has set the wall clock. */
const STEP_MS = 20;

/**
 * The time by which simulated meters live: that of the wall clock, until somebody sets it. Then it goes on evenly, as
 * the clock in a real meter does, and never back: counters know nothing of our clock.
 */
export function createMeterTime(clock: Clock): () => EpochMs {
  let shift = 0;
  let lastWall: number = clock.now();
  let lastMono: number = clock.mono();
  let last = lastWall;
  return () => {
    const wall = clock.now();
    const mono = clock.mono();
    const step = wall - lastWall - (mono - lastMono);
    if (Math.abs(step) > STEP_MS) shift -= step;
    lastWall = wall;
    lastMono = mono;
    last = Math.max(last, Math.floor(wall + shift));
    return epochMs(last);
  };
}
