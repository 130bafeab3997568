import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { getCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LectorError } from '../domain/errors.ts';
import type { Clock } from '../domain/ports.ts';
import { connectionFailure, originOf } from './failure-words.ts';

/** Most bytes of an answer that are read, unless a request says otherwise. */
export const ANSWER_BYTES_MAX = 1024 * 1024;
/** Connections to one destination. */
export const CONNECTIONS_MAX = 4;
/** Pause after which TCP asks whether the other end is still there. */
const KEEP_ALIVE_MS = 30_000;

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Absolute, http or https; without user and password. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The body travels packed, with `Content-Encoding: gzip`. */
  readonly gzip?: boolean;
  /** Most bytes of the answer. */
  readonly answerMax?: number;
};

/** Header names in lower case; of several of one name the last. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type HttpClient = {
  /**
   * One request and its whole answer, whatever its status; redirects are not followed. Rejects with EXPORT_FAILED in
   * words when there is none within the time limit: then the other end may have got the request all the same.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Cuts what is under way. */
  close(): Promise<void>;
};

export type HttpClientOptions = {
  readonly clock: Clock;
  /** For the whole exchange: name, connection, request and answer. */
  readonly timeoutMs: number;
  /** Certificates (PEM) that are trusted beside those of the system. */
  readonly ca?: string;
  readonly userAgent: string;
};

type Agents = { readonly plain: PlainAgent; readonly tls: TlsAgent };

/** A client that keeps its connections open between requests, and gives up on time where TCP would wait for ever. */
export function createHttpClient(o: HttpClientOptions): HttpClient {
  const shared = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: CONNECTIONS_MAX };
  const trusted = o.ca === undefined ? {} : { ca: [...getCACertificates('default'), o.ca] };
  const agents = { plain: new PlainAgent(shared), tls: new TlsAgent({ ...shared, ...trusted }) };
  let isClosed = false;
  return {
    async send(request) {
      const body = await bodyOf(request);
      for (let attempt = 0; ; attempt += 1) {
        if (isClosed) throw new LectorError('EXPORT_FAILED', `${originOf(request.url)} was not asked: it is closing`);
        const sent = await exchange(request, body, agents, o);
        if (sent.kind === 'answer') return sent.answer;
        // a connection that was kept, and that the other end had closed meanwhile, tells nothing
        if (!sent.wasStale || attempt >= CONNECTIONS_MAX) throw sent.failure;
      }
    },
    async close() {
      isClosed = true;
      agents.plain.destroy();
      agents.tls.destroy();
    },
  };
}

/** Packs a body for `Content-Encoding: gzip`, beside everything else that is going on. */
export const packed: (body: string | Uint8Array) => Promise<Uint8Array> = promisify(gzip);

async function bodyOf({ body, gzip: isPacked }: HttpRequest): Promise<Uint8Array | null> {
  if (body === undefined) return null;
  return isPacked === true ? packed(body) : Buffer.from(body);
}

type Exchanged =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'failed'; readonly failure: LectorError; readonly wasStale: boolean };

function exchange(
  request: HttpRequest,
  body: Uint8Array | null,
  agents: Agents,
  o: HttpClientOptions,
): Promise<Exchanged> {
  const { promise, resolve } = Promise.withResolvers<Exchanged>();
  let hasAnswered = false;
  const outgoing = open(request, body, agents, o);
  const fail = (error: unknown) => {
    const wasStale = outgoing.reusedSocket && !hasAnswered && isCut(error);
    resolve({ kind: 'failed', failure: connectionFailure(error, request.url, o.timeoutMs), wasStale });
  };
  const timer = o.clock.setTimeout(() => {
    const isConnected = outgoing.socket !== null && !outgoing.socket.connecting;
    const code = isConnected ? 'ANSWER_TIMEOUT' : 'CONNECT_TIMEOUT';
    outgoing.destroy(Object.assign(new Error('timed out'), { code }));
  }, o.timeoutMs);
  outgoing.on('error', fail);
  outgoing.on('response', (incoming) => {
    hasAnswered = true;
    collect(incoming, request.answerMax ?? ANSWER_BYTES_MAX).then(
      (text) => resolve({ kind: 'answer', answer: answerOf(incoming, text) }),
      fail,
    );
  });
  outgoing.end(body ?? undefined);
  return promise.finally(() => o.clock.clearTimeout(timer));
}

function open(
  { url, method, headers, gzip: isPacked }: HttpRequest,
  body: Uint8Array | null,
  agents: Agents,
  o: HttpClientOptions,
): ClientRequest {
  const options = {
    method,
    headers: {
      'user-agent': o.userAgent,
      'accept-encoding': 'identity',
      ...headers,
      ...(isPacked === true && { 'content-encoding': 'gzip' }),
      ...(body !== null && { 'content-length': String(body.length) }),
    },
  };
  return url.startsWith('https:')
    ? tlsRequest(url, { ...options, agent: agents.tls })
    : plainRequest(url, { ...options, agent: agents.plain });
}

async function collect(incoming: IncomingMessage, max: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > max) {
      incoming.destroy();
      throw Object.assign(new Error(`more than ${max} bytes`), { code: 'ANSWER_TOO_LONG' });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function answerOf({ statusCode, headers }: IncomingMessage, body: string): HttpAnswer {
  const flat = Object.entries(headers).map(([name, value]) => [name, [value].flat().at(-1) ?? ''] as const);
  return { status: statusCode ?? 0, headers: Object.fromEntries(flat), body };
}

const CUT = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];
const isCut = (error: unknown): boolean => CUT.includes(String((error as NodeJS.ErrnoException).code));
