import type { RequestLine, RequestLines } from '../protocol/request-lines.ts';

/** Bytes that are looked at in one piece: 256 of the shortest requests at most. */
const SLICE_BYTES = 1024;

/** What came from one client and was not served yet. */
export type Intake = {
  add(bytes: Uint8Array): void;
  /** The next request; null: there is none until more bytes come. */
  next(): RequestLine | null;
  /** Nothing waits, but perhaps a line that was begun. */
  readonly isEmpty: boolean;
  readonly isMidLine: boolean;
  /** Bytes since the last request ended. */
  readonly unendedBytes: number;
};

/**
 * Cuts bytes into requests little by little, as they are served: the bytes of a client that sends faster than it is
 * served wait as bytes, and its socket is not read meanwhile.
 */
export function createIntake(lines: RequestLines): Intake {
  let chunks: Uint8Array[] = [];
  let found: readonly RequestLine[] = [];
  let at = 0;
  let unendedBytes = 0;

  /** Looks at the next bytes. False: there are none. */
  function look(): boolean {
    const chunk = chunks[0];
    if (chunk === undefined) return false;
    const slice = chunk.subarray(0, SLICE_BYTES);
    if (slice.length === chunk.length) chunks = chunks.slice(1);
    else chunks[0] = chunk.subarray(SLICE_BYTES);
    found = lines.feed(slice);
    at = 0;
    unendedBytes = found.length === 0 ? unendedBytes + slice.length : 0;
    return true;
  }

  return {
    add(bytes) {
      chunks.push(bytes);
    },
    next() {
      while (at >= found.length) if (!look()) return null;
      const line = found[at];
      at += 1;
      return line ?? null;
    },
    get isEmpty() {
      return at >= found.length && chunks.length === 0;
    },
    get isMidLine() {
      return lines.isMidLine;
    },
    get unendedBytes() {
      return unendedBytes;
    },
  };
}
