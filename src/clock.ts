import type { Clock } from './domain/ports.ts';
import { epochMs, monoMs } from './domain/units.ts';

/** The longest wait that Node's timers can do; anything beyond fires at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** Node drops fractions of a millisecond and fires at once beyond {@link TIMER_MAX_MS}: rounds up and clamps. */
export function timerMs(ms: number): number {
  return Math.min(TIMER_MAX_MS, Math.max(0, Math.ceil(ms)));
}

/** The clocks of this machine: wall for the grids, monotonic for durations and timeouts. */
export function systemClock(): Clock {
  return {
    now: () => epochMs(Date.now()),
    mono: () => monoMs(performance.now()),
    setTimeout: (fn, ms) => setTimeout(fn, timerMs(ms)),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  };
}
