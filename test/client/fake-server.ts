import { createServer, type Server, type Socket } from 'node:net';
import type { Dialect } from '../../src/protocol/hello.ts';

/** How a scripted server answers a request; `peer` is the connection that it came on. */
export type Script = (name: string, argument: string, peer: Peer, dialect: Dialect) => void;

/** One connection as the script sees it. */
export type Peer = {
  readonly number: number;
  /** An answer of the JSON dialect, `data` in it; `at`: the server's clock. */
  answer(name: string, data: unknown, at?: string): void;
  refuse(name: string, code: string, message: string, rest?: { hint?: string; details?: readonly string[] }): void;
  push(event: string, data: unknown): void;
  /** These bytes as they are. */
  write(bytes: string | Uint8Array): void;
  /** Cuts the connection. */
  cut(): void;
};

export type FakeServer = {
  readonly port: number;
  /** Every request so far, `1 STATUS 3`: connection, name, argument. */
  readonly requests: readonly string[];
  readonly peers: readonly Peer[];
  /** Settles when so many requests have come. */
  asked(count: number): Promise<void>;
  /** Connections that are open now. */
  open(): number;
  /** Settles when no connection is open. */
  idle(): Promise<void>;
  stop(): Promise<void>;
};

type FakeOptions = {
  readonly script: Script;
  readonly port?: number;
  readonly path?: string;
  readonly welcome?: string;
};

/** A server that says only what its script says. */
export async function fakeServer({ script, port = 0, path, welcome }: FakeOptions): Promise<FakeServer> {
  const requests: string[] = [];
  const peers: Peer[] = [];
  const sockets = new Set<Socket>();
  const watchers = new Set<() => void>();
  const look = () => {
    for (const each of [...watchers]) each();
  };
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const see = () => {
        if (!condition()) return;
        watchers.delete(see);
        resolve();
      };
      watchers.add(see);
      see();
    });
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    const peer = peerOf(socket, peers.length + 1);
    peers.push(peer);
    let text = '';
    let greeted = false;
    let dialect: Dialect = 'json';
    socket.on('data', (bytes) => {
      text += bytes.toString();
      if (!greeted && text.length >= 2) {
        greeted = true;
        dialect = text.startsWith('#$') ? 'classic' : 'json';
        text = text.slice(2);
        socket.write(welcome ?? (dialect === 'json' ? 'J#' : '$#'));
      }
      const lines = text.split('\r');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const [, name = '', argument = ''] = /^\$([A-Za-z]+)@?(.*);$/.exec(line) ?? [];
        requests.push(`${peer.number} ${name} ${argument}`.trim());
        script(name, argument, peer, dialect);
        look();
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      look();
    });
  });
  await new Promise<void>((resolve) => {
    if (path !== undefined) server.listen(path, resolve);
    else server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    requests,
    peers,
    asked: (count) => until(() => requests.length >= count),
    open: () => sockets.size,
    idle: () => until(() => sockets.size === 0),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function peerOf(socket: Socket, number: number): Peer {
  const line = (value: unknown) => socket.write(`${JSON.stringify(value)}\r\n`);
  return {
    number,
    answer: (command, data, at) => line({ ok: true, command, at, data }),
    refuse: (command, code, message, { hint = '', ...rest } = {}) =>
      line({ ok: false, command, error: { code, message, hint, ...rest } }),
    push: (event, data) => line({ event, data }),
    write: (bytes) => socket.write(bytes),
    cut: () => socket.destroy(),
  };
}
