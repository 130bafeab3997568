import type { Clock } from '../../domain/ports.ts';

/** How long an answer is kept, ms: another process that changes it is heard after so long. */
export const KEPT_MS = 5_000;
const KEPT_MAX = 10_000;

/** Remembers answers that are asked for with every call, for some seconds. */
export type ShortMemory<K, V> = {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
  delete(key: K): void;
  clear(): void;
};

export function createShortMemory<K, V>(clock: Clock): ShortMemory<K, V> {
  const kept = new Map<K, { readonly value: V; readonly until: number }>();
  return {
    get(key) {
      const found = kept.get(key);
      return found !== undefined && clock.mono() < found.until ? found.value : undefined;
    },
    set(key, value) {
      if (kept.size >= KEPT_MAX) kept.clear();
      kept.set(key, { value, until: clock.mono() + KEPT_MS });
    },
    delete(key) {
      kept.delete(key);
    },
    clear: () => kept.clear(),
  };
}
