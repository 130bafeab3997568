import { type Facts, LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import type { EpochMs } from '../domain/units.ts';
import type { HttpAnswer } from './client.ts';
import { originOf } from './failure-words.ts';

/**
 * What a status means to whoever delivers. success: what the body says counts. rejected, conflict, missing: something
 * about what was sent. tooLarge: less of it may go. broken: the server failed over it, or altogether. moved, denied,
 * unfit: a person must act. busy: not now.
 */
export type StatusKind =
  | 'success'
  | 'moved'
  | 'rejected'
  | 'denied'
  | 'missing'
  | 'conflict'
  | 'tooLarge'
  | 'unfit'
  | 'busy'
  | 'broken';

type Meaning = { readonly kind: StatusKind; readonly words: string };

const TABLE: Readonly<Record<number, Meaning>> = {
  400: { kind: 'rejected', words: 'it does not accept what was sent' },
  401: { kind: 'denied', words: 'it asks for a token, or does not know this one: look at the options of the target' },
  403: { kind: 'denied', words: 'it does not allow this: look at the token, and at whom it lets in' },
  404: { kind: 'missing', words: 'there is nothing at that address' },
  405: { kind: 'unfit', words: 'it takes no records there: correct the target' },
  407: { kind: 'unfit', words: 'a proxy on the way asks for a password' },
  408: { kind: 'busy', words: 'it waited too long for what was sent' },
  409: { kind: 'conflict', words: 'it has something else there already' },
  410: { kind: 'missing', words: 'what was at that address is gone' },
  411: { kind: 'unfit', words: 'it takes no records there: correct the target' },
  413: { kind: 'tooLarge', words: 'it is too large for it' },
  415: { kind: 'unfit', words: 'it takes no records there: correct the target' },
  421: { kind: 'unfit', words: 'it is not the server of that name: correct the target' },
  422: { kind: 'rejected', words: 'it does not accept what was sent' },
  425: { kind: 'busy', words: 'it is not ready' },
  429: { kind: 'busy', words: 'it gets too many requests' },
  451: { kind: 'denied', words: 'it does not allow this' },
  501: { kind: 'unfit', words: 'it takes no records there: correct the target' },
  502: { kind: 'busy', words: 'a proxy answers, the server behind it does not' },
  503: { kind: 'busy', words: 'it is not available now' },
  504: { kind: 'busy', words: 'a proxy answers, the server behind it does not' },
  507: { kind: 'busy', words: 'its disk is full' },
  511: { kind: 'denied', words: 'the network asks for a login before it lets anything through' },
};

/** Every status, also those that nobody has thought of. */
export function meaningOf(status: number): Meaning {
  const known = TABLE[status];
  if (known !== undefined) return known;
  if (status >= 200 && status < 300) return { kind: 'success', words: 'it says that all is well' };
  if (status >= 300 && status < 400) return { kind: 'moved', words: 'it sends elsewhere, which is not followed' };
  if (status >= 400 && status < 500) return { kind: 'rejected', words: 'it does not accept what was sent' };
  return { kind: 'broken', words: 'it failed over it' };
}

const RETRY_AFTER_MAX_S = 86_400;

/** What Retry-After asks for, ms; 0: nothing. A date counts from the answer's own, for our clock may be wrong. */
export function retryAfterMs(headers: HttpAnswer['headers'], now: EpochMs): number {
  const asked = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(asked)) return Math.min(Number(asked), RETRY_AFTER_MAX_S) * 1000;
  const date = Date.parse(asked);
  if (asked === '' || Number.isNaN(date)) return 0;
  const own = Date.parse(headers.date ?? '');
  return Math.min(Math.max(0, date - (Number.isNaN(own) ? now : own)), RETRY_AFTER_MAX_S * 1000);
}

/** An answer that is no success, or that only looks like one, as a failure in words. */
export function statusFailure(answer: HttpAnswer, url: string, now: EpochMs, words?: string): LectorError {
  const { status, headers } = answer;
  const meaning = meaningOf(status);
  const where = meaning.kind === 'moved' && headers.location !== undefined ? ` (${safe(headers.location, 200)})` : '';
  const problem = problemIn(answer);
  const said = problem === null ? saidIn(answer) : '';
  const wait = retryAfterMs(headers, now);
  const facts: Facts = { status, ...(wait > 0 && { retryAfterMs: wait }) };
  const mean = problem ?? words ?? meaning.words;
  const text = `${originOf(url)} answered ${status}: ${mean}${where}${said === '' ? '' : `; ${said}`}`;
  return new LectorError('EXPORT_FAILED', text, facts);
}

const SAID_MAX = 600;

/** What a centre of ours says: its own words are better than any of these. */
function problemIn({ headers, body }: HttpAnswer): string | null {
  if (!headers['content-type']?.startsWith('application/problem+json')) return null;
  const detail = (jsonIn(body) as { readonly detail?: unknown } | null)?.detail;
  return typeof detail === 'string' && detail !== '' ? safe(detail, SAID_MAX) : null;
}

/** What the body says, for a person; '' when it says nothing. */
export function saidIn({ headers, body }: HttpAnswer): string {
  const text = body.trim();
  if (text === '') return '';
  if (/html/i.test(headers['content-type'] ?? '') || /^<(!doctype|html)/i.test(text)) {
    return 'what came is a web page: a proxy, a portal or another site answers there';
  }
  const parsed = jsonIn(text);
  const sentence = parsed === null ? text : (sentenceIn(parsed) ?? text);
  return `it says: ${safe(sentence.replace(/\s+/g, ' '), SAID_MAX)}`;
}

/** The member that problems (RFC 9457), InfluxDB and most others put their sentence in. */
function sentenceIn(value: object): string | null {
  const members = value as Readonly<Record<string, unknown>>;
  const found = ['detail', 'title', 'message', 'error'].map((name) => members[name]);
  return found.find((each): each is string => typeof each === 'string' && each !== '') ?? null;
}

/** The object or list that a text holds; null when it is none. */
export function jsonIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
