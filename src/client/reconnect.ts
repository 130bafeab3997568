import { LectorError } from '../domain/errors.ts';

export const RECONNECT_FIRST_MS = 250;
export const RECONNECT_MAX_MS = 10_000;

/** Up to a quarter more, so that a server that comes back is not met by all its clients at once. */
const SPREAD = 1.25;

/** Wait before the `attempt`th (1, 2, ...) try to connect again: 0.25 s, doubled each time, at most 10 s. */
export function reconnectWaitMs(attempt: number, random: () => number): number {
  const doubled = RECONNECT_FIRST_MS * 2 ** Math.min(attempt - 1, 20);
  return Math.round(Math.min(doubled, RECONNECT_MAX_MS / SPREAD) * (1 + random() * (SPREAD - 1)));
}

/** Refusals that another time, or another server in the same place, may not give. */
const PASSING: readonly unknown[] = ['MAX_CLIENTS', 'SHUTTING_DOWN', 'BUSY', 'NOT_READY', 'UNEXPECTED'];

/** Whether connecting again can help: not after a wrong token, or a question that is wrong. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof LectorError)) return false;
  if (error.code === 'COMMAND_REFUSED') return PASSING.includes(error.facts.code);
  return error.code === 'NO_SERVER' || error.code === 'SERVER_SILENT';
}
