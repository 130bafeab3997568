import { systemClock } from '../../src/clock.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { monoMs } from '../../src/domain/units.ts';

/** A clock that runs `factor` times as fast, for waits beside sockets and processes that keep their own time. */
export function fastClock(factor: number): Clock {
  const real = systemClock();
  return {
    ...real,
    mono: () => monoMs(real.mono() * factor),
    setTimeout: (fn, ms) => real.setTimeout(fn, ms / factor),
  };
}
