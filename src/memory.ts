import type { PausedBy } from './domain/mode.ts';
import type { Clock, Log } from './domain/ports.ts';
import type { Identity, SmallState, StateFile, Store } from './domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from './domain/units.ts';

/** What Lector remembers of its analyzers over a restart: who is paused, and what each meter said it is. */
export type Memory = {
  readonly pauseOf: (id: AnalyzerId) => Pause | null;
  readonly identityOf: (id: AnalyzerId) => Identity | null;
  readonly keepIdentity: (id: AnalyzerId, identity: Identity) => void;
  /** Ends the pauses whose end passed while Lector did not run. */
  readonly endPauses: () => void;
  /** A pause is kept; its end leaves a gap mark behind. */
  readonly keepMode: (id: AnalyzerId, mode: KeptMode) => void;
};

/** A mode as it is kept: `until` and `by` of a pause, null of others. */
export type KeptMode = {
  readonly mode: 'running' | 'paused' | 'stopped';
  readonly until: EpochMs | null;
  readonly by: PausedBy | null;
};

type Pause = { readonly since: EpochMs; readonly until: EpochMs | null; readonly by: PausedBy };

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
    const { since, until, by = 'analyzer' } = pause;
    return { since: epochMs(since), until: until === null ? null : epochMs(until), by };
  };

  /** Resolves with since when it was paused; null: it was not. */
  const forgetPause = async (id: AnalyzerId): Promise<number | null> => {
    let since: number | null = null;
    const forget = (before: SmallState): SmallState => {
      const { [id]: pause, ...paused } = before.paused;
      since = pause?.since ?? null;
      return pause === undefined ? before : { ...before, paused };
    };
    await state.update(forget).catch(failed(`the end of the pause of analyzer ${id}`));
    return since;
  };

  /** A clock that was put back before the pause began leaves no stretch that could be marked. */
  const markGap = (analyzerId: AnalyzerId, since: number, to: number) => {
    if (to <= since) return;
    store
      .putGap({ analyzerId, from: epochMs(since), to: epochMs(to), cause: 'paused' })
      .catch(failed(`the gap of analyzer ${analyzerId}`));
  };

  return {
    pauseOf,
    identityOf: (id) => state.read().identities[id] ?? null,
    keepIdentity(id, identity) {
      state
        .update((before) => ({ ...before, identities: { ...before.identities, [id]: identity } }))
        .catch(failed(`the identity of analyzer ${id}`));
    },
    endPauses() {
      for (const [name, { since, until }] of Object.entries(state.read().paused)) {
        if (until === null || until > clock.now()) continue;
        void forgetPause(Number(name));
        markGap(Number(name), since, until);
      }
    },
    keepMode(id, { mode, until, by }) {
      const now = clock.now();
      if (mode !== 'paused') {
        forgetPause(id).then((since) => since !== null && markGap(id, since, now));
        return;
      }
      // what it was before is asked when its turn comes: an earlier change may still be waiting to be written
      const pause = ({ paused }: SmallState) => ({
        since: paused[id]?.since ?? now,
        until,
        ...(by === 'line' && { by }),
      });
      state
        .update((before) => ({ ...before, paused: { ...before.paused, [id]: pause(before) } }))
        .catch(failed(`the pause of analyzer ${id}`));
    },
  };
}
