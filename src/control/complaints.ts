import type { Clock } from '../domain/ports.ts';
import type { MonoMs } from '../domain/units.ts';

/** The same is logged once in so many ms. */
export const COMPLAINT_EVERY_MS = 60_000;
/** Different complaints that are remembered; beyond, the oldest is forgotten. */
const REMEMBERED_MAX = 1_000;

export type Complaints = {
  /**
   * Calls `log` unless it was called for the same `key` within the last minute, with how often the key came and was
   * not logged since then.
   */
  about(key: string, log: (unsaid: number) => void): void;
};

/** What clients do wrong must be seen in the log, and must not fill it. */
export function createComplaints(clock: Clock): Complaints {
  const said = new Map<string, { readonly at: MonoMs; unsaid: number }>();
  return {
    about(key, log) {
      const now = clock.mono();
      const last = said.get(key);
      if (last !== undefined && now - last.at < COMPLAINT_EVERY_MS) {
        last.unsaid += 1;
        return;
      }
      // deleted first, so that the order is that of their last lines
      said.delete(key);
      const [oldest] = said.keys();
      if (said.size >= REMEMBERED_MAX && oldest !== undefined) said.delete(oldest);
      said.set(key, { at: now, unsaid: 0 });
      log(last?.unsaid ?? 0);
    },
  };
}

/** How often it came besides, for the end of a line of the log: ` (and 7 times before)`. */
export const timesBefore = (unsaid: number): string => (unsaid === 0 ? '' : ` (and ${unsaid} times before)`);
