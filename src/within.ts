import type { Clock } from './domain/ports.ts';

/** Resolves when the promise does, and after `limitMs` in any case. Rejects as the promise does. */
export async function within(promise: Promise<void>, limitMs: number, clock: Clock): Promise<void> {
  let timer: unknown = null;
  const limit = new Promise<void>((resolve) => {
    timer = clock.setTimeout(() => resolve(), limitMs);
  });
  await Promise.race([promise, limit]).finally(() => clock.clearTimeout(timer));
}
