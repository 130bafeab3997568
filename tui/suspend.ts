import type { Clock } from '../src/domain/ports.ts';

/** A stop that did not come (an orphan cannot be stopped from its terminal) is not waited for longer. */
const STOPPED_MS = 200;

/** Stops this program as ctrl-z does, with all of its job; resolves when it goes on, by `fg`. */
export function stoppedUntilContinued(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      process.off('SIGCONT', goOn);
      clock.clearTimeout(timer);
      resolve();
    };
    const timer = clock.setTimeout(goOn, STOPPED_MS);
    process.once('SIGCONT', goOn);
    process.kill(0, 'SIGTSTP');
  });
}
