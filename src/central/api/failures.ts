import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LectorError, toFailure } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { PROBLEM_CODES, type ProblemCode } from '../../protocol/centre-wire.ts';
import { plainAddress } from './addresses.ts';
import type { CentreDeps } from './app-types.ts';
import { problemWire, RETRY_AFTER_S, statusOf } from './problems.ts';
import { createRefusalLog } from './refusal-log.ts';

/** What is told of something that failed. */
type Told = {
  readonly code: ProblemCode;
  readonly detail: string;
  /** Another than the code's own. */
  readonly status?: number;
  readonly retryAfterMs?: number;
};

/** What Fastify and pg throw. */
type Foreign = Error & {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly validation?: unknown;
  readonly validationContext?: unknown;
};

export type Failures = {
  /** Answers the problem of what was thrown, and logs it where a person should look. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply;
};

export function createFailures({ clock, log, isDatabaseUp }: Pick<CentreDeps, 'clock' | 'log' | 'isDatabaseUp'>) {
  const logRefused = createRefusalLog(clock, log);
  return {
    answer(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
      const told = toldOf(error, isDatabaseUp());
      const status = told.status ?? statusOf(told.code);
      const address = plainAddress(request.ip);
      const path = safe(request.url.replace(/\?.*$/, ''), 120);
      if (told.code !== 'not-found') {
        const isOurs = told.code === 'unexpected';
        logRefused({
          key: `${told.code} ${address} ${isOurs ? request.routeOptions.url : ''}`,
          words: `${request.method} ${path} from ${address}: ${isOurs ? toFailure(error).message : told.detail}`,
          facts: { status, ...(isOurs ? toFailure(error).facts : {}) },
          isOurs,
        });
      }
      const retryAfterMs = told.retryAfterMs ?? (status === 503 ? RETRY_AFTER_S * 1000 : null);
      if (retryAfterMs !== null) reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)));
      if (status === 401) reply.header('www-authenticate', 'Bearer realm="lector"');
      const wire = { ...problemWire(told.code, told.detail), status };
      return reply.code(status).type('application/problem+json').send(JSON.stringify(wire));
    },
  };
}

function toldOf(error: unknown, isDatabaseUp: boolean): Told {
  if (error instanceof LectorError) return ofOurs(error, isDatabaseUp);
  const foreign = error as Foreign;
  if (Array.isArray(foreign.validation)) return { code: 'bad-request', detail: validationWords(foreign) };
  const status = typeof foreign.statusCode === 'number' ? foreign.statusCode : 500;
  if (status === 413) return { code: 'too-large', detail: `${foreign.message}; send less at once` };
  if (status === 415) return { code: 'bad-request', detail: NO_JSON, status };
  if (status >= 400 && status < 500) return { code: 'bad-request', detail: foreign.message, status };
  if (status === 503 || !isDatabaseUp || isOfDatabase(foreign)) return AWAY;
  return BUG;
}

const NO_JSON = 'expected JSON, with the header Content-Type: application/json';
const AWAY: Told = {
  code: 'unavailable',
  detail: 'the database of the centre does not answer now; send it again later',
};
const BUG: Told = {
  code: 'unexpected',
  detail: 'something went wrong here that should not; the log of the centre says more',
};

function ofOurs({ code, message, facts }: LectorError, isDatabaseUp: boolean): Told {
  const named = PROBLEM_CODES.find((each) => each === facts.problem);
  const waits = typeof facts.retryAfterMs === 'number' ? { retryAfterMs: facts.retryAfterMs } : {};
  const status = typeof facts.status === 'number' ? { status: facts.status } : {};
  if (named !== undefined) return { code: named, detail: message, ...waits, ...status };
  if (code === 'CENTRE_UNAVAILABLE') return { code: 'unavailable', detail: message, ...waits };
  // a contract that does not say which period a time is of
  if (code === 'CENTRE_REFUSED' || code === 'CONFIG_INVALID') return { code: 'conflict', detail: message };
  if (code === 'NO_SERVER' || code === 'SERVER_SILENT') return { code: 'lector-unreachable', detail: message };
  return code === 'DATABASE_FAILED' || !isDatabaseUp ? AWAY : BUG;
}

/** Connection lost, too many of them, shutting down, disk full, cancelled: SQLSTATE classes 08, 53, 57. */
const isOfDatabase = ({ code }: Foreign): boolean =>
  typeof code === 'string' && (/^(08|53|57)[0-9A-Z]{3}$/.test(code) || /^(ECONN|EPIPE|ENOENT|ETIMEDOUT)/.test(code));

type Issue = { readonly instancePath?: string; readonly message?: string };

/** `query.from: expected a time such as 2026-11-25T12:00:00Z; query.node is missing` */
function validationWords({ validation, validationContext }: Foreign): string {
  const place = PLACES[String(validationContext)] ?? String(validationContext);
  const issues = (validation as readonly Issue[]).slice(0, 5).map(({ instancePath = '', message = '' }) => {
    const path = instancePath.split('/').filter((part) => part !== '');
    return issueWords([place, ...path].join('.'), message);
  });
  return issues.join('; ');
}

/** zod's sentence in ours. */
function issueWords(place: string, message: string): string {
  if (/^Invalid input: expected .*, received undefined$/.test(message)) return `${place} is missing`;
  const [, unknown] = /^Unrecognized keys?: (.*)$/.exec(message) ?? [];
  if (unknown !== undefined) return `${place}: nothing here is called ${unknown}`;
  return `${place}: ${message.replace(/^(?:Invalid|Too) \w+: /, '').replace(', received ', ', saw ')}`;
}

const PLACES: Readonly<Record<string, string>> = {
  querystring: 'query',
  params: 'path',
  body: 'body',
  headers: 'header',
};

/** Answers what is no HTTP, or comes too slowly, on the bare connection. */
export function answerBadClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, detail] = BAD_CLIENTS[error.code ?? ''] ?? [400, 'expected an HTTP request, saw something else'];
  const body = JSON.stringify({ ...problemWire(status === 413 ? 'too-large' : 'bad-request', detail), status });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

const BAD_CLIENTS: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive whole in time; send it again'],
  HPE_HEADER_OVERFLOW: [431, 'expected at most 16 KiB of headers'],
};
