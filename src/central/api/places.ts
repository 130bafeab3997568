import type { EventEmitter } from 'node:events';

/** Places of each caller; who finds none waits for his own, and for nobody else's. */
export type Places = {
  /** Resolves when there is a place; it is free again when `until` says `close`, also if that is before. */
  take(caller: string, until: EventEmitter): Promise<void>;
};

type Own = { taken: number; readonly waiting: Set<() => void> };

export function createPlaces(max: number): Places {
  const callers = new Map<string, Own>();
  const leave = (caller: string, own: Own) => {
    own.taken -= 1;
    const [next] = own.waiting;
    if (next !== undefined) next();
    else if (own.taken === 0) callers.delete(caller);
  };
  return {
    take(caller, until) {
      const own = callers.get(caller) ?? { taken: 0, waiting: new Set() };
      callers.set(caller, own);
      return new Promise((resolve) => {
        const enter = () => {
          own.waiting.delete(enter);
          until.removeListener('close', giveUp);
          own.taken += 1;
          until.once('close', () => leave(caller, own));
          resolve();
        };
        const giveUp = () => {
          own.waiting.delete(enter);
          resolve();
        };
        if (own.taken < max) return enter();
        own.waiting.add(enter);
        until.once('close', giveUp);
      });
    },
  };
}
