import { z } from 'zod';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { PROBLEM_CODES, type ProblemCode, type ProblemWire } from '../../protocol/centre-wire.ts';

type Kind = { readonly status: number; readonly title: string };

/** Status and title of each problem; the detail is of the case. */
const KINDS = {
  'bad-request': { status: 400, title: 'The request cannot be understood' },
  'not-authenticated': { status: 401, title: 'A token is needed' },
  'not-allowed': { status: 403, title: 'That is not allowed' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'node-taken': { status: 409, title: 'Another lector feeds this node' },
  conflict: { status: 409, title: 'It does not fit what is there' },
  'too-large': { status: 413, title: 'That is too large' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'lector-unreachable': { status: 502, title: 'The lector of the node does not answer' },
  unavailable: { status: 503, title: 'Not now' },
  unexpected: { status: 500, title: 'A bug of Lector' },
} as const satisfies Record<ProblemCode, Kind>;

/** Longest detail that an answer may have. */
const DETAIL_MAX = 2_000;
/** What a client that met `unavailable` waits, unless the error says otherwise, s. */
export const RETRY_AFTER_S = 5;

export const statusOf = (code: ProblemCode): number => KINDS[code].status;

/** A failure that a route throws, to be answered as the problem `code`; `detail` is for the caller's eyes. */
export function problem(code: ProblemCode, detail: string, facts: Readonly<Record<string, number>> = {}): LectorError {
  const isRetryable = code === 'unavailable' || code === 'too-many-requests';
  return new LectorError(isRetryable ? 'CENTRE_UNAVAILABLE' : 'CENTRE_REFUSED', detail, { ...facts, problem: code });
}

/** RFC 9457, for `application/problem+json`; the detail is made safe to show. */
export function problemWire(code: ProblemCode, detail: string): ProblemWire {
  const { status, title } = KINDS[code];
  return { type: `/problems/${code}`, title, status, detail: safe(detail, DETAIL_MAX) };
}

const PROBLEM_SCHEMA = z
  .object({
    type: z.string().describe('`/problems/<code>`'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('What was expected, what was seen, what to do next.'),
  })
  .describe('RFC 9457');

/** Those that any route may answer with. */
const EVERYWHERE: readonly ProblemCode[] = [
  'bad-request',
  'not-authenticated',
  'not-allowed',
  'too-many-requests',
  'unavailable',
  'unexpected',
];

/**
 * The problems of a route for `schema.response`, by status: those named, and those that every route has.
 *
 *   response: { 200: z.object({}), ...problemResponses('not-found') }
 */
export function problemResponses(...codes: readonly ProblemCode[]) {
  const all = PROBLEM_CODES.filter((code) => codes.includes(code) || EVERYWHERE.includes(code));
  const byStatus = Map.groupBy(all, (code) => KINDS[code].status);
  const entries: [number, ReturnType<typeof responseOf>][] = [...byStatus].map(([status, each]) => [
    status,
    responseOf(each),
  ]);
  // what has a body may have the wrong one
  if (codes.includes('too-large')) entries.push([415, responseOf(['bad-request'])]);
  return Object.fromEntries(entries) as Readonly<Record<number, ReturnType<typeof responseOf>>>;
}

const responseOf = (codes: readonly ProblemCode[]) => ({
  description: codes.map((code) => `${KINDS[code].title} (${code})`).join('; '),
  content: { 'application/problem+json': { schema: PROBLEM_SCHEMA } },
});
