import type { MonoMs } from './units.ts';

/** Restarts allowed within {@link RESTART_WINDOW_MS}; the next crash holds the actor. */
export const RESTARTS_MAX = 3;
export const RESTART_WINDOW_MS = 60_000;
/** A held actor is tried again after this time. */
export const HELD_RETRY_MS = 600_000;

export type RestartVerdict = {
  readonly kind: 'restart' | 'hold';
  /** The crashes still counted, this one among them. */
  readonly recent: readonly MonoMs[];
};

/** Allows at most `restartsMax` restarts in the last `windowMs`, counting this one. */
export function decideRestart(
  past: readonly MonoMs[],
  now: MonoMs,
  restartsMax: number = RESTARTS_MAX,
  windowMs: number = RESTART_WINDOW_MS,
): RestartVerdict {
  const recent = [...past.filter((instant) => instant > now - windowMs), now];
  return { kind: recent.length <= restartsMax ? 'restart' : 'hold', recent };
}
