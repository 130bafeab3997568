import { LectorError } from '../../src/domain/errors.ts';
import type { Clock, Line } from '../../src/domain/ports.ts';

/** Bytes that arrive `afterMs` after the piece before it has ended (the first: after the request or call). */
export type Piece = {
  readonly afterMs: number;
  readonly bytes: Uint8Array;
  /** ms per byte; absent: all at once. */
  readonly paceMs?: number;
};

/** What the other side sends for the n-th request (from 1) on this line. */
export type Answerer = (request: Uint8Array, n: number) => readonly Piece[];

/** A line in memory whose other side is a script of bytes. Nothing arrives by itself but what the script says. */
export type FakeLine = Line & {
  /** Replaces the script; until then nothing answers. */
  answer(answerer: Answerer): void;
  /** Bytes that nobody asked for. */
  give(...pieces: readonly Piece[]): void;
  /** The port vanishes: what is parked or written rejects LINE_CLOSED until it is opened again. */
  lose(): void;
  /** Makes the next openings fail, or work again. */
  refuseOpen(refuse: boolean): void;
  /** Makes writes block until their own timeout, or work again. */
  blockWrites(block: boolean): void;
  /** Requests as they were written, with the instant on the clock's monotonic side. */
  readonly written: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  /** Calls of each kind so far. */
  readonly counts: {
    readonly reads: number;
    readonly flushes: number;
    readonly opens: number;
    readonly closes: number;
  };
};

const joined = (chunks: readonly Uint8Array[]): Uint8Array => Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));

/** A {@link FakeLine} on the given clock: with a stepped clock, what arrives when is exact. */
export function createFakeLine(o: { readonly clock: Clock; readonly description?: string }): FakeLine {
  const { clock, description = 'fake line' } = o;
  const written: { at: number; bytes: Uint8Array }[] = [];
  const counts = { reads: 0, flushes: 0, opens: 0, closes: 0 };
  let answerer: Answerer = () => [];
  let open = false;
  let opening = 0;
  let refusing = false;
  let blocked = false;
  let waiting: Uint8Array[] = [];
  let parked: { resolve(bytes: Uint8Array): void; reject(error: unknown): void } | null = null;

  const closedError = () => new LectorError('LINE_CLOSED', `${description} is closed`);
  const arrive = (bytes: Uint8Array): void => {
    waiting.push(bytes);
    if (!parked) return;
    const reader = parked;
    parked = null;
    reader.resolve(joined(waiting));
    waiting = [];
  };
  const later = (ms: number, bytes: Uint8Array): void => {
    const during = opening;
    const deliver = () => {
      if (during === opening && open && bytes.length > 0) arrive(bytes);
    };
    if (ms <= 0) deliver();
    else clock.setTimeout(deliver, ms);
  };
  const give = (...pieces: readonly Piece[]): void => {
    let at = 0;
    for (const { afterMs, bytes, paceMs } of pieces) {
      at += afterMs;
      if (paceMs === undefined) later(at, bytes);
      else for (let n = 0; n < bytes.length; n += 1) later(at + n * paceMs, bytes.subarray(n, n + 1));
      at += paceMs === undefined ? 0 : (bytes.length - 1) * paceMs;
    }
  };
  const end = (): void => {
    open = false;
    opening += 1;
    waiting = [];
    parked?.reject(closedError());
    parked = null;
  };

  return {
    description,
    written,
    counts,
    give,
    lose: end,
    answer(next) {
      answerer = next;
    },
    refuseOpen(refuse) {
      refusing = refuse;
    },
    blockWrites(block) {
      blocked = block;
    },
    async open() {
      counts.opens += 1;
      if (refusing) throw new LectorError('LINE_OPEN_FAILED', `${description} cannot be opened`);
      open = true;
      opening += 1;
    },
    write: (bytes, timeoutMs) =>
      new Promise((resolve, reject) => {
        if (!open) return reject(closedError());
        const late = () => reject(new LectorError('LINE_WRITE_BLOCKED', `${description} takes no bytes`));
        if (blocked) return void clock.setTimeout(late, timeoutMs);
        written.push({ at: clock.mono(), bytes: bytes.slice() });
        resolve();
        give(...answerer(bytes.slice(), written.length));
      }),
    read: () =>
      new Promise((resolve, reject) => {
        counts.reads += 1;
        if (!open) return reject(closedError());
        if (parked) return reject(new Error('two reads are parked on one line'));
        if (waiting.length === 0) {
          parked = { resolve, reject };
          return;
        }
        resolve(joined(waiting));
        waiting = [];
      }),
    async flush() {
      counts.flushes += 1;
      waiting = [];
    },
    async close() {
      counts.closes += 1;
      if (open) end();
    },
  };
}
