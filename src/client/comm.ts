import type { LectorError } from '../domain/errors.ts';
import type { Dialect } from '../protocol/hello.ts';
import { readAnswer } from './answer.ts';
import { type Connection, openConnection } from './connection.ts';
import { closedByUs, dial } from './dial.ts';
import { noServer, placeOf } from './place.ts';
import { type ClientPorts, SYSTEM_PORTS } from './ports.ts';
import { requestLine } from './request-line.ts';
import type { ClientOptions } from './types.ts';

/** Longest wait for an answer, ms, unless told. */
export const TIMEOUT_MS = 2000;

export type CommOptions = ClientOptions & {
  /** Default `json`; the classic dialect knows neither tokens nor events. */
  readonly dialect?: Dialect;
  /** Every pushed line, `{"event":...}`. */
  readonly onEvent?: (line: string) => void;
  /** A connection that was there is gone. */
  readonly onLost?: (cause: LectorError) => void;
  /** true: an open connection keeps the process alive also while nothing is asked. */
  readonly staysAwake?: boolean;
};

/** One line out, one answer in, in order. */
export type Comm = {
  /** Where the server is looked for: `127.0.0.1:50007`. */
  readonly place: string;
  readonly isConnected: boolean;
  /**
   * Connects unless connected: greeting, then AUTH when there is a token. Rejects with NO_SERVER (where it looked and
   * what to do), SERVER_SILENT, or COMMAND_REFUSED (WRONG_TOKEN).
   */
  connect(): Promise<void>;
  /**
   * Connects where needed, sends `$COMMAND@ARGUMENT;` and resolves with the answer's line as it came. Requests may be
   * made without waiting for one another. Rejects with SERVER_SILENT when there is no answer in time or the connection
   * is lost (`facts.reason`: `silent`, `lost`); the connection is closed then, and the next request makes another.
   */
  ask(command: string, argument?: string, timeoutMs?: number): Promise<string>;
  /** Ends it for good; requests under way are rejected with CANCELLED. */
  close(): void;
  /** Gives up the connection, not the comm: the next request makes another. */
  drop(cause: LectorError): void;
};

/**
 * The lower half of the client library: a connection to a server of either dialect that is made when it is needed.
 *
 * ```ts
 * import { openComm } from 'lector/client';
 *
 * const comm = openComm({ host: '127.0.0.1', port: 50007, dialect: 'classic' });
 * console.log(await comm.ask('STATUS', '1'));
 * comm.close();
 * ```
 */
export function openComm(o: CommOptions = {}, ports: ClientPorts = SYSTEM_PORTS): Comm {
  const place = placeOf(o);
  const dialect = o.dialect ?? 'json';
  const limitMs = o.timeoutMs ?? TIMEOUT_MS;
  const ending = new AbortController();
  let current: Connection | null = null;
  let making: Promise<void> | null = null;
  let wasConnected = false;

  const make = async (): Promise<void> => {
    const socket = await dial(place, limitMs, ports, ending.signal);
    let over: LectorError | null = null;
    const onClosed = (cause: LectorError) => {
      over = cause;
      if (current === null) return;
      current = null;
      if (!ending.signal.aborted) o.onLost?.(cause);
    };
    const onEvent = o.onEvent ?? (() => {});
    const staysAwake = o.staysAwake ?? false;
    const settings = {
      place,
      dialect,
      timeoutMs: limitMs,
      ports,
      onEvent,
      onClosed,
      staysAwake,
      signal: ending.signal,
    };
    const connection = await openConnection(socket, settings);
    if (o.token !== undefined && dialect === 'json') await authenticate(connection, o.token, limitMs);
    // what came with the greeting may have ended it already: nobody would be told once more
    if (over !== null) throw over;
    current = connection;
  };

  const connected = async (): Promise<Connection> => {
    if (ending.signal.aborted) throw closedByUs();
    if (wasConnected && o.reconnect === false && making === null) throw noServer(place, 'the connection was lost');
    making ??= make().finally(() => {
      making = null;
    });
    await making;
    if (current === null)
      throw ending.signal.aborted ? closedByUs() : noServer(place, 'the connection was lost at once');
    wasConnected = true;
    return current;
  };

  return {
    place: place.words,
    get isConnected() {
      return current !== null;
    },
    async connect() {
      if (current === null) await connected();
    },
    async ask(command, argument, timeoutMs = limitMs) {
      const line = requestLine(command, argument);
      const connection = current ?? (await connected());
      return connection.ask(command, line, timeoutMs);
    },
    drop: (cause) => current?.close(cause),
    close: () => ending.abort(),
  };
}

/** A wrong token is said at once, and not found out by the first command that is refused. */
async function authenticate(connection: Connection, token: string, timeoutMs: number): Promise<void> {
  const answer = readAnswer('AUTH', await connection.ask('AUTH', requestLine('AUTH', token), timeoutMs));
  if (answer.kind === 'done') return;
  connection.close(answer.error);
  throw answer.error;
}
