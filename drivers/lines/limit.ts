import type { LectorError } from '../../src/domain/errors.ts';
import type { Clock } from '../../src/domain/ports.ts';

/** As `operation`, but rejects with `late()` when it has not settled after `ms`. How it then ends matters to nobody. */
export function withLimit<T>(clock: Clock, ms: number, operation: Promise<T>, late: () => LectorError): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(late()), ms);
    operation.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}

/** Waits for `operation` to end, well or badly, but no longer than `ms`. Never rejects. */
export function settledWithin(clock: Clock, ms: number, operation: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(), ms);
    const end = () => {
      clock.clearTimeout(timer);
      resolve();
    };
    operation.then(end, end);
  });
}

/**
 * Operations that wait for a handle. When the handle is gone they reject at once, whether or not the system below ever
 * says anything again.
 */
export type Pending = {
  /** As `operation`, unless {@link Pending.rejectAll} comes first. */
  add<T>(operation: Promise<T>): Promise<T>;
  rejectAll(error: LectorError): void;
};

export function createPending(): Pending {
  const rejects = new Set<(error: LectorError) => void>();
  return {
    add: (operation) =>
      new Promise((resolve, reject) => {
        rejects.add(reject);
        operation.then(resolve, reject).finally(() => rejects.delete(reject));
      }),
    rejectAll(error) {
      for (const reject of rejects) reject(error);
      rejects.clear();
    },
  };
}
