import type { EventEmitter } from 'node:events';

/** Says `close` once, and from then on that it is `closed`. */
export type Until = EventEmitter & { readonly closed?: boolean };

/** Places of each caller; who finds none waits for his own, and for nobody else's. */
export type Places = {
  /** Resolves when there is a place; undefined: it has one. It is free when `until` says `close`, also if sooner. */
  take(caller: string, until: Until): Promise<void> | undefined;
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
  const enter = (caller: string, own: Own, until: Until) => {
    own.taken += 1;
    // said once; to listen once costs as much again
    until.on('close', () => leave(caller, own));
  };
  const wait = (caller: string, own: Own, until: Until) =>
    new Promise<void>((resolve) => {
      const go = () => {
        own.waiting.delete(go);
        until.removeListener('close', giveUp);
        enter(caller, own, until);
        resolve();
      };
      const giveUp = () => {
        own.waiting.delete(go);
        resolve();
      };
      own.waiting.add(go);
      until.once('close', giveUp);
    });
  return {
    take(caller, until) {
      // who went while he was asked who he is would never leave
      if (until.closed === true) return undefined;
      const own = callers.get(caller) ?? { taken: 0, waiting: new Set() };
      callers.set(caller, own);
      if (own.taken >= max) return wait(caller, own, until);
      enter(caller, own, until);
      return undefined;
    },
  };
}
