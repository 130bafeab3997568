import type { Turns, Worker } from './turns.ts';

/** Bytes that wait for all clients together: beyond, only who took all that it was sent is served. */
export const OUTPUT_ALL_MAX = 32 * 1024 * 1024;
/** Beyond that nobody is. */
const OUTPUT_ALL_LIMIT = 2 * OUTPUT_ALL_MAX;

/** What waits for all clients. */
export type Outflow = {
  /** So many bytes more wait, or less. */
  count(bytes: number): void;
  /** More waits than should: who keeps others waiting is to go soon. */
  readonly isOver: boolean;
  /** Whether a request is to be taken of a client; `isSent`: nothing waits for that one. */
  allows(isSent: boolean): boolean;
  /** Has `worker` asked again when less waits. */
  whenEased(worker: Worker): void;
  forget(worker: Worker): void;
};

export function createOutflow(turns: Turns): Outflow {
  const held = new Set<Worker>();
  let waiting = 0;

  const level = (): number => (waiting > OUTPUT_ALL_MAX ? 1 : 0) + (waiting > OUTPUT_ALL_LIMIT ? 1 : 0);

  function wake(): void {
    const all = [...held];
    held.clear();
    for (const worker of all) turns.ask(worker);
  }

  return {
    count(bytes) {
      const before = level();
      waiting += bytes;
      // not at once: whoever counts is in the middle of writing
      if (level() < before) setImmediate(wake);
    },
    get isOver() {
      return level() > 0;
    },
    allows: (isSent) => level() === 0 || (level() === 1 && isSent),
    whenEased(worker) {
      held.add(worker);
    },
    forget(worker) {
      held.delete(worker);
    },
  };
}
