import { connect, type Socket } from 'node:net';
import { LectorError } from '../../src/domain/errors.ts';
import type { Clock, Line } from '../../src/domain/ports.ts';
import { createPending, type Pending, settledWithin, withLimit } from './limit.ts';
import { connectFailure, connectionLost, connectTimeout } from './tcp-failures.ts';

/** Longest wait for a connection, name look-up included. */
export const TCP_CONNECT_MS = 5_000;
/** Bytes that wait for a reader; the other side is slowed down beyond. */
export const TCP_BUFFER_MAX = 1 << 20;
const KEEP_ALIVE_MS = 30_000;
const CLOSE_MS = 1_000;

/** One connection, from open() to its loss or close(). */
type Session = {
  readonly socket: Socket;
  readonly pending: Pending;
  chunks: Uint8Array[];
  waiting: number;
  /** The read that is parked, and how it ends. */
  parked: { readonly bytes: Promise<Uint8Array>; readonly resolve: (bytes: Uint8Array) => void } | null;
  /** The other side is gone: what it had sent is still read, then this is the answer. */
  lost: LectorError | null;
};

type Port = {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly connectMs: number;
  session: Session | null;
  /** Why there is no session. */
  cause: LectorError;
};

/**
 * A TCP connection as a {@link Line}: no delay, keep-alive after 30 s. open() rejects LINE_OPEN_FAILED (facts: host,
 * port, errno) in words that tell refused, unreachable, unknown name and no answer apart. Peer close and reset reject
 * the parked read at once; what had arrived before is read first. After LINE_WRITE_BLOCKED the connection is destroyed.
 * One read at a time: a second one gets the bytes of the first.
 */
export function createTcpLine(options: {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly connectMs?: number;
}): Line {
  const { host, port, clock } = options;
  const line: Port = {
    host,
    port,
    clock,
    connectMs: options.connectMs ?? TCP_CONNECT_MS,
    session: null,
    cause: closedBy(host, port),
  };
  return {
    description: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    open: () => open(line),
    read: () => read(line),
    write: (bytes, timeoutMs) => write(line, bytes, timeoutMs),
    flush: () => flush(line),
    close: () => close(line),
  };
}

const closedBy = (host: string, port: number) =>
  new LectorError('LINE_CLOSED', `the connection to ${host}:${port} is closed`, { host, port });

async function open(line: Port): Promise<void> {
  if (line.session !== null) {
    if (line.session.lost === null && !line.session.socket.connecting) return;
    await close(line);
  }
  const { host, port, clock, connectMs } = line;
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  const session: Session = { socket, pending: createPending(), chunks: [], waiting: 0, parked: null, lost: null };
  line.session = session;
  try {
    const late = () => connectTimeout(host, port, connectMs);
    await session.pending.add(withLimit(clock, connectMs, connected(socket), late));
  } catch (error) {
    const failure = error instanceof LectorError ? error : connectFailure(host, port, error, connectMs);
    if (line.session === session) drop(line, session, failure);
    throw failure;
  }
  attend(line, session);
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    // this one stays for the socket's whole life: an error that nobody listens to ends the process
    socket.on('error', reject);
    socket.once('connect', resolve);
  });
}

function attend(line: Port, session: Session): void {
  const { socket } = session;
  const lose = (error: unknown) => {
    if (session.lost !== null) return;
    session.lost = connectionLost(line.host, line.port, error);
    session.pending.rejectAll(session.lost);
    socket.destroy();
  };
  socket.on('data', (chunk: Uint8Array) => receive(session, chunk));
  socket.on('error', lose);
  socket.on('end', () => lose(null));
  socket.on('close', () => lose(null));
}

function receive(session: Session, chunk: Uint8Array): void {
  session.chunks.push(chunk);
  session.waiting += chunk.length;
  if (session.parked !== null) session.parked.resolve(take(session));
  else if (session.waiting >= TCP_BUFFER_MAX) session.socket.pause();
}

/** Everything that waits, as one piece; the other side may send again. */
function take(session: Session): Uint8Array {
  const [first] = session.chunks;
  const bytes = session.chunks.length === 1 && first !== undefined ? first : Buffer.concat(session.chunks);
  session.chunks = [];
  session.waiting = 0;
  session.parked = null;
  if (session.socket.isPaused()) session.socket.resume();
  return bytes;
}

function sessionOf(line: Port): Session {
  if (line.session === null) throw line.cause;
  return line.session;
}

/** Ends a session: everything that waits rejects now, what had arrived is gone. */
function drop(line: Port, session: Session, cause: LectorError): void {
  line.session = null;
  line.cause = cause;
  session.lost ??= cause;
  session.chunks = [];
  session.pending.rejectAll(cause);
  session.socket.destroy();
}

async function read(line: Port): Promise<Uint8Array> {
  const session = sessionOf(line);
  if (session.waiting > 0) return take(session);
  if (session.lost !== null) throw session.lost;
  if (session.parked === null) {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    session.parked = { bytes: session.pending.add(promise), resolve };
  }
  return session.parked.bytes;
}

async function write(line: Port, bytes: Uint8Array, timeoutMs: number): Promise<void> {
  const session = sessionOf(line);
  if (session.lost !== null) throw session.lost;
  const name = `${line.host}:${line.port}`;
  const blocked = () => {
    const text = `${name} took no bytes for ${timeoutMs} ms: the connection is given up and opened again`;
    return new LectorError('LINE_WRITE_BLOCKED', text, { host: line.host, port: line.port, timeoutMs });
  };
  try {
    await session.pending.add(withLimit(line.clock, timeoutMs, sent(session.socket, bytes), blocked));
  } catch (error) {
    const failure = error instanceof LectorError ? error : connectionLost(line.host, line.port, error);
    // the rest of the request must not leave later, when somebody else's is on the line
    if (line.session === session && session.lost === null) {
      drop(line, session, connectionLost(line.host, line.port, failure));
    }
    throw failure;
  }
}

function sent(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

async function flush(line: Port): Promise<void> {
  const session = sessionOf(line);
  if (session.waiting > 0) take(session);
}

async function close(line: Port): Promise<void> {
  const { session } = line;
  line.cause = closedBy(line.host, line.port);
  if (session === null) return;
  const { socket } = session;
  const closed = new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
  drop(line, session, line.cause);
  await settledWithin(line.clock, CLOSE_MS, closed);
}
