import type { Log } from '../domain/ports.ts';

/** A log that says nothing once it is ended: a connection that PostgreSQL ends sooner than we do is no news. */
export function logUntil(log: Log): { readonly log: Log; end(): void } {
  let isEnded = false;
  const write =
    (level: keyof Log): Log[keyof Log] =>
    (facts, text) => {
      if (!isEnded) log[level](facts, text);
    };
  return {
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    end() {
      isEnded = true;
    },
  };
}
