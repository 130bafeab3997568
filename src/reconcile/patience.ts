import { type LectorError, toFailure } from '../domain/errors.ts';
import type { Clock } from '../domain/ports.ts';
import type { Voice } from './voice.ts';

/** Attempts before a person is told that it does not work. */
export const ATTEMPTS_MAX = 5;
const FIRST_WAIT_MS = 2_000;
/** Longest that a command waits because the other end asked it to. */
const WAIT_MAX_MS = 60_000;

/**
 * Tries again what failed as a whole, after 2, 4, 8 and 16 s or what was asked for. Rejects with the last failure, and
 * at once where waiting is of no use.
 */
export async function patiently<T>(attempt: () => Promise<T>, clock: Clock, voice: Voice): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt();
    } catch (error) {
      const { message, facts } = toFailure(error);
      const asked = Number(facts.retryAfterMs ?? 0);
      const isUseless = asked > WAIT_MAX_MS || USELESS.includes(Number(facts.status));
      if (number >= ATTEMPTS_MAX || isUseless) throw error as LectorError;
      const wait = Math.max(FIRST_WAIT_MS * 2 ** (number - 1), asked);
      voice.progress(`${message}; again in ${Math.round(wait / 1000)} s`);
      await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), wait));
    }
  }
}

/** A person must act: a token, an address, a node. */
const USELESS: readonly number[] = [401, 403, 404, 405, 501];
