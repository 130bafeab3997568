/**
 * Every code that a {@link LectorError} may carry, with whether trying the same again can help.
 * DEVICE_REFUSED: Modbus exceptions 01-03; DEVICE_BUSY: 04, 05, 06, 07, 08, 0A, 0B. NO_SERVER, SERVER_SILENT,
 * COMMAND_REFUSED: what a client of the control protocol meets.
 * CENTRE_UNAVAILABLE, CENTRE_REFUSED, DATABASE_FAILED: the centre and its PostgreSQL. UNEXPECTED: a bug of Lector.
 */
const RETRYABLE = {
  LINE_TIMEOUT: true,
  LINE_CLOSED: true,
  LINE_OPEN_FAILED: true,
  LINE_WRITE_BLOCKED: true,
  LINE_NOISY: true,
  FRAME_CRC: true,
  FRAME_TRUNCATED: true,
  FRAME_MALFORMED: true,
  DEVICE_REFUSED: false,
  DEVICE_BUSY: true,
  QUEUE_FULL: true,
  DEADLINE_PASSED: true,
  CANCELLED: true,
  MODEL_MISMATCH: false,
  PROFILE_INVALID: false,
  CONFIG_INVALID: false,
  STORE_FULL: true,
  STORE_FAILED: true,
  STORE_LOCKED: false,
  EXPORT_FAILED: true,
  EXPORT_REFUSED: false,
  NO_SERVER: true,
  SERVER_SILENT: true,
  COMMAND_REFUSED: false,
  CENTRE_UNAVAILABLE: true,
  CENTRE_REFUSED: false,
  DATABASE_FAILED: true,
  USAGE: false,
  UNEXPECTED: false,
} as const;

export type ErrorCode = keyof typeof RETRYABLE;
export type Facts = Readonly<Record<string, string | number>>;

/** The only error class: a closed code, a sentence for a person, and the facts behind it. */
export class LectorError extends Error {
  override readonly name = 'LectorError';
  readonly code: ErrorCode;
  readonly facts: Facts;

  constructor(code: ErrorCode, message: string, facts: Facts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }

  get retryable(): boolean {
    return isRetryable(this.code);
  }
}

export function isRetryable(code: ErrorCode): boolean {
  return RETRYABLE[code];
}

/** A {@link LectorError} as plain data, for machine contexts, logs and the control protocol. */
export type Failure = { readonly code: ErrorCode; readonly message: string; readonly facts: Facts };

/** Calls of the stack that go with a bug: the log shows no longer texts whole. */
const STACK_CALLS = 3;

/**
 * Plain form of anything thrown. What is not ours is a bug, and said to be one, unless the caller knows better: then it
 * keeps its message under `fallback`.
 */
export function toFailure(error: unknown, fallback: ErrorCode = 'UNEXPECTED'): Failure {
  if (error instanceof LectorError) return { code: error.code, message: error.message, facts: error.facts };
  const message = error instanceof Error ? error.message : String(error);
  if (fallback !== 'UNEXPECTED') return { code: fallback, message, facts: {} };
  const calls = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  const stack = calls.slice(0, STACK_CALLS).map((line) => line.trim());
  return {
    code: 'UNEXPECTED',
    message: `unexpected: ${message}; this is a bug of Lector, details in the log`,
    facts: stack.length === 0 ? {} : { stack: stack.join(', ') },
  };
}
