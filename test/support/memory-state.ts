import type { SmallState, StateFile } from '../../src/domain/store-port.ts';

/** The small state without a file. `start` is what the run before left. */
export function createMemoryState(start: Partial<SmallState> = {}): StateFile {
  let state: SmallState = { version: 1, paused: {}, identities: {}, ...start };
  return {
    read: () => state,
    async update(change) {
      state = change(state);
    },
  };
}
