import type { EpochMs } from './units.ts';

/** The wall clock and the time in which the program ran may differ by so much: NTP corrects a little all the time. */
const JUMP_MS = 30_000;
const JUMPS_MAX = 20;

/** How old things are though the wall clock jumps: it is told at each turn, and asked between. */
export type Ages = {
  turn(now: EpochMs, lived: number): void;
  /** No turns are told for a while: what passes until the next one is no jump. */
  rest(): void;
  /**
   * Age of something that happened at `at`, ms. A clock that was put forward, and a machine that slept, make nothing
   * older; what lies ahead of the clock, for it was put back, ages from when it was seen first, by `key`.
   */
  ageOf(key: string, at: EpochMs): number;
};

export function createAges(): Ages {
  const jumps: { readonly before: EpochMs; readonly by: number }[] = [];
  const ahead = new Map<string, { readonly at: EpochMs; readonly lived: number }>();
  let last: { readonly now: EpochMs; readonly lived: number } | null = null;
  return {
    turn(now, lived) {
      if (last !== null) {
        const by = now - last.now - (lived - last.lived);
        if (Math.abs(by) >= JUMP_MS) jumps.push({ before: last.now, by });
        if (jumps.length > JUMPS_MAX) jumps.shift();
      }
      last = { now, lived };
    },
    rest() {
      last = null;
    },
    ageOf(key, at) {
      if (last === null) return 0;
      const { now, lived } = last;
      if (at > now) {
        const known = ahead.get(key);
        if (known?.at === at) return lived - known.lived;
        ahead.set(key, { at, lived });
        return 0;
      }
      ahead.delete(key);
      const jumped = jumps.reduce((sum, { before, by }) => (at <= before ? sum + by : sum), 0);
      return Math.max(0, now - at - Math.max(0, jumped));
    },
  };
}
