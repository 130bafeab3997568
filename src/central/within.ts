import { LectorError } from '../domain/errors.ts';
import type { Clock } from '../domain/ports.ts';

/** The promise, or a rejection with DEADLINE_PASSED after `ms`. */
export async function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = clock.setTimeout(() => late.reject(new LectorError('DEADLINE_PASSED', `it took over ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clock.clearTimeout(timer);
  }
}
