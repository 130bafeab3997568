/** Runs what takes its time, a few at once and the others behind them, in the order in which they came. */
export type Lane = <T>(start: () => Promise<T>) => Promise<T>;

/**
 * At most `width` at once: each that runs takes a slice of every pass of the event loop. Where one ended the next
 * begins in a later pass, which `nextPass` waits for: many short ones would be a long one.
 */
export function createLane(width: number, nextPass: () => Promise<void>): Lane {
  const waiting: (() => void)[] = [];
  let running = 0;

  function handOn(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  return async (start) => {
    // whoever ends hands its place on, so that nobody who comes meanwhile takes it
    if (running < width) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await start();
    } finally {
      void nextPass().then(handOn);
    }
  };
}
