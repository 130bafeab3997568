import type { Clock } from '../domain/ports.ts';
import type { MonoMs } from '../domain/units.ts';

const MINUTE_MS = 60_000;
/** Addresses that are counted; beyond, the oldest is forgotten. */
const ADDRESSES_MAX = 1_000;

/** Counts something by address, within a minute from its first. */
export type MinuteCount = {
  /** It came `max` times already, and the minute is not over. */
  isExhausted(address: string): boolean;
  count(address: string): void;
};

export function createMinuteCount(clock: Clock, max: number): MinuteCount {
  const counts = new Map<string, { readonly since: MonoMs; seen: number }>();
  const current = (address: string) => {
    const counted = counts.get(address);
    return counted !== undefined && clock.mono() - counted.since < MINUTE_MS ? counted : undefined;
  };
  return {
    isExhausted: (address) => (current(address)?.seen ?? 0) >= max,
    count(address) {
      const counted = current(address);
      if (counted !== undefined) {
        counted.seen += 1;
        return;
      }
      counts.delete(address);
      const [oldest] = counts.keys();
      if (counts.size >= ADDRESSES_MAX && oldest !== undefined) counts.delete(oldest);
      counts.set(address, { since: clock.mono(), seen: 1 });
    },
  };
}
