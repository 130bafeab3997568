import type { Clock } from '../../domain/ports.ts';
import type { MonoMs } from '../../domain/units.ts';

/** Callers that are remembered; beyond, the one that was heard least recently is forgotten. */
const CALLERS_MAX = 10_000;

export type Pace = { readonly perSecond: number; readonly burst: number };

/** How often each caller may do something: `burst` at once, and `perSecond` for ever. */
export type Paces = {
  /** Takes one, and answers 0; else how long to wait for it, ms. */
  take(key: string): number;
  /** What was taken does not count. */
  giveBack(key: string): void;
};

export function createPaces(clock: Clock, { perSecond, burst }: Pace): Paces {
  const left = new Map<string, { readonly at: MonoMs; readonly count: number }>();
  const now = (key: string): number => {
    const last = left.get(key);
    if (last === undefined) return burst;
    return Math.min(burst, last.count + ((clock.mono() - last.at) / 1000) * perSecond);
  };
  const wait = (count: number): number => (count >= 1 ? 0 : Math.ceil(((1 - count) / perSecond) * 1000));
  return {
    giveBack(key) {
      if (left.has(key)) left.set(key, { at: clock.mono(), count: Math.min(burst, now(key) + 1) });
    },
    take(key) {
      const count = now(key);
      left.delete(key);
      const [oldest] = left.keys();
      if (left.size >= CALLERS_MAX && oldest !== undefined) left.delete(oldest);
      left.set(key, { at: clock.mono(), count: count >= 1 ? count - 1 : count });
      return wait(count);
    },
  };
}
