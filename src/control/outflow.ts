import type { Turns, Worker } from './turns.ts';

/** Bytes that wait for all clients together: beyond, no request is taken. */
export const OUTPUT_ALL_MAX = 32 * 1024 * 1024;

/** What waits for all clients. */
export type Outflow = {
  /** So many bytes more wait, or less. */
  count(bytes: number): void;
  /** So much waits that no request is to be taken. */
  readonly isOver: boolean;
  /** Has `worker` asked again when less waits. */
  whenEased(worker: Worker): void;
  forget(worker: Worker): void;
};

export function createOutflow(turns: Turns): Outflow {
  const held = new Set<Worker>();
  let waiting = 0;

  function wake(): void {
    const all = [...held];
    held.clear();
    for (const worker of all) turns.ask(worker);
  }

  return {
    count(bytes) {
      const wasOver = waiting > OUTPUT_ALL_MAX;
      waiting += bytes;
      // not at once: whoever counts is in the middle of writing
      if (wasOver && waiting <= OUTPUT_ALL_MAX) setImmediate(wake);
    },
    get isOver() {
      return waiting > OUTPUT_ALL_MAX;
    },
    whenEased(worker) {
      held.add(worker);
    },
    forget(worker) {
      held.delete(worker);
    },
  };
}
