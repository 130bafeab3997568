import type { Socket } from 'node:net';
import { LectorError } from '../domain/errors.ts';
import { CLASSIC_HELLO, CLASSIC_WELCOME, type Dialect, JSON_HELLO, JSON_WELCOME } from '../protocol/hello.ts';
import { createAnswerLines } from './answer-lines.ts';
import { closedByUs } from './dial.ts';
import { noServer, type Place } from './place.ts';
import type { ClientPorts } from './ports.ts';

const HELLOS = {
  json: { hello: JSON_HELLO, welcome: JSON_WELCOME },
  classic: { hello: CLASSIC_HELLO, welcome: CLASSIC_WELCOME },
} as const satisfies Record<Dialect, { hello: string; welcome: string }>;

export type ConnectionOptions = {
  readonly place: Place;
  readonly dialect: Dialect;
  /** For the greeting, ms. */
  readonly timeoutMs: number;
  readonly ports: ClientPorts;
  /** Lines that answer nothing: events. */
  readonly onEvent: (line: string) => void;
  /** Called once, when the connection is over, whoever ended it. */
  readonly onClosed: (cause: LectorError) => void;
  /** false: a connection on which nothing is asked lets the process end. */
  readonly staysAwake: boolean;
  /** Ends it, as `close` does. */
  readonly signal: AbortSignal;
};

/** One greeted connection: answers come in the order of the requests; once over it stays over. */
export type Connection = {
  /**
   * Sends `$NAME...;` and settles with the answer's line. SERVER_SILENT: no answer within `timeoutMs`, counted from the
   * moment when everything asked before was answered; then the connection is over, so that a late answer is nobody's.
   * `facts.reason` is `silent`, or `lost` when the connection ended before.
   */
  ask(name: string, line: string, timeoutMs: number): Promise<string>;
  /** The requests under way are rejected with `cause`. */
  close(cause: LectorError): void;
};

type Waiting = {
  readonly name: string;
  readonly timeoutMs: number;
  readonly resolve: (line: string) => void;
  readonly reject: (error: LectorError) => void;
};

/** Greets the server on a connected socket. Rejects with NO_SERVER when what answers is no Lector. */
export async function openConnection(socket: Socket, o: ConnectionOptions): Promise<Connection> {
  const { hello, welcome } = HELLOS[o.dialect];
  const talk = converse(socket, o);
  const answered = await talk.greet(hello, welcome.length);
  if (answered === welcome) return talk;
  const stranger = noServer(o.place, 'what listens there is another program');
  talk.close(stranger);
  throw stranger;
}

/** Requests that wait for their answers, in order; `onLate` is called when the first of them has waited too long. */
function createWaiting(
  { ports: { clock }, staysAwake }: ConnectionOptions,
  socket: Socket,
  onLate: (late: Waiting) => void,
) {
  const waiting: Waiting[] = [];
  let timer: unknown = null;
  const rearm = () => {
    clock.clearTimeout(timer);
    const head = waiting[0];
    timer = head === undefined ? null : clock.setTimeout(() => onLate(head), head.timeoutMs);
    if (staysAwake || head !== undefined) socket.ref();
    else socket.unref();
  };
  return {
    /** The limit of the first begins anew. */
    rearm,
    add(request: Waiting) {
      waiting.push(request);
      if (waiting.length === 1) rearm();
    },
    take(): Waiting | undefined {
      const head = waiting.shift();
      if (head !== undefined) rearm();
      return head;
    },
    giveUp(cause: LectorError) {
      clock.clearTimeout(timer);
      for (const { reject } of waiting.splice(0)) reject(cause);
    },
  };
}

type Talk = Connection & { greet(hello: string, answerLength: number): Promise<string> };

function converse(socket: Socket, o: ConnectionOptions): Talk {
  const lines = createAnswerLines(o.dialect);
  const waiting = createWaiting(o, socket, (late) => close(silent(o.place, late)));
  let over: LectorError | null = null;
  /** Bytes of the welcome that are missing, and those that are there. */
  let greeting = { missing: 0, seen: '' };

  const close = (cause: LectorError) => {
    if (over !== null) return;
    over = cause;
    o.signal.removeEventListener('abort', abort);
    socket.destroy();
    waiting.giveUp(cause);
    o.onClosed(cause);
  };
  const abort = () => close(closedByUs());
  const wait = (name: string, timeoutMs: number, bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      if (over !== null) return reject(over);
      waiting.add({ name, timeoutMs, resolve, reject });
      socket.write(bytes);
    });
  const answered = (line: string) => {
    const head = waiting.take();
    // what nobody asked for could be taken for the next answer
    if (head === undefined) return close(lost(o.place, 'it answered what was not asked'));
    head.resolve(line);
  };
  const onLine = (line: string) => {
    if (o.dialect === 'json' && isEvent(line)) o.onEvent(line);
    else answered(line);
  };
  const onData = (bytes: Buffer) => {
    const start = Math.min(greeting.missing, bytes.length);
    if (start > 0) {
      greeting = { missing: greeting.missing - start, seen: greeting.seen + bytes.toString('latin1', 0, start) };
      if (greeting.missing === 0) answered(greeting.seen);
    }
    for (const line of lines.feed(bytes.subarray(start))) if (over === null) onLine(line);
    // a long answer over a slow way is no silence
    if (lines.isMidLine && over === null) waiting.rearm();
  };

  if (o.signal.aborted) abort();
  else o.signal.addEventListener('abort', abort, { once: true });
  socket.on('data', (bytes: Buffer) => {
    try {
      if (over === null) onData(bytes);
    } catch (error) {
      close(lost(o.place, error instanceof Error ? error.message : String(error)));
    }
  });
  const ended = (why: string) => close(greeting.missing > 0 ? noServer(o.place, UNWELCOME) : lost(o.place, why));
  socket.on('error', (error) => ended(error.message));
  socket.on('close', () => ended('the server closed it'));
  return {
    greet(hello, answerLength) {
      greeting = { missing: answerLength, seen: '' };
      return wait(GREETING, o.timeoutMs, hello);
    },
    ask: (name, line, timeoutMs) => wait(name, timeoutMs, line),
    close,
  };
}

const GREETING = 'the greeting';
const UNWELCOME =
  'what listens there closed the connection at once (another program, or a server with too many clients)';

/** The only lines that answer nothing begin so, in the JSON dialect. */
const isEvent = (line: string): boolean => /^\s*\{\s*"event"\s*:/.test(line);

function silent(place: Place, { name, timeoutMs }: Waiting): LectorError {
  const within = `the server at ${place.words} did not answer ${name} within ${timeoutMs / 1000} s`;
  // who waits for more before it says anything is most likely no Lector
  const message = name === GREETING ? `${within}: another program may listen there, or it is very busy` : within;
  return new LectorError('SERVER_SILENT', message, { reason: name === GREETING ? 'unwelcome' : 'silent' });
}

function lost(place: Place, why: string): LectorError {
  return new LectorError('SERVER_SILENT', `the connection to ${place.words} was lost: ${why}`, { reason: 'lost' });
}
