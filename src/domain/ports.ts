import type { Answer, Ask, LineEvent, LineFrame } from './transaction.ts';
import type { EpochMs, MonoMs } from './units.ts';

/** Time as everything outside `domain` and `machines` receives it; also a valid XState clock. */
export interface Clock {
  now(): EpochMs;
  mono(): MonoMs;
  /** Waits longer than 2^31 - 1 ms are clamped by the implementation; fractions of a ms are rounded up. */
  setTimeout(fn: (...args: unknown[]) => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/**
 * An open byte transport: serial port, TCP socket, or simulated. Reading is pulled: bytes wait in the transport until
 * `read` is called, so that a link decides when to look and a whole frame costs few reads.
 */
export interface Line {
  /** What a person calls it: "/dev/ttyUSB0", "10.0.0.7:502", "simulated line 3". */
  readonly description: string;
  /** Rejects with LINE_OPEN_FAILED in words (missing, busy, permission with the remedy, refused, unreachable). */
  open(): Promise<void>;
  /** Resolves when the bytes were handed over; rejects LINE_CLOSED when lost, LINE_WRITE_BLOCKED after `timeoutMs`. */
  write(bytes: Uint8Array, timeoutMs: number): Promise<void>;
  /** Resolves with the bytes that arrived, at least one; rejects LINE_CLOSED when the line is lost or closed. */
  read(): Promise<Uint8Array>;
  /** Throws away what arrived and was not read. */
  flush(): Promise<void>;
  /** Closes; a parked read and write reject. Never rejects; closing twice is fine. */
  close(): Promise<void>;
}

/** One request at a time over a line: a whole, checked answer or a LectorError whose code says what happened. */
export interface Link {
  open(): Promise<void>;
  /**
   * Sends and waits for the checked answer. A rejection may carry `facts.quietMs`: the unit must not be asked again
   * before so many ms (others may).
   */
  transact(ask: Ask): Promise<Answer>;
  close(): Promise<void>;
}

/** What a link reports besides its answers. `onLost` is called at most once per opening, also while idle. */
export type LinkObserver = {
  readonly onEvent?: (event: LineEvent) => void;
  readonly onFrame?: (frame: LineFrame) => void;
  readonly onLost?: (cause: unknown) => void;
};

/** The log as every layer receives it: facts as fields, one sentence of text. */
export interface Log {
  debug(facts: Readonly<Record<string, unknown>>, text: string): void;
  info(facts: Readonly<Record<string, unknown>>, text: string): void;
  warn(facts: Readonly<Record<string, unknown>>, text: string): void;
  error(facts: Readonly<Record<string, unknown>>, text: string): void;
}
