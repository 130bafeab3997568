import type { Clock } from '../domain/ports.ts';
import { type MonoMs, monoMs } from '../domain/units.ts';

/** An answer is used again for so many times as long as it took to make, and no longer than so many ms. */
const REUSE_FACTOR = 10;
const REUSE_MS_MAX = 250;
/** What is made as quickly as this is made anew each time. */
const QUICK_MS = 1;

export type SharedAnswers = {
  /** The bytes of the answer to `name`: those of a moment ago where making them takes long, else made now. */
  of(name: string, make: () => string): Buffer;
  /** Something was changed: what was made before is not used again. */
  forget(): void;
};

/**
 * Answers that are the same for everybody and may be long (LIST of 1,000 analyzers): however many clients ask however
 * often, making them takes a tenth of the time at most, and their bytes are held once.
 */
export function createSharedAnswers(clock: Clock): SharedAnswers {
  const made = new Map<string, { readonly bytes: Buffer; readonly until: MonoMs }>();
  return {
    of(name, make) {
      const before = clock.mono();
      const last = made.get(name);
      if (last !== undefined && before < last.until) return last.bytes;
      const bytes = Buffer.from(make(), 'utf8');
      const now = clock.mono();
      const tookMs = now - before;
      made.delete(name);
      if (tookMs >= QUICK_MS) {
        const until = monoMs(now + Math.min(REUSE_MS_MAX, tookMs * REUSE_FACTOR));
        made.set(name, { bytes, until });
      }
      return bytes;
    },
    forget() {
      made.clear();
    },
  };
}
