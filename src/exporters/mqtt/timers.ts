import type { Clock } from '../../domain/ports.ts';

/** One timer of each name. */
export function createTimers(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>) {
  const timers = new Map<string, unknown>();
  const set = (name: string, ms: number, run: () => void) => {
    clock.clearTimeout(timers.get(name));
    const fire = () => {
      timers.delete(name);
      run();
    };
    timers.set(name, clock.setTimeout(fire, ms));
  };
  return {
    /** In place of the one that waits. */
    after: set,
    /** Where one waits already, that one stays: whoever asks again and again puts nothing off. */
    within(name: string, ms: number, run: () => void) {
      if (!timers.has(name)) set(name, ms, run);
    },
    clear() {
      for (const timer of timers.values()) clock.clearTimeout(timer);
      timers.clear();
    },
  };
}
