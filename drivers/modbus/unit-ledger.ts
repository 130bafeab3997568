import { type MonoMs, monoMs, type UnitId } from '../../src/domain/units.ts';
import type { Request } from './requests.ts';

/** Answers remembered per unit; older ones are no longer told from malformed ones, which costs a wrong word only. */
const REMEMBERED_MAX = 16;
/** A reserved read that was not answered for so long is taken for lost, and no longer counted. */
const LOST_AFTER_MS = 60_000;

/** Function and byte count: what tells the answers of one unit from each other. */
export type Shape = { readonly function: number; readonly byteCount: number | null };

/** A reserved read that no answer has been counted for yet. */
type Pending = { readonly order: number; readonly at: MonoMs };

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
};

type Books = UnitState & {
  /** Requests sent so far, and which of them was the last that was not the reserved read. */
  sent: number;
  lastBlock: number;
  pending: readonly Pending[];
  reservedKey: string | null;
  /** Answers that a timeout left unseen, and all that were asked for lately. */
  owed: readonly string[];
  asked: readonly string[];
};

export type UnitLedger = {
  of(unit: UnitId): UnitState;
  noteSent(request: Request, now: MonoMs): void;
  noteTimeout(unit: UnitId, shape: Shape, quietUntil: MonoMs): void;
  /**
   * The unit answered a reserved read. Reserved answers look alike, so it is taken for the answer to the oldest one
   * that is still open. True when even that one was sent after everything else: whatever is older has passed, for a
   * unit answers in order, and it is clean. False: send it once more.
   */
  noteReserved(unit: UnitId): boolean;
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

const newBooks = (dirty: boolean): Books => ({
  ...{ dirty, heard: false, deaf: false, quietUntil: monoMs(0), sent: 0, lastBlock: 0 },
  ...{ pending: [], reservedKey: null, owed: [], asked: [] },
});

/**
 * Who owes an answer, who must be resynchronised, who is left in peace until when. It outlives a reopening: what
 * waits in a gateway's serial side does not vanish with the socket. `startDirty`: a unit that was never heard must
 * answer its reserved request first, because the process before this one may have asked it something.
 */
export function createUnitLedger(startDirty: boolean): UnitLedger {
  const units = new Map<UnitId, Books>();
  const of = (unit: UnitId): Books => {
    const known = units.get(unit);
    if (known) return known;
    const books = newBooks(startDirty);
    units.set(unit, books);
    return books;
  };
  const takePending = (books: Books): Pending | undefined => {
    const [oldest, ...others] = books.pending;
    books.pending = others;
    return oldest;
  };
  return {
    of,
    noteSent(request, now) {
      const books = of(request.unit);
      const key = keyOf(request);
      books.sent += 1;
      if (books.asked.at(-1) !== key) books.asked = remember(books.asked, key);
      if (!request.reserved) {
        books.lastBlock = books.sent;
        return;
      }
      books.reservedKey = key;
      const open = books.pending.filter(({ at }) => now - at < LOST_AFTER_MS);
      books.pending = [...open, { order: books.sent, at: now }].slice(-REMEMBERED_MAX);
    },
    noteTimeout(unit, shape, quietUntil) {
      const books = of(unit);
      books.dirty = true;
      books.quietUntil = quietUntil;
      books.owed = remember(books.owed, keyOf(shape));
    },
    noteReserved(unit) {
      const books = of(unit);
      const oldest = takePending(books);
      if (oldest && oldest.order < books.lastBlock) return false;
      Object.assign(books, { dirty: false, heard: true, deaf: false, quietUntil: monoMs(0), owed: [] });
      return true;
    },
    noteStray(unit, shape, now) {
      const books = units.get(unit);
      if (!books) return 'unknown';
      if (keyOf(shape) === books.reservedKey && (shape.function & 0x80) === 0) takePending(books);
      const owed = books.owed.find((key) => matches(key, shape));
      if (owed !== undefined) {
        books.owed = books.owed.filter((key) => key !== owed);
        if (books.owed.length === 0) books.quietUntil = now;
      }
      return books.asked.some((key) => matches(key, shape)) ? 'late' : 'unknown';
    },
  };
}
