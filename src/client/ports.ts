import type { Clock } from '../domain/ports.ts';

/** What the client takes from outside besides the network; tests bring their own. */
export type ClientPorts = {
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  /** A number in [0, 1). */
  readonly random: () => number;
};

export const SYSTEM_PORTS: ClientPorts = {
  clock: {
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  },
  random: Math.random,
};
