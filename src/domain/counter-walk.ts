import { type CounterRange, countOver } from './counter.ts';
import type { EpochMs } from './units.ts';

/**
 * What a counter went since it was last settled, followed value by value: what a record will say of it, before there is
 * one. A fall counts for nothing until the values after it tell whether it was a bad reading, the end of the range or a
 * reset ({@link countOver}); of a reset, what was counted until then stays.
 */
export type CounterWalk = {
  add(value: number, at: EpochMs): void;
  /** In the unit and sign of the counter; null: nothing that could be counted from was seen. */
  counted(): number | null;
  /** When the last value that counts was read. */
  lastAt(): EpochMs | null;
  /** Counts from what was seen last. */
  restart(): void;
  /** Forgets all that was seen. */
  clear(): void;
  /** A record settled everything up to `end`: the counter stood at `baseline` (null: not known), read at `at`. */
  settle(baseline: number | null, end: EpochMs, at: EpochMs): void;
};

/** Fallen values that are waited for until they tell what it was. */
const FALLS_MAX = 3;

type Seen = { readonly base: number; top: number; at: EpochMs; before: number | null; counted: number };

export function createCounterWalk(range: CounterRange | null): CounterWalk {
  let seen: Seen | null = null;
  let fallen: readonly number[] = [];
  let sign = 1;

  const from = (value: number, at: EpochMs, counted = 0): Seen => ({
    base: value,
    top: value,
    at,
    before: null,
    counted,
  });

  /** Values after a fall; resolves them when they tell what it was. */
  const fall = (was: Seen, size: number, at: EpochMs): Seen => {
    const run = [...fallen, size];
    const { flags, baseline, delta } = countOver(run, was.top, range, false);
    const until = was.counted + was.top - was.base;
    if (flags.includes('fallPending')) {
      const told = run.filter((value) => value !== 0);
      // a meter that says 0 for long says no more than one that says it once
      fallen = told.length === 0 ? [0] : run;
      if (told.length < FALLS_MAX) return was;
      // it goes on falling: it counts what flows both ways, and what it says counts for nothing
      fallen = [];
      return from(size, at, until);
    }
    fallen = [];
    // what it counted since it began anew is known, and no more
    if (flags.includes('reset')) return { ...from(run.find((value) => value > 0) ?? size, at, until), top: size };
    return from(baseline ?? size, at, until + (delta ?? 0));
  };

  const restart = () => {
    if (seen !== null) seen = { ...seen, base: seen.top, before: null, counted: 0 };
  };
  return {
    add(value, at) {
      // an energy that counts backwards in the meter's sign is the same counter seen in a mirror
      if (value !== 0) sign = value < 0 ? -1 : 1;
      const size = Math.abs(value);
      if (seen === null) {
        // a lone 0 is no beginning: a meter that has just woken says it too
        if (size > 0) seen = from(size, at);
        return;
      }
      if (fallen.length > 0) {
        seen = fall(seen, size, at);
      } else if (size >= seen.top) {
        seen.before = seen.top;
        seen.top = size;
        seen.at = at;
      } else if (seen.before !== null && size >= seen.before) {
        // the value before was the bad one: this one goes on where the one before it was
        seen.top = size;
        seen.at = at;
      } else {
        seen = fall(seen, size, at);
      }
    },
    counted: () => (seen === null ? null : sign * (seen.counted + seen.top - seen.base) || 0),
    lastAt: () => seen?.at ?? null,
    restart,
    clear() {
      seen = null;
      fallen = [];
    },
    settle(baseline, end, at) {
      const size = Math.abs(baseline ?? 0);
      if (size > 0) sign = (baseline ?? 0) < 0 ? -1 : 1;
      const later = seen !== null && seen.at > end ? seen : null;
      // what fell right after the record is told by the next one
      if (later !== null && size > 0 && later.top >= size) seen = { ...later, base: size, before: null, counted: 0 };
      else if (later !== null) restart();
      else {
        fallen = [];
        // a difference from 0 is not taken
        seen = size > 0 ? from(size, at) : null;
      }
    },
  };
}
