import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterTest } from '../../support/afterwards.ts';

/** A request as it came, its body unpacked. */
export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Number of the connection that it came by. */
  readonly connection: number;
};

export type Reply = {
  readonly status: number;
  readonly body?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** cut: the connection is closed without an answer; silent: it stays open without one. */
export type Answer = Reply | 'cut' | 'silent';

export type FakeServer = {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Resolves when `count` requests have come in all. */
  arrived(count: number): Promise<void>;
  /** Closes what is idle, as a server does that restarts. */
  closeConnections(): void;
  close(): Promise<void>;
};

/** A server on a port of its own that answers as it is told, until the test ends. */
export async function listen(
  answer: (seen: Seen) => Answer | Promise<Answer>,
  tls: { readonly key: string; readonly cert: string } | null = null,
): Promise<FakeServer> {
  const seen: Seen[] = [];
  const sockets = new Map<Socket, number>();
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const onRequest: RequestListener = (request, response) =>
    void take(request, sockets.get(request.socket) ?? 0).then(async (each) => {
      seen.push(each);
      for (const { count, resolve } of waiting) if (seen.length >= count) resolve();
      waiting = waiting.filter(({ count }) => seen.length < count);
      give(response, await answer(each));
    });
  const server = tls === null ? createServer(onRequest) : createTlsServer(tls, onRequest);
  let connections = 0;
  server.on(tls === null ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections += 1;
    sockets.set(socket, connections);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeServer = {
    url: `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}`,
    seen,
    arrived: (count) =>
      seen.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    closeConnections: () => server.closeAllConnections(),
    async close() {
      for (const socket of sockets.keys()) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
  afterTest(() => fake.close());
  return fake;
}

async function take(request: IncomingMessage, connection: number): Promise<Seen> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
  const { method = '', url: path = '', headers } = request;
  return { method, path, headers, body, connection };
}

function give(response: ServerResponse, answer: Answer): void {
  if (answer === 'silent') return;
  if (answer === 'cut') {
    response.socket?.destroy();
    return;
  }
  const type = answer.type ?? 'text/plain; charset=utf-8';
  response.writeHead(answer.status, { 'content-type': type, ...answer.headers }).end(answer.body ?? '');
}
