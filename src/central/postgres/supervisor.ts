import { LectorError } from '../../domain/errors.ts';
import { freePort } from './free-port.ts';
import { clearRemains } from './remains.ts';
import { type ServerOptions, type ServerProcess, spawnServer } from './server-process.ts';
import { createServerWatch, type ServerWatch, watchPatience } from './server-watch.ts';

const SECOND_MS = 1_000;
const RESTART_MAX_MS = 30 * SECOND_MS;
/** One that ran so long before it ended is started again at once. */
const STEADY_MS = 60 * SECOND_MS;
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
  const watch = createServerWatch(o);
  const ending = createEnding(o);
  const first = await startOnFreePort((port) => start(o, watch, port, ignore), wantedPort);
  let server: ServerProcess | null = null;
  /** The one that runs; its number may be another's when it has ended. */
  const hold = (begun: ServerProcess): void => {
    server = begun;
    if (ending.hasBegun()) void begun.stop();
    void begun.ended.then(() => {
      if (server === begun) server = null;
    });
  };
  hold(first.server);
  const over = keepRunning(o, first.server, { ...ending, start: () => start(o, watch, first.port, hold) });
  const close = async () => {
    ending.begin();
    await server?.stop();
    await over;
    watch.close();
  };
  let closing: Promise<void> | null = null;
  return {
    port: first.port,
    isUp: () => watch.isAccepting() && closing === null,
    onRestart: watch.onRestart,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

const ignore = () => undefined;

type Ending = { begin(): void; hasBegun(): boolean; wait(ms: number): Promise<void> };

/** Waits that end when it is closed. */
function createEnding({ clock }: ServerOptions): Ending {
  let hasBegun = false;
  let endWait: () => void = () => undefined;
  return {
    begin() {
      hasBegun = true;
      endWait();
    },
    hasBegun: () => hasBegun,
    wait: (ms) =>
      new Promise((resolve) => {
        const timer = clock.setTimeout(() => resolve(), ms);
        endWait = () => {
          clock.clearTimeout(timer);
          resolve();
        };
      }),
  };
}

/** Resolves when it takes connections; rejects with what it said when it ends before. */
async function start(
  o: ServerOptions,
  watch: ServerWatch,
  port: number,
  onSpawned: (server: ServerProcess) => void,
): Promise<ServerProcess> {
  watch.lines.begin();
  const ready = watch.ready().then(() => null);
  const server = await spawnServer(o, port, watch.lines);
  onSpawned(server);
  void server.ended.then(watch.ended);
  const endPatience = watchPatience(o);
  const end = await Promise.race([ready, server.ended]).finally(endPatience);
  if (end === null) return server;
  const words = watch.lines.lastProblem() || end;
  throw new LectorError('DATABASE_FAILED', `PostgreSQL in ${o.dataDir} did not start: ${words}`, { port });
}

type Started = { readonly server: ServerProcess; readonly port: number };

async function startOnFreePort(begin: (port: number) => Promise<ServerProcess>, wanted: number): Promise<Started> {
  let port = await freePort(wanted);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { server: await begin(port), port };
    } catch (error) {
      const isTaken = error instanceof Error && /could not (bind|create any TCP)/.test(error.message);
      if (!isTaken || attempt >= PORT_ATTEMPTS) throw error;
      port = await freePort(0);
    }
  }
}

type Keeping = Pick<Ending, 'hasBegun' | 'wait'> & { start(): Promise<ServerProcess> };

/** Resolves when it is closed and the server has ended. */
async function keepRunning(o: ServerOptions, first: ServerProcess, keeping: Keeping): Promise<void> {
  let server: ServerProcess | null = first;
  let attempt = 0;
  while (server !== null || !keeping.hasBegun()) {
    const isSteady: boolean = server !== null && (await outlived(o, server, keeping));
    attempt = isSteady ? 1 : attempt + 1;
    if (keeping.hasBegun()) return;
    await keeping.wait(restartWaitMs(attempt));
    if (keeping.hasBegun()) return;
    server = await restart(o, keeping, attempt);
  }
}

/** Waits for the end of a server, and says it; true when it ran long. */
async function outlived({ clock, log }: ServerOptions, server: ServerProcess, keeping: Keeping): Promise<boolean> {
  const since = clock.mono();
  const end = await server.ended;
  if (!keeping.hasBegun()) {
    log.error({ end }, `PostgreSQL ended by itself (${end}): it is started again, and the sites keep what they have`);
  }
  return clock.mono() - since >= STEADY_MS;
}

async function restart(o: ServerOptions, keeping: Keeping, attempt: number): Promise<ServerProcess | null> {
  try {
    await clearRemains(o.dataDir, o.clock, o.log);
    if (keeping.hasBegun()) return null;
    const server = await keeping.start();
    o.log.info({ pid: server.pid }, 'PostgreSQL runs again');
    return server;
  } catch (error) {
    if (keeping.hasBegun()) return null;
    const text = error instanceof Error ? error.message : String(error);
    o.log.error({ attempt }, `${text}; next try in ${restartWaitMs(attempt + 1) / SECOND_MS} s`);
    return null;
  }
}
