export const CANCELLED = Symbol('nobody waits any more');

/** The outcome, or CANCELLED when nobody waits for it any more. */
export function orCancelled<T>(work: Promise<T>, cancel: AbortSignal): Promise<T | typeof CANCELLED> {
  const cancelled = new Promise<typeof CANCELLED>((resolve) => {
    if (cancel.aborted) resolve(CANCELLED);
    cancel.addEventListener('abort', () => resolve(CANCELLED), { once: true });
  });
  return Promise.race([work, cancelled]);
}
