import { LectorError } from '../../src/domain/errors.ts';
import type { Clock, Line } from '../../src/domain/ports.ts';
import { type MonoMs, monoMs } from '../../src/domain/units.ts';

/** Bytes kept of what arrives, several times the longest answer; of more, the newest. */
export const INBOX_BYTES = 1_024;
/** A timer later than this tells of a blocked event loop, not of a silent meter. */
const LAG_MS = 5;
/** How long the line is looked at once more after such a timer, as long as it was late but within these limits. */
const LOOK_MIN_MS = 20;
const LOOK_MAX_MS = 250;
/** Pause before an idle line that speaks is read again, so that babble costs few reads. */
const IDLE_PAUSE_MS = 20;

/** What arrives on a line between two openings, seen through one parked read. */
export type Inbox = {
  /** A view of what arrived and was not dropped, valid until the next wait. From now on it counts as seen. */
  bytes(): Uint8Array;
  /** Forgets the first `count` bytes. */
  drop(count: number): void;
  /** Bytes that did not fit since the last call. */
  takeOverflow(): number;
  /** When bytes were last seen; the opening at first. */
  lastByteAt(): MonoMs;
  /** Since when the line is known to be silent: bytes that came while no read was parked are not known yet. */
  silentSince(): MonoMs;
  /**
   * Waits for bytes that were not seen until `until`; false: none came. A timer that fires late is not believed before
   * the line was looked at once more. Rejects LINE_CLOSED when the line is lost or closed.
   */
  more(until: number): Promise<boolean>;
  /** Waits without reading, so that bytes gather. Rejects LINE_CLOSED when the line is lost or closed meanwhile. */
  sleep(ms: number): Promise<void>;
  /** Whether somebody waits for what comes; if not, `onIdleBytes` is told. */
  attend(waiting: boolean): void;
  /** The line is gone: whoever waits is told, and `onLost` once. */
  lose(cause: unknown): void;
  /** The end of this opening, by our own will. */
  stop(): void;
};

type State = {
  readonly line: Line;
  readonly clock: Clock;
  readonly onIdleBytes: () => void;
  readonly onLost: (cause: unknown) => void;
  readonly store: Uint8Array;
  length: number;
  overflow: number;
  unseen: boolean;
  attended: boolean;
  parked: boolean;
  parkedAt: MonoMs;
  lastByteAt: MonoMs;
  ended: LectorError | null;
  idleTimer: unknown;
  /** Ends the wait that is going on. */
  wake: (() => void) | null;
};

/** Keeps one read parked on the open line: the first byte wakes whoever waits, and a lost line is noticed at once. */
export function createInbox(options: {
  readonly line: Line;
  readonly clock: Clock;
  readonly onIdleBytes: () => void;
  readonly onLost: (cause: unknown) => void;
}): Inbox {
  const now = options.clock.mono();
  const state: State = {
    ...options,
    store: new Uint8Array(INBOX_BYTES),
    length: 0,
    overflow: 0,
    unseen: false,
    attended: false,
    parked: false,
    parkedAt: now,
    lastByteAt: now,
    ended: null,
    idleTimer: null,
    wake: null,
  };
  park(state);
  return {
    bytes: () => seen(state),
    drop: (count) => drop(state, count),
    takeOverflow() {
      const { overflow } = state;
      state.overflow = 0;
      return overflow;
    },
    lastByteAt: () => state.lastByteAt,
    silentSince: () => monoMs(Math.max(state.lastByteAt, state.parked ? state.parkedAt : state.clock.mono())),
    more: (until) => more(state, until),
    sleep: (ms) => sleep(state, ms),
    attend(waiting) {
      state.attended = waiting;
      if (!waiting && state.unseen) state.onIdleBytes();
      park(state);
    },
    lose: (cause) => lose(state, cause),
    stop: () => finish(state, new LectorError('LINE_CLOSED', `${options.line.description} was closed`)),
  };
}

function seen(state: State): Uint8Array {
  state.unseen = false;
  return state.store.subarray(0, state.length);
}

function drop(state: State, count: number): void {
  state.store.copyWithin(0, count, state.length);
  state.length -= count;
}

function park(state: State): void {
  state.clock.clearTimeout(state.idleTimer);
  if (state.parked || state.ended) return;
  state.parked = true;
  state.parkedAt = state.clock.mono();
  state.line.read().then(
    (chunk) => arrived(state, chunk),
    (cause: unknown) => lose(state, cause),
  );
}

function arrived(state: State, chunk: Uint8Array): void {
  state.parked = false;
  if (state.ended) return;
  append(state, chunk);
  if (state.wake) {
    state.wake();
    return;
  }
  if (state.attended) return;
  state.onIdleBytes();
  state.idleTimer = state.clock.setTimeout(() => park(state), IDLE_PAUSE_MS);
}

/** The newest bytes win: an answer is at the end of what came. */
function append(state: State, chunk: Uint8Array): void {
  const fitting = chunk.length > INBOX_BYTES ? chunk.subarray(-INBOX_BYTES) : chunk;
  const excess = Math.max(0, state.length + fitting.length - INBOX_BYTES);
  state.overflow += chunk.length - fitting.length + excess;
  drop(state, excess);
  state.store.set(fitting, state.length);
  state.length += fitting.length;
  state.unseen = true;
  state.lastByteAt = state.clock.mono();
}

function finish(state: State, ended: LectorError): void {
  if (state.ended) return;
  state.ended = ended;
  state.clock.clearTimeout(state.idleTimer);
  state.wake?.();
}

function lose(state: State, cause: unknown): void {
  if (state.ended) return;
  finish(state, new LectorError('LINE_CLOSED', lossText(state.line, cause), {}, cause));
  state.onLost(cause);
}

const lossText = (line: Line, cause: unknown): string =>
  cause instanceof LectorError && cause.code === 'LINE_CLOSED' ? cause.message : `${line.description} was lost`;

/** Resolves at `until`, by a timer that is checked against the clock, or as soon as it is woken. */
function waitUntil(state: State, until: number, looksAgain: boolean): Promise<void> {
  const { clock } = state;
  return new Promise((resolve) => {
    let timer: unknown = null;
    const done = () => {
      state.wake = null;
      clock.clearTimeout(timer);
      resolve();
    };
    const arm = (ms: number, again: boolean): void => {
      timer = clock.setTimeout(() => {
        const late = clock.mono() - until;
        if (late < 0) arm(-late, again);
        else if (late > LAG_MS && again) arm(Math.min(LOOK_MAX_MS, Math.max(LOOK_MIN_MS, late)), false);
        else done();
      }, ms);
    };
    state.wake = done;
    arm(Math.max(0, until - clock.mono()), looksAgain);
  });
}

function checkOpen(state: State): void {
  if (state.ended) throw state.ended;
}

async function more(state: State, until: number): Promise<boolean> {
  checkOpen(state);
  park(state);
  if (!state.unseen) await waitUntil(state, until, true);
  checkOpen(state);
  return state.unseen;
}

async function sleep(state: State, ms: number): Promise<void> {
  checkOpen(state);
  const until = state.clock.mono() + ms;
  while (state.clock.mono() < until && !state.ended) await waitUntil(state, until, false);
  checkOpen(state);
}
