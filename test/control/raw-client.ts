import { createConnection, type NetConnectOpts, type Socket } from 'node:net';

/** A client of bytes: sends what a test says and hands out what comes. */
export type RawClient = {
  readonly socket: Socket;
  send(text: string | Buffer): void;
  /** Resolves with the next `count` bytes, as Latin-1. */
  take(count: number): Promise<string>;
  /** Resolves with what comes up to `end`, which is left out. */
  line(end?: string): Promise<string>;
  /** The next line as JSON. */
  json(): Promise<Record<string, unknown>>;
  /** Resolves with everything that comes until the server closes. */
  rest(): Promise<string>;
  readonly isClosed: boolean;
  readonly closed: Promise<void>;
  /** What came and nobody took. */
  readonly unread: string;
};

/** Connects; resolves when it is connected. Both ends of the socket are closed when the server's is. */
export async function connect(to: NetConnectOpts): Promise<RawClient> {
  const socket = createConnection(to);
  let unread = '';
  let isClosed = false;
  let wake = (): void => undefined;
  socket.on('data', (bytes) => {
    unread += bytes.toString('latin1');
    wake();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      wake();
      resolve();
    });
  });
  const arrival = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));

  const cut = (length: number): string => {
    const text = unread.slice(0, length);
    unread = unread.slice(length);
    return text;
  };
  const client: RawClient = {
    socket,
    send: (text) => void socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text),
    async take(count) {
      while (unread.length < count) {
        if (isClosed) throw new Error(`closed after ${JSON.stringify(unread)}, ${count} bytes expected`);
        await arrival();
      }
      return cut(count);
    },
    async line(end = '\r') {
      while (!unread.includes(end)) {
        if (isClosed) throw new Error(`closed after ${JSON.stringify(unread)}`);
        await arrival();
      }
      const text = cut(unread.indexOf(end));
      cut(end.length);
      return text;
    },
    json: async () => JSON.parse(Buffer.from(await client.line('\r\n'), 'latin1').toString('utf8')),
    async rest() {
      await closed;
      return cut(unread.length);
    },
    get isClosed() {
      return isClosed;
    },
    closed,
    get unread() {
      return unread;
    },
  };
  return client;
}
