import type { Clock, Log } from '../../domain/ports.ts';
import { createServerLog, type ServerLog } from './server-log.ts';

const SECOND_MS = 1_000;
/** A recovery that takes longer is told, and again after the same time. */
const PATIENCE_MS = 30 * SECOND_MS;
const DISK_WORDS_EVERY_MS = 60 * SECOND_MS;

type WatchOptions = { readonly dataDir: string; readonly clock: Clock; readonly log: Log };

/** Whether a server takes connections, as its log tells. */
export type ServerWatch = {
  readonly lines: ServerLog;
  isAccepting(): boolean;
  /** Its process ended. */
  ended(): void;
  /** Resolves when it takes connections the next time. */
  ready(): Promise<void>;
  onRestart(listener: () => void): () => void;
  close(): void;
};

export function createServerWatch(o: WatchOptions): ServerWatch {
  const listeners = new Set<() => void>();
  const tellFull = createDiskWords(o);
  let isAccepting = false;
  let wasUp = false;
  let onReady: () => void = () => undefined;
  const accept = () => {
    const isBack = wasUp && !isAccepting;
    isAccepting = true;
    wasUp = true;
    onReady();
    if (isBack) for (const listener of listeners) listener();
  };
  const ended = () => {
    isAccepting = false;
  };
  const lines = createServerLog({
    clock: o.clock,
    log: o.log,
    onNews: (news) => ({ ready: accept, down: ended, 'disk full': tellFull })[news](),
  });
  return {
    lines,
    isAccepting: () => isAccepting,
    ended,
    ready: () =>
      new Promise((resolve) => {
        onReady = resolve;
      }),
    onRestart(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => listeners.clear(),
  };
}

/** Says now and then that a start takes long; returns the function that ends it. */
export function watchPatience({ clock, log }: WatchOptions): () => void {
  const since = clock.mono();
  let timer: unknown;
  const wait = () => {
    timer = clock.setTimeout(() => {
      const seconds = Math.round((clock.mono() - since) / SECOND_MS);
      log.warn(
        { seconds },
        `PostgreSQL has been starting for ${seconds} s: it recovers from a stop that was not clean`,
      );
      wait();
    }, PATIENCE_MS);
  };
  wait();
  return () => clock.clearTimeout(timer);
}

function createDiskWords({ clock, log, dataDir }: WatchOptions): () => void {
  let since = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.mono() - since < DISK_WORDS_EVERY_MS) return;
    since = clock.mono();
    log.error(
      { dir: dataDir },
      `DISK FULL: PostgreSQL cannot write in ${dataDir}; what it has confirmed is safe, the sites keep the rest and ` +
        'send it again: make room on that disk, and it goes on by itself',
    );
  };
}
