import type { MonoMs, UnitId } from '../../src/domain/units.ts';

/** Answers remembered per unit; older ones are no longer told from malformed ones, which costs a wrong word only. */
const REMEMBERED_MAX = 16;

/** Function and byte count: what tells the answers of one unit from each other. */
export type Shape = { readonly function: number; readonly byteCount: number | null };

/** What is known of one unit of the line. */
export type UnitState = {
  /** Only its reserved request may be sent: an older answer may still be on its way. */
  dirty: boolean;
  /** It has answered on this link before, so that being dirty means that something went wrong. */
  heard: boolean;
  /** The last request may have made it deaf for a moment: a first silence proves nothing. */
  deaf: boolean;
  /** It is not asked before, so that its late answer finds nobody waiting for another one. */
  quietUntil: MonoMs;
  /** Answers that a timeout left unseen, and all that were asked for lately. */
  owed: readonly string[];
  asked: readonly string[];
};

export type UnitLedger = {
  of(unit: UnitId): UnitState;
  noteAsked(unit: UnitId, shape: Shape): void;
  noteTimeout(unit: UnitId, shape: Shape, quietUntil: MonoMs): void;
  /** All that is older has passed: the unit answered its reserved request. */
  noteResync(unit: UnitId): void;
  /** A good frame that answers no request in flight: `late` when this unit was asked for such a one before. */
  noteStray(unit: UnitId, shape: Shape, now: MonoMs): 'late' | 'unknown';
};

const keyOf = ({ function: code, byteCount }: Shape): string => `${code & 0x7f}:${byteCount ?? '*'}`;
const remember = (keys: readonly string[], key: string): readonly string[] =>
  [...keys.filter((each) => each !== key), key].slice(-REMEMBERED_MAX);

/** An exception carries no byte count: it may answer any request of its function. */
function matches(key: string, shape: Shape): boolean {
  return (shape.function & 0x80) === 0 ? key === keyOf(shape) : key.startsWith(`${shape.function & 0x7f}:`);
}

/**
 * Who owes an answer, who must be resynchronised, who is left in peace until when. It outlives a reopening: what waits in
 * a gateway's serial side does not vanish with the socket. `startDirty`: a unit that was never heard must answer its
 * reserved request first, because the process before this one may have asked it something.
 */
export function createUnitLedger(startDirty: boolean): UnitLedger {
  const units = new Map<UnitId, UnitState>();
  const none = 0 as MonoMs;
  const of = (unit: UnitId): UnitState => {
    const known = units.get(unit);
    if (known) return known;
    const state = { dirty: startDirty, heard: false, deaf: false, quietUntil: none, owed: [], asked: [] };
    units.set(unit, state);
    return state;
  };
  return {
    of,
    noteAsked(unit, shape) {
      const state = of(unit);
      const key = keyOf(shape);
      if (state.asked.at(-1) !== key) state.asked = remember(state.asked, key);
    },
    noteTimeout(unit, shape, quietUntil) {
      const state = of(unit);
      state.dirty = true;
      state.quietUntil = quietUntil;
      state.owed = remember(state.owed, keyOf(shape));
    },
    noteResync(unit) {
      Object.assign(of(unit), { dirty: false, heard: true, deaf: false, quietUntil: none, owed: [] });
    },
    noteStray(unit, shape, now) {
      const state = units.get(unit);
      if (!state) return 'unknown';
      const owed = state.owed.find((key) => matches(key, shape));
      if (owed !== undefined) {
        state.owed = state.owed.filter((key) => key !== owed);
        if (state.owed.length === 0) state.quietUntil = now;
      }
      return state.asked.some((key) => matches(key, shape)) ? 'late' : 'unknown';
    },
  };
}
