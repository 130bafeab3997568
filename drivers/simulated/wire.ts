import type { Piece } from './faults.ts';

/** Times of a line in ms: a character (0: whole frames at once), the silence that ends a request, the meter's delay. */
export type Pace = { readonly charMs: number; readonly silenceMs: number; readonly turnaroundMs: number };

type Segment = { readonly bytes: Uint8Array; readonly start: number; readonly end: number; taken: number };

/** Bytes on their way. Instants are of the monotonic clock; nothing here runs by itself. */
export type Wire = {
  /** Puts a request on the wire: when its first character starts and its last ends, and whether silence came before. */
  request(
    now: number,
    length: number,
  ): { readonly startsAt: number; readonly endsAt: number; readonly silent: boolean };
  /** Puts an answer to that request behind it: in order for its unit, never over another one. */
  answer(sent: Piece & { readonly unit: number }, startsAt: number, endsAt: number): void;
  /** The bytes whose last bit has arrived, each once. */
  take(now: number): Uint8Array;
  /** When the next byte will be there; null: nothing is on its way. */
  nextByteAt(): number | null;
  /** Pieces that nobody has taken whole. */
  waiting(): number;
  clear(): void;
};

/** Segments kept for somebody who never reads. */
const SEGMENTS_MAX = 2000;
const NO_BYTES = new Uint8Array(0);
/** Other programs hand over a request in pieces: only a longer pause than the standard asks for ends one. */
const FRAME_BREAK_MS = 20;
/** Sums of fractions of a ms are not exact. */
const EPSILON_MS = 1e-6;

export function createWire({ charMs, silenceMs, turnaroundMs }: Pace): Wire {
  let segments: Segment[] = [];
  let requestsEnd = Number.NEGATIVE_INFINITY;
  const unitEnds = new Map<number, number>();

  /** The first time from `start` on at which `bytes` collide with nothing. */
  const place = (bytes: Uint8Array, start: number): Segment => {
    let from = start;
    const lasts = bytes.length * charMs;
    for (const other of segments) if (from < other.end && from + lasts > other.start) from = other.end;
    return { bytes, start: from, end: from + lasts, taken: 0 };
  };
  const insert = (segment: Segment): void => {
    const later = segments.findIndex((other) => other.start > segment.start);
    segments.splice(later === -1 ? segments.length : later, 0, segment);
    if (segments.length > SEGMENTS_MAX) segments = segments.slice(-SEGMENTS_MAX);
  };
  const arrived = ({ bytes, start }: Segment, now: number): number => {
    if (charMs === 0) return now + EPSILON_MS >= start ? bytes.length : 0;
    return Math.max(0, Math.min(bytes.length, Math.floor((now - start + EPSILON_MS) / charMs)));
  };

  return {
    request(now, length) {
      const silent = now - requestsEnd > Math.max(silenceMs, FRAME_BREAK_MS);
      const startsAt = Math.max(now, requestsEnd);
      requestsEnd = startsAt + length * charMs;
      return { startsAt, endsAt: requestsEnd, silent };
    },
    answer({ bytes, delayMs, withRequest, unit }, startsAt, endsAt) {
      if (withRequest) return insert({ bytes, start: startsAt, end: startsAt + bytes.length * charMs, taken: 0 });
      const wanted = endsAt + silenceMs + turnaroundMs + delayMs;
      const segment = place(bytes, Math.max(wanted, unitEnds.get(unit) ?? wanted));
      unitEnds.set(unit, segment.end);
      insert(segment);
    },
    take(now) {
      const parts: Uint8Array[] = [];
      for (const segment of segments) {
        const until = arrived(segment, now);
        if (until > segment.taken) parts.push(segment.bytes.subarray(segment.taken, until));
        segment.taken = Math.max(segment.taken, until);
      }
      if (parts.length === 0) return NO_BYTES;
      segments = segments.filter((segment) => segment.taken < segment.bytes.length);
      return parts.length === 1 ? parts[0]! : Uint8Array.of(...parts.flatMap((part) => [...part]));
    },
    nextByteAt() {
      const next = segments.map(({ start, taken }) => start + (taken + 1) * charMs);
      return next.length === 0 ? null : Math.min(...next);
    },
    waiting: () => segments.length,
    clear() {
      segments = [];
      unitEnds.clear();
      requestsEnd = Number.NEGATIVE_INFINITY;
    },
  };
}
