import { LectorError } from '../../src/domain/errors.ts';
import type { SerialSettings } from '../../src/domain/installation.ts';
import type { Clock, Line } from '../../src/domain/ports.ts';
import { createPending, type Pending, settledWithin, withLimit } from './limit.ts';
import { errnoOf, openFailure } from './serial-failures.ts';

/** Opening a port takes milliseconds; a driver that hangs is given up after this. */
export const SERIAL_OPEN_MS = 5_000;
/** Longest that close() waits for a driver to let go of the port. */
export const SERIAL_CLOSE_MS = 2_000;
/** A read that waits this long is asked once whether its port is still there; see {@link checkParked}. */
const PARKED_CHECK_MS = 50;
/** Bytes taken per read: more than the longest frame; what babbles beyond waits in the kernel, which drops the rest. */
const READ_BYTES = 1_024;
/** A flush that takes longer tells of a driver that hangs. */
const FLUSH_MS = 500;

/** What is used of an open port of serialport's binding. */
export type SerialHandle = {
  read(buffer: Buffer, offset: number, length: number): Promise<{ readonly bytesRead: number }>;
  write(buffer: Buffer): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<void>;
  getBaudRate(): Promise<unknown>;
};

export type SerialOptions = {
  readonly path: string;
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
  readonly lock: true;
};

/** How ports are opened: serialport's binding, or one that fails as a machine would. */
export type SerialBinding = { open(options: SerialOptions): Promise<SerialHandle> };

const PARITY = { N: 'none', E: 'even', O: 'odd' } as const;

const optionsOf = ({ port, baud, bits, parity, stop }: SerialSettings): SerialOptions => ({
  path: port,
  baudRate: baud,
  dataBits: bits,
  parity: PARITY[parity],
  stopBits: stop,
  lock: true,
});

/** The library, loaded when the first port is opened: it brings native code that other installations never need. */
const nativeBinding: SerialBinding = {
  async open(options) {
    const { SerialPort } = await import('serialport');
    return SerialPort.binding.open(options);
  },
};

/** One opening of the port, from open() to its loss or close(). */
type Session = {
  readonly handle: SerialHandle;
  readonly buffer: Buffer;
  readonly pending: Pending;
  parked: Promise<Uint8Array> | null;
};

type Port = {
  readonly settings: SerialSettings;
  readonly clock: Clock;
  readonly openMs: number;
  readonly binding: SerialBinding;
  session: Session | null;
  /** Why there is no session. */
  cause: LectorError;
  /** An opening that the driver has not answered; there is never a second one beside it. */
  opening: Promise<void> | null;
  /** Whether somebody still wants what `opening` brings. */
  wanted: Pending | null;
  /** A handle that the driver has not let go. */
  closing: Promise<void> | null;
};

/**
 * A serial port as a {@link Line}. It is opened exclusively. open() rejects LINE_OPEN_FAILED (facts: port, errno) also
 * when the driver takes longer than `openMs` to open it, or to let go of our previous handle. A port that was lost, or
 * on which a write was blocked (LINE_WRITE_BLOCKED: part of a request may be on its way), closes itself and must be
 * opened again. One read at a time: a second one gets the bytes of the first.
 */
export function createSerialLine(options: {
  readonly settings: SerialSettings;
  readonly clock: Clock;
  readonly openMs?: number;
  readonly binding?: SerialBinding;
}): Line {
  const description = options.settings.port;
  const port: Port = {
    settings: options.settings,
    clock: options.clock,
    openMs: options.openMs ?? SERIAL_OPEN_MS,
    binding: options.binding ?? nativeBinding,
    session: null,
    cause: closedBy(description),
    opening: null,
    wanted: null,
    closing: null,
  };
  return {
    description,
    open: () => open(port),
    read: () => read(port),
    write: (bytes, timeoutMs) => write(port, bytes, timeoutMs),
    flush: () => flush(port),
    close: () => close(port),
  };
}

const closedBy = (name: string) => new LectorError('LINE_CLOSED', `serial port ${name} is closed`, { port: name });

/** What the system says of a port that is not there any more; to a person it says nothing more. */
const GONE: readonly string[] = ['EBADF', 'EIO', 'ENXIO', 'ENODEV'];

function lostBy(name: string, cause: unknown): LectorError {
  const errno = errnoOf(cause);
  const said = GONE.includes(errno) ? '' : ` (${cause instanceof Error ? cause.message : String(cause)})`;
  const text = `serial port ${name} was lost${said}: is the adapter unplugged? It is opened again when it is back`;
  return new LectorError('LINE_CLOSED', text, { port: name, errno }, cause);
}

function hung(port: Port, what: string, errno: string): LectorError {
  const name = port.settings.port;
  const text = `serial port ${name}: ${what} within ${port.openMs} ms; its driver hangs`;
  return new LectorError('LINE_OPEN_FAILED', `${text}: unplug the adapter and plug it in again`, { port: name, errno });
}

async function open(port: Port): Promise<void> {
  if (port.session !== null) return;
  const { clock, openMs, settings } = port;
  const wanted = port.wanted ?? createPending();
  port.wanted = wanted;
  try {
    if (port.closing !== null) {
      const late = () => hung(port, 'the driver did not let go of our previous handle', 'EBUSY');
      await wanted.add(withLimit(clock, openMs, port.closing, late));
    }
    port.opening ??= startOpening(port);
    const late = () => hung(port, 'it did not open', 'ETIMEDOUT');
    await wanted.add(withLimit(clock, openMs, port.opening, late));
  } catch (error) {
    if (port.wanted === wanted) port.wanted = null;
    throw error instanceof LectorError ? error : await openFailure(settings.port, settings.baud, error);
  }
}

/** Opens the port once. A handle that comes when nobody waits for it any more is given back at once. */
function startOpening(port: Port): Promise<void> {
  const opened = (handle: SerialHandle) => {
    port.opening = null;
    if (port.wanted === null) release(port, handle);
    else port.session = { handle, buffer: Buffer.alloc(READ_BYTES), pending: createPending(), parked: null };
    port.wanted = null;
  };
  const opening = port.binding.open(optionsOf(port.settings)).then(opened, (error: unknown) => {
    port.opening = null;
    throw error;
  });
  opening.catch(() => {}); // whoever waited for it may be gone
  return opening;
}

/** Closes a handle; {@link Port.closing} stands until the driver has let go of it. */
function release(port: Port, handle: SerialHandle): void {
  const closing = (async () => {
    // what was not sent would keep a driver in close() for up to 30 s when the other side takes nothing
    await settledWithin(port.clock, FLUSH_MS, handle.flush());
    await handle.close().catch(() => {});
  })();
  const done = closing.then(() => {
    if (port.closing === done) port.closing = null;
  });
  port.closing = done;
}

/** Ends a session: everything that waits rejects now, and the handle is given back. */
function end(port: Port, session: Session, cause: LectorError): void {
  if (port.session !== session) return;
  port.session = null;
  port.cause = cause;
  session.pending.rejectAll(cause);
  release(port, session.handle);
}

function sessionOf(port: Port): Session {
  if (port.session === null) throw port.cause;
  return port.session;
}

/** The error of an operation that failed: the port is lost, and this is what everybody is told. */
function lose(port: Port, session: Session, cause: unknown): never {
  end(port, session, lostBy(port.settings.port, cause));
  throw port.cause;
}

async function read(port: Port): Promise<Uint8Array> {
  const session = sessionOf(port);
  session.parked ??= readOnce(port, session);
  return session.parked;
}

async function readOnce(port: Port, session: Session): Promise<Uint8Array> {
  const { handle, buffer, pending } = session;
  const check = port.clock.setTimeout(() => checkParked(port, session), PARKED_CHECK_MS);
  try {
    const { bytesRead } = await pending.add(handle.read(buffer, 0, buffer.length));
    return new Uint8Array(buffer.subarray(0, bytesRead));
  } catch (error) {
    if (error instanceof LectorError) throw error;
    return lose(port, session, error);
  } finally {
    port.clock.clearTimeout(check);
    session.parked = null;
  }
}

/**
 * A read that is parked when its port goes rejects at once. One that begins afterwards never ends, and spins: the
 * system answers "end of file" and the library asks again without a pause. A port whose settings can still be asked
 * was there after the read had begun, so once is enough.
 */
function checkParked(port: Port, session: Session): void {
  if (process.platform !== 'linux') return;
  session.handle.getBaudRate().catch((error: unknown) => end(port, session, lostBy(port.settings.port, error)));
}

async function write(port: Port, bytes: Uint8Array, timeoutMs: number): Promise<void> {
  const session = sessionOf(port);
  const name = port.settings.port;
  const blocked = () => {
    const text = `serial port ${name} took no bytes for ${timeoutMs} ms: check the adapter and its flow control`;
    return new LectorError('LINE_WRITE_BLOCKED', `${text}; it is opened again`, { port: name, timeoutMs });
  };
  try {
    const writing = session.handle.write(Buffer.from(bytes));
    await session.pending.add(withLimit(port.clock, timeoutMs, writing, blocked));
  } catch (error) {
    if (!(error instanceof LectorError)) lose(port, session, error);
    // the rest of the request must not leave later, when somebody else's is on the line
    if (error.code === 'LINE_WRITE_BLOCKED') end(port, session, lostBy(name, error));
    throw error;
  }
}

async function flush(port: Port): Promise<void> {
  const session = sessionOf(port);
  try {
    const late = () => lostBy(port.settings.port, new Error(`its driver did not answer within ${FLUSH_MS} ms`));
    await session.pending.add(withLimit(port.clock, FLUSH_MS, session.handle.flush(), late));
  } catch (error) {
    if (!(error instanceof LectorError)) lose(port, session, error);
    end(port, session, error);
    throw error;
  }
}

async function close(port: Port): Promise<void> {
  const cause = closedBy(port.settings.port);
  port.wanted?.rejectAll(cause);
  port.wanted = null;
  if (port.session !== null) end(port, port.session, cause);
  port.cause = cause;
  if (port.closing !== null) await settledWithin(port.clock, SERIAL_CLOSE_MS, port.closing);
}
