import type { Failure } from './errors.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** Longest wait before a serial port is opened again. */
export const REOPEN_SERIAL_MAX_MS = 30 * SECOND_MS;
/** Longest wait before a socket is connected again. */
export const REOPEN_TCP_MAX_MS = MINUTE_MS;
/** Wait before a port that we may not open is tried again: a person must act first. */
export const REOPEN_DENIED_MS = MINUTE_MS;
export const PROBE_FIRST_MS = 2 * SECOND_MS;
export const PROBE_MAX_MS = 5 * MINUTE_MS;
export const DELIVERY_FIRST_MS = 5 * SECOND_MS;
export const DELIVERY_MAX_MS = 5 * MINUTE_MS;
/** Longest that a centre's Retry-After is honoured. */
export const RETRY_AFTER_MAX_MS = 60 * MINUTE_MS;
/** Wait of an exporter that was refused for good, unless it is tried by hand. */
export const PARKED_RETRY_MS = 60 * MINUTE_MS;

/** A number in [0, 1), injected so that a simulation repeats itself. */
export type Random = () => number;

/**
 * Wait before a line is opened again after `attempt` (1, 2, ...) failures in a row: 1, 2, 4 ... 30 s for a serial port;
 * 1 ... 60 s and up to a quarter more for TCP, so that a gateway that comes back is not hit by all at once.
 */
export function reopenWaitMs(kind: 'serial' | 'tcp', attempt: number, cause: Failure | null, random: Random): number {
  if (isDenied(cause)) return REOPEN_DENIED_MS;
  if (kind === 'serial') return doubled(SECOND_MS, attempt, REOPEN_SERIAL_MAX_MS);
  return jittered(doubled(SECOND_MS, attempt, REOPEN_TCP_MAX_MS), random);
}

/** The system said that we may not open the port (`facts.errno`). */
function isDenied(cause: Failure | null): boolean {
  const errno = cause?.facts.errno;
  return errno === 'EACCES' || errno === 'EPERM';
}

/** Wait before the `attempt`th (1, 2, ...) probe of a meter: 2 s to 5 min; at once 5 min when it is the wrong model. */
export function probeWaitMs(attempt: number, cause: Failure | null): number {
  if (cause?.code === 'MODEL_MISMATCH' || cause?.code === 'PROFILE_INVALID') return PROBE_MAX_MS;
  return doubled(PROBE_FIRST_MS, attempt, PROBE_MAX_MS);
}

/** Wait before the `attempt`th try of a delivery: 5 s to 5 min and a quarter more, or what the centre asked for. */
export function deliveryWaitMs(attempt: number, cause: Failure | null, random: Random): number {
  const wait = jittered(doubled(DELIVERY_FIRST_MS, attempt, DELIVERY_MAX_MS), random);
  const asked = Number(cause?.facts.retryAfterMs ?? 0);
  return asked > 0 ? Math.max(wait, Math.min(asked, RETRY_AFTER_MAX_MS)) : wait;
}

function doubled(firstMs: number, attempt: number, maxMs: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 30));
}

function jittered(waitMs: number, random: Random): number {
  return Math.ceil(waitMs * (1 + random() / 4));
}
