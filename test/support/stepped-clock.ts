import type { Clock } from '../../src/domain/ports.ts';
import { type EpochMs, epochMs, type MonoMs, monoMs } from '../../src/domain/units.ts';

type Timer = { readonly id: number; readonly at: number; readonly fn: (...args: unknown[]) => void };

/** A clock that stands still until it is told to move; then it stops at each timer that is due, in order. */
export type SteppedClock = Clock & {
  /** Moves on by `ms`, running every timer that falls due, each after all promises before it have settled. */
  advance(ms: number): Promise<void>;
  /** Moves from timer to timer until `promise` settles, and passes on how it did. Throws after `limitMs`. */
  settle<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
  /** Moves the wall clock alone, as a person or NTP does. */
  setWall(now: EpochMs): void;
  /** Time passes and nothing can run: what fell due meanwhile runs late, at the next `advance`. */
  stall(ms: number): void;
  /** Timers that wait. */
  pending(): number;
};

const TURNS = 25;

/** Lets everything that is ready run: promises, and what Node queued for its next turns. No time passes. */
export async function settleTurns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
  await new Promise<void>((resolve) => setImmediate(resolve));
}

export function createSteppedClock(start = Date.UTC(2026, 4, 4, 8, 0, 0)): SteppedClock {
  let mono = 1_000;
  let offset = start - mono;
  let nextId = 1;
  let timers: Timer[] = [];

  const earliest = (): Timer | undefined =>
    timers.reduce<Timer | undefined>((first, each) => (!first || each.at < first.at ? each : first), undefined);

  const runNext = async (until: number): Promise<boolean> => {
    const timer = earliest();
    if (!timer || timer.at > until) return false;
    timers = timers.filter((each) => each !== timer);
    mono = Math.max(mono, timer.at);
    timer.fn();
    await settleTurns();
    return true;
  };

  const advance = async (ms: number): Promise<void> => {
    await settleTurns();
    const until = mono + ms;
    while (await runNext(until));
    mono = until;
    await settleTurns();
  };

  return {
    now: () => epochMs(Math.floor(mono + offset)),
    mono: (): MonoMs => monoMs(mono),
    setTimeout(fn, ms) {
      const timer = { id: nextId++, at: mono + Math.max(0, Math.ceil(ms)), fn };
      timers.push(timer);
      return timer.id;
    },
    clearTimeout(handle) {
      timers = timers.filter((each) => each.id !== handle);
    },
    advance,
    async settle(promise, limitMs = 3_600_000) {
      let done = false;
      const finish = () => {
        done = true;
      };
      promise.then(finish, finish);
      const until = mono + limitMs;
      await settleTurns();
      while (!done && (await runNext(until)));
      if (!done) throw new Error(`not settled after ${limitMs} ms of stepped time (${timers.length} timers wait)`);
      return promise;
    },
    setWall(now) {
      offset = now - mono;
    },
    stall(ms) {
      mono += ms;
    },
    pending: () => timers.length,
  };
}
