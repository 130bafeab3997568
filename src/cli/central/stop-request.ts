import type { LogHandle } from '../../log/create-log.ts';
import { onStopRequest } from '../stop-signals.ts';

/** The first wish to stop resolves `first`; a second one ends the process at once. */
export function stopRequest(log: LogHandle): { readonly first: Promise<void>; isAsked(): boolean; end(): void } {
  const wish = Promise.withResolvers<void>();
  let isAsked = false;
  const end = onStopRequest(({ signal, press }) => {
    // an end in order would wait for what hangs
    if (press > 1) process.kill(process.pid, 'SIGKILL');
    log.info({ signal }, 'asked to stop');
    isAsked = true;
    wish.resolve();
  });
  return { first: wish.promise, isAsked: () => isAsked, end };
}
