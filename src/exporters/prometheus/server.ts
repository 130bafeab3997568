import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { Page } from './families.ts';

/** Clients at once; more are cut off. */
const CLIENTS_MAX = 32;
const HEADER_BYTES_MAX = 8 * 1024;
const HEADERS_MS = 5_000;
/** Longest that a client may take for its request, and for taking the answer. */
const REQUEST_MS = 10_000;

export type MetricsServer = {
  /** Port that it listens on. */
  readonly port: number;
  close(): Promise<void>;
};

export type MetricsServerOptions = {
  readonly host: string;
  readonly port: number;
  /** What `Authorization: Bearer` must carry; null: nothing. Rejects while the token cannot be read. */
  readonly token: () => Promise<string | null>;
  readonly metrics: (isOpenMetrics: boolean) => Promise<Page>;
  /** A client came without the token, or with another. */
  readonly onRefused: (address: string) => void;
  /** The page could not be made. */
  readonly onFailed: (error: unknown) => void;
};

/** Serves GET /metrics and nothing else. Rejects with what the system says when it cannot listen there. */
export function serveMetrics(o: MetricsServerOptions): Promise<MetricsServer> {
  const limits = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: 1_000 };
  const server = createServer({ ...limits, maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    answer(o, request, response).catch((error: unknown) => {
      o.onFailed(error);
      if (!response.headersSent) send(response, 500, 'the metrics could not be made; see the log of lector');
    });
  });
  server.maxConnections = CLIENTS_MAX;
  server.timeout = REQUEST_MS;
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(o.port, o.host, () => {
      server.removeListener('error', reject);
      server.on('error', o.onFailed);
      resolve({ port: portOf(server), close: () => closed(server) });
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(o: MetricsServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?')[0];
  if (path !== '/metrics') return send(response, 404, 'there is /metrics, and nothing else');
  if (request.method !== 'GET') return send(response, 405, 'only GET', { allow: 'GET' });
  const token = await o.token();
  if (token === null && !isOurs(request.headers.host)) {
    return send(
      response,
      403,
      'expected an address or localhost as Host: a web page of another site may not read here',
    );
  }
  if (token !== null && !isToken(request.headers.authorization, token)) {
    o.onRefused(request.socket.remoteAddress ?? '?');
    return send(response, 401, 'expected Authorization: Bearer and the token', { 'www-authenticate': 'Bearer' });
  }
  const isOpenMetrics = /application\/openmetrics-text/.test(request.headers.accept ?? '');
  const { type, body } = await o.metrics(isOpenMetrics);
  send(response, 200, body, { 'content-type': type });
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // a scrape every few seconds needs no connection that stays, and nobody holds one
    connection: 'close',
    ...headers,
  });
  response.end(body);
}

/** Whether a client asked for this machine by its address: a name that leads here may be of a web page. */
function isOurs(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d{1,5}$/, '').toLowerCase();
  return name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

function isToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  // texts of one length: timingSafeEqual asks for that
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
