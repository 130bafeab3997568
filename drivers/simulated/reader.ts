import type { Clock } from '../../src/domain/ports.ts';
import type { Wire } from './wire.ts';

/** The reading side of a line: at most one read waits, and a timer exists only while it does. */
export type Reader = {
  /** Resolves with what has arrived, at least one byte. Rejects for a second read at a time. */
  read(): Promise<Uint8Array>;
  /** Looks again: something was put onto the wire. */
  look(): void;
  /** Whoever waits is told. */
  fail(error: unknown): void;
};

type Waiter = { readonly resolve: (bytes: Uint8Array) => void; readonly reject: (error: unknown) => void };

export function createReader(wire: Wire, clock: Clock): Reader {
  let waiter: Waiter | null = null;
  let timer: unknown = null;
  const done = (): Waiter | null => {
    const before = waiter;
    waiter = null;
    clock.clearTimeout(timer);
    timer = null;
    return before;
  };
  const look = (): void => {
    if (waiter === null) return;
    const now = clock.mono();
    const bytes = wire.take(now);
    if (bytes.length > 0) {
      done()?.resolve(bytes);
      return;
    }
    clock.clearTimeout(timer);
    const next = wire.nextByteAt();
    timer = next === null ? null : clock.setTimeout(look, next - now);
  };
  return {
    read() {
      if (waiter !== null) return Promise.reject(new Error('two reads of a line at a time'));
      return new Promise((resolve, reject) => {
        waiter = { resolve, reject };
        look();
      });
    },
    look,
    fail: (error) => done()?.reject(error),
  };
}
