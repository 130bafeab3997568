import { LectorError } from '../../src/domain/errors.ts';
import type { Clock, Line } from '../../src/domain/ports.ts';
import type { MonoMs } from '../../src/domain/units.ts';

/** Bytes kept of what arrives; of more, the newest. */
export const INBOX_BYTES = 1024;
/** A timer later than this tells of a blocked event loop, not of a silent meter. */
const LAG_MS = 10;
/** How long the line is looked at again after such a timer: what waits in the transport comes with the next turns. */
const LAG_LOOK_MS = 25;
/** Pause before an idle line is watched again, so that babble costs few reads. */
const IDLE_PAUSE_MS = 20;

/** What arrives on a line between two openings, seen through one parked read. */
export type Inbox = {
  /** A view of what arrived and was not dropped; valid until the next wait. Taken for seen. */
  bytes(): Uint8Array;
  /** Forgets the first `count` bytes. */
  drop(count: number): void;
  /** Bytes that did not fit since the last call. */
  takeOverflow(): number;
  /** When the last byte was seen; the opening at first. */
  lastByteAt(): MonoMs;
  /** Since when the line is known to be silent: now, when nobody looks. */
  silentSince(): MonoMs;
  /**
   * Waits for bytes until `until`: true when there are some that were not seen. A timer that fires late is not
   * believed before the line was looked at once more. Rejects LINE_CLOSED when the line is lost or closed.
   */
  more(until: number): Promise<boolean>;
  /** Waits without looking, so that bytes gather. Rejects LINE_CLOSED when closed meanwhile. */
  sleep(ms: number): Promise<void>;
  /** A transaction begins: from now on what comes waits for it. */
  attend(): void;
  /** Nobody waits any more: the line is watched for what comes by itself, and for its loss. */
  watch(): void;
  /** The line is gone: everybody who waits is told, `onLost` once. */
  lose(cause: unknown): void;
  /** The end of this opening, by our own will. */
  stop(): void;
};

export type InboxOptions = {
  readonly line: Line;
  readonly clock: Clock;
  /** Bytes came while nobody was waiting for any. */
  readonly onIdleBytes: () => void;
  readonly onLost: (cause: unknown) => void;
};

type End = { readonly cause: unknown; readonly message: string };

/** Keeps one read parked on the line: the first byte wakes whoever waits, and a lost port is noticed at once. */
export function createInbox({ line, clock, onIdleBytes, onLost }: InboxOptions): Inbox {
  const store = new Uint8Array(INBOX_BYTES);
  let length = 0;
  let overflow = 0;
  let parked = false;
  let fresh = false;
  let idle = false;
  let lastByteAt = clock.mono();
  let parkedAt = lastByteAt;
  let end: End | null = null;
  let wake: (() => void) | null = null;
  let idleTimer: unknown = null;

  const append = (chunk: Uint8Array): void => {
    const fitting = chunk.length > INBOX_BYTES ? chunk.subarray(-INBOX_BYTES) : chunk;
    const kept = Math.min(length, INBOX_BYTES - fitting.length);
    overflow += chunk.length - fitting.length + length - kept;
    if (kept < length) store.copyWithin(0, length - kept, length);
    store.set(fitting, kept);
    length = kept + fitting.length;
    fresh = true;
    lastByteAt = clock.mono();
  };
  const finish = (how: End): void => {
    if (end) return;
    end = how;
    clock.clearTimeout(idleTimer);
    wake?.();
  };
  const lose = (cause: unknown): void => {
    if (end) return;
    finish({ cause, message: cause instanceof LectorError ? cause.message : `${line.description} was lost` });
    onLost(cause);
  };
  const arrived = (chunk: Uint8Array): void => {
    parked = false;
    if (end) return;
    append(chunk);
    if (wake) wake();
    else if (idle) {
      onIdleBytes();
      idleTimer = clock.setTimeout(park, IDLE_PAUSE_MS);
    }
  };
  function park(): void {
    if (parked || end) return;
    parked = true;
    parkedAt = clock.mono();
    line.read().then(arrived, lose);
  }
  const checkOpen = (): void => {
    if (end) throw new LectorError('LINE_CLOSED', end.message, {}, end.cause);
  };

  /** Resolves at `until` by a timer that is checked against the clock, or as soon as it is woken. */
  const waitUntil = (until: number, looksAgain: boolean): Promise<void> =>
    new Promise((resolve) => {
      let timer: unknown = null;
      const done = () => {
        wake = null;
        clock.clearTimeout(timer);
        resolve();
      };
      const arm = (ms: number, again: boolean): void => {
        timer = clock.setTimeout(
          () => {
            const late = clock.mono() - until;
            if (late < 0) arm(-late, again);
            else if (late > LAG_MS && again) arm(LAG_LOOK_MS, false);
            else done();
            // rounded down where whole milliseconds remain: the rest is looked at then, and mostly has passed by itself
          },
          ms > 1 ? Math.floor(ms) : ms,
        );
      };
      wake = done;
      arm(until - clock.mono(), looksAgain);
    });

  return {
    bytes() {
      fresh = false;
      return store.subarray(0, length);
    },
    drop(count) {
      store.copyWithin(0, count, length);
      length -= count;
    },
    takeOverflow() {
      const dropped = overflow;
      overflow = 0;
      return dropped;
    },
    lastByteAt: () => lastByteAt,
    silentSince() {
      if (!parked || fresh) return clock.mono();
      return lastByteAt > parkedAt ? lastByteAt : parkedAt;
    },
    async more(until) {
      checkOpen();
      if (fresh) return true;
      park();
      await waitUntil(until, true);
      checkOpen();
      return fresh;
    },
    async sleep(ms) {
      checkOpen();
      const until = clock.mono() + ms;
      while (clock.mono() < until && !end) await waitUntil(until, false);
      checkOpen();
    },
    attend() {
      idle = false;
      clock.clearTimeout(idleTimer);
    },
    watch() {
      if (idle) return;
      idle = true;
      if (fresh) onIdleBytes();
      park();
    },
    lose,
    stop: () => finish({ cause: undefined, message: `${line.description} was closed` }),
  };
}
