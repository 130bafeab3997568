import { LectorError } from '../../domain/errors.ts';
import { freePort } from './free-port.ts';
import { clearRemains } from './remains.ts';
import { createServerLog, type ServerNews } from './server-log.ts';
import { type ServerOptions, type ServerProcess, spawnServer } from './server-process.ts';

const SECOND_MS = 1_000;
const RESTART_MAX_MS = 30 * SECOND_MS;
/** One that ran so long before it ended is started again at once. */
const STEADY_MS = 60 * SECOND_MS;
/** A recovery that takes longer is told, and again after the same time. */
const PATIENCE_MS = 30 * SECOND_MS;
const DISK_WORDS_EVERY_MS = 60 * SECOND_MS;
/** Ports that somebody else took between our look and the start. */
const PORT_ATTEMPTS = 5;

export type Supervised = {
  readonly port: number;
  isUp(): boolean;
  onRestart(listener: () => void): () => void;
  close(): Promise<void>;
};

/** Wait before the `attempt`th (1, 2, ...) start in a row after an end that nobody asked for: 0, 1, 2, 4 ... 30 s. */
export function restartWaitMs(attempt: number): number {
  return attempt <= 1 ? 0 : Math.min(RESTART_MAX_MS, SECOND_MS * 2 ** Math.min(attempt - 2, 10));
}

/**
 * Keeps a server running until it is closed: one that ends is started again, on the same port, with waits that grow.
 * Rejects when the first start fails.
 */
export async function supervise(o: ServerOptions, wantedPort: number): Promise<Supervised> {
  const listeners = new Set<() => void>();
  const tell = createDiskWords(o);
  let isAccepting = false;
  let wasUp = false;
  let onReady: () => void = () => undefined;
  const lines = createServerLog({
    clock: o.clock,
    log: o.log,
    onNews(news: ServerNews) {
      if (news === 'disk full') return tell();
      const isBack = news === 'ready' && wasUp && !isAccepting;
      isAccepting = news === 'ready';
      wasUp ||= isAccepting;
      if (isAccepting) onReady();
      if (isBack) for (const listener of listeners) listener();
      return undefined;
    },
  });

  let closing: Promise<void> | null = null;
  let endWait: () => void = () => undefined;
  let server: ServerProcess | null = null;

  /** Resolves when it takes connections, rejects with what it said when it ends before. */
  const start = async (port: number): Promise<ServerProcess> => {
    lines.begin();
    const begun = await spawnServer(o, port, lines);
    server = begun;
    void begun.ended.then(() => {
      isAccepting = false;
      // its number may be another's from now on
      if (server === begun) server = null;
    });
    if (closing !== null) await begun.stop();
    const patience = createPatience(o);
    try {
      const end = await Promise.race([
        new Promise<null>((resolve) => {
          onReady = () => resolve(null);
        }),
        begun.ended,
      ]);
      if (end === null) return begun;
      const words = lines.lastProblem() || end;
      throw new LectorError('DATABASE_FAILED', `PostgreSQL in ${o.dataDir} did not start: ${words}`, { port });
    } finally {
      patience.end();
    }
  };

  const first = await startOnFreePort(start, wantedPort);
  const running = { port: first.port, isClosing: () => closing !== null };
  const over = keepRunning(o, first.server, {
    start: () => start(running.port),
    isClosing: running.isClosing,
    wait: (ms) =>
      new Promise((resolve) => {
        const timer = o.clock.setTimeout(() => resolve(), ms);
        endWait = () => {
          o.clock.clearTimeout(timer);
          resolve();
        };
      }),
  });
  const close = async () => {
    endWait();
    await server?.stop();
    await over;
    listeners.clear();
  };
  return {
    port: first.port,
    isUp: () => isAccepting && closing === null,
    onRestart(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

type Started = { readonly server: ServerProcess; readonly port: number };

async function startOnFreePort(start: (port: number) => Promise<ServerProcess>, wanted: number): Promise<Started> {
  let port = await freePort(wanted);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { server: await start(port), port };
    } catch (error) {
      const isTaken = error instanceof Error && /could not (bind|create any TCP)/.test(error.message);
      if (!isTaken || attempt >= PORT_ATTEMPTS) throw error;
      port = await freePort(0);
    }
  }
}

type Keeping = {
  start(): Promise<ServerProcess>;
  isClosing(): boolean;
  wait(ms: number): Promise<void>;
};

/** Resolves when it is closing and the server has ended. */
async function keepRunning(o: ServerOptions, first: ServerProcess, keeping: Keeping): Promise<void> {
  let server: ServerProcess | null = first;
  let attempt = 0;
  while (server !== null || !keeping.isClosing()) {
    const since = o.clock.mono();
    if (server !== null) {
      const end = await server.ended;
      server = null;
      if (keeping.isClosing()) return;
      attempt = o.clock.mono() - since >= STEADY_MS ? 1 : attempt + 1;
      o.log.error(
        { end },
        `PostgreSQL ended by itself (${end}): it is started again, and the sites keep what they have`,
      );
    } else {
      attempt += 1;
    }
    await keeping.wait(restartWaitMs(attempt));
    if (keeping.isClosing()) return;
    server = await restart(o, keeping, attempt);
  }
}

async function restart(o: ServerOptions, keeping: Keeping, attempt: number): Promise<ServerProcess | null> {
  try {
    await clearRemains(o.dataDir, o.clock, o.log);
    if (keeping.isClosing()) return null;
    const server = await keeping.start();
    o.log.info({ pid: server.pid }, 'PostgreSQL runs again');
    return server;
  } catch (error) {
    if (keeping.isClosing()) return null;
    const text = error instanceof Error ? error.message : String(error);
    o.log.error({ attempt }, `${text}; next try in ${restartWaitMs(attempt + 1) / SECOND_MS} s`);
    return null;
  }
}

function createPatience({ clock, log }: ServerOptions): { end(): void } {
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
  return { end: () => clock.clearTimeout(timer) };
}

function createDiskWords({ clock, log, dataDir }: ServerOptions): () => void {
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
