import type { Clock } from '../domain/ports.ts';

/** Work for clients in one pass of the event loop, in ms: then meters, timers and files have their turn. */
export const TURN_BUDGET_MS = 5;

/** Somebody with work to do in small pieces. */
export type Worker = {
  /** Does one piece. True: there is more to do at once. Never throws. */
  work(): boolean;
};

export type Turns = {
  /** Has `worker` work, at once where the budget allows it; one that waits already waits on. */
  ask(worker: Worker): void;
  /** Forgets one that waits. */
  leave(worker: Worker): void;
  /** Resolves in a later pass of the event loop: for work that is not done in pieces of its own. */
  nextPass(): Promise<void>;
};

/**
 * One piece each, in turns, for at most {@link TURN_BUDGET_MS} in one pass of the event loop, whatever many ask for: so
 * that no client waits for another's long list of requests, and no reading for all of them.
 */
export function createTurns(clock: Clock): Turns {
  // a Set keeps the order in which they asked, and holds each once
  const waiting = new Set<Worker>();
  let spentMs = 0;
  let isRunning = false;
  let isRenewing = false;

  function run(): void {
    if (isRunning) return;
    isRunning = true;
    let before = clock.mono();
    for (const worker of waiting) {
      if (spentMs >= TURN_BUDGET_MS) break;
      waiting.delete(worker);
      // one that goes on is added anew: behind all that wait, and this loop comes to it again
      if (worker.work()) waiting.add(worker);
      const now = clock.mono();
      spentMs += now - before;
      before = now;
    }
    isRunning = false;
    if (isRenewing) return;
    isRenewing = true;
    setImmediate(renew);
  }

  function renew(): void {
    isRenewing = false;
    spentMs = 0;
    if (waiting.size > 0) run();
  }

  return {
    ask(worker) {
      waiting.add(worker);
      if (spentMs < TURN_BUDGET_MS) run();
    },
    leave(worker) {
      waiting.delete(worker);
    },
    nextPass: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
