import type { LectorRecord } from '../../src/domain/record.ts';
import type { Store } from '../../src/domain/store-port.ts';
import type { EpochMs } from '../../src/domain/units.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';

/** A store in memory that outlives runs: `restart` is what happens between two. */
export type LastingStore = Store & {
  restart(): void;
  /** Every record, in the order of writing. */
  readonly written: readonly LectorRecord[];
};

export function createLastingStore(): LastingStore {
  const store = createMemoryStore();
  let mark: EpochMs | null = null;
  let markBefore: EpochMs | null = null;
  const written: LectorRecord[] = [];
  let listeners: (() => void)[] = [];
  return {
    ...store,
    written,
    async putRecord(record) {
      const outcome = await store.putRecord(record);
      if (outcome === 'written') written.push(record);
      return outcome;
    },
    async markAlive(at) {
      mark = at;
    },
    lastAlive: () => markBefore,
    outbox: {
      ...store.outbox,
      onRecord(listener) {
        const end = store.outbox.onRecord(listener);
        listeners.push(end);
        return end;
      },
    },
    restart() {
      markBefore = mark;
      for (const end of listeners) end();
      listeners = [];
    },
  };
}
