import type { Clock, Log } from './domain/ports.ts';
import type { Identity, StateFile, Store } from './domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from './domain/units.ts';

/** What Lector remembers of its analyzers over a restart: who is paused, and what each meter said it is. */
export type Memory = {
  readonly pauseOf: (id: AnalyzerId) => { readonly since: EpochMs; readonly until: EpochMs | null } | null;
  readonly identityOf: (id: AnalyzerId) => Identity | null;
  readonly keepIdentity: (id: AnalyzerId, identity: Identity) => void;
  /** A pause is kept; its end leaves a gap mark behind. */
  readonly keepMode: (id: AnalyzerId, mode: 'running' | 'paused' | 'stopped', until: EpochMs | null) => void;
};

export type MemoryOptions = {
  readonly state: StateFile;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
};

export function createMemory({ state, store, clock, log }: MemoryOptions): Memory {
  const failed = (what: string) => (error: unknown) => log.error({ error }, `${what} could not be kept over a restart`);

  const pauseOf: Memory['pauseOf'] = (id) => {
    const pause = state.read().paused[id];
    if (pause === undefined || (pause.until !== null && pause.until <= clock.now())) return null;
    return { since: epochMs(pause.since), until: pause.until === null ? null : epochMs(pause.until) };
  };

  return {
    pauseOf,
    identityOf: (id) => state.read().identities[id] ?? null,
    keepIdentity(id, identity) {
      state
        .update((before) => ({ ...before, identities: { ...before.identities, [id]: identity } }))
        .catch(failed(`the identity of analyzer ${id}`));
    },
    keepMode(id, mode, until) {
      const pause = state.read().paused[id];
      const now = clock.now();
      const since = pause?.since ?? now;
      state
        .update((before) => {
          const { [id]: _, ...others } = before.paused;
          return { ...before, paused: mode === 'paused' ? { ...others, [id]: { since, until } } : others };
        })
        .catch(failed(`the pause of analyzer ${id}`));
      if (mode === 'paused' || pause === undefined) return;
      store
        .putGap({ analyzerId: id, from: epochMs(since), to: now, cause: 'paused' })
        .catch(failed(`the gap of analyzer ${id}`));
    },
  };
}
