import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { LectorError, toFailure } from '../domain/errors.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Complaints } from './complaints.ts';

/** How often a place that could not be had is tried again. */
export const RETRY_MS = 10_000;
/** A client whose machine is gone is noticed so long after its last word. */
const KEEP_ALIVE_MS = 30_000;

export type Listener = {
  /** Resolves when it listens, or could not and will try again. Never rejects. */
  start(): Promise<void>;
  /** Listens no more. The clients stay. */
  stop(): void;
  /** null: it does not listen now. */
  address(): ReturnType<Server['address']>;
};

/** A place to listen at. */
export type Place = {
  /** For people: `127.0.0.1:50007`. */
  readonly words: string;
  /** What the log says of it when it is open, before where: `the control port listens at`. */
  readonly opening: string;
  readonly options: ListenOptions;
  /** Before each try. Throws CONFIG_INVALID for what no further try can mend. */
  readonly prepare?: () => void;
  readonly opened?: () => void;
  /** Somebody has it: resolves with true when it is free now. */
  readonly free?: () => Promise<boolean>;
  /** What to do about it, by the system's code. */
  readonly remedy: (code: string) => string;
};

export type ListenerOptions = {
  readonly place: Place;
  readonly onClient: (socket: Socket) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly complaints: Complaints;
};

/** Listens at one place; while it cannot be had, says so once and tries again. */
export function createListener({ place, onClient, clock, log, complaints }: ListenerOptions): Listener {
  let server: Server | null = null;
  let retry: unknown = null;
  let isStopped = false;
  let said = '';

  async function open(): Promise<void> {
    try {
      server = await listen();
      const at = server.address();
      const words = typeof at === 'object' && at !== null ? place.words.replace(/\d+$/, String(at.port)) : place.words;
      log.info({ place: words }, `${place.opening} ${words}`);
      said = '';
    } catch (error) {
      giveUp(error);
    }
  }

  async function listen(): Promise<Server> {
    place.prepare?.();
    try {
      return await bind();
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE' || (await place.free?.()) !== true) throw error;
      return await bind();
    }
  }

  function bind(): Promise<Server> {
    return new Promise((resolve, reject) => {
      const opening = createServer({
        // a client may end its side and still read what it asked for
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
      });
      opening.once('error', reject);
      opening.on('connection', onClient);
      opening.listen(place.options, () => {
        opening.removeListener('error', reject);
        // such as: no file can be opened any more. It listens on, and those who wait come in later
        opening.on('error', (error) => {
          const { message } = toFailure(error, 'LINE_OPEN_FAILED');
          complaints.about(`accept ${place.words}`, () =>
            log.warn({ place: place.words }, `a client could not come in at ${place.words}: ${message}`),
          );
        });
        try {
          place.opened?.();
        } catch (error) {
          opening.close();
          reject(error);
          return;
        }
        resolve(opening);
      });
    });
  }

  function giveUp(error: unknown): void {
    const isFinal = error instanceof LectorError && error.code === 'CONFIG_INVALID';
    const { message } = toFailure(error, 'LINE_OPEN_FAILED');
    const text = isFinal
      ? message
      : `cannot listen at ${place.words}: ${message}; ${place.remedy(codeOf(error))}; ` +
        `it is tried again each ${RETRY_MS / 1000} s`;
    if (text !== said) log.error({ place: place.words }, text);
    said = text;
    if (isFinal || isStopped) return;
    retry = clock.setTimeout(() => void open().then(closeIfStopped), RETRY_MS);
  }

  function closeIfStopped(): void {
    if (isStopped) close();
  }

  function close(): void {
    server?.close();
    server = null;
  }

  return {
    async start() {
      await open();
      closeIfStopped();
    },
    stop() {
      isStopped = true;
      clock.clearTimeout(retry);
      close();
    },
    address: () => server?.address() ?? null,
  };
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | null)?.code ?? '');
