import { AssertionError } from 'node:assert';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';

/**
 * What PostgreSQL's classes of SQLSTATE mean for who asked. Source: appendix A of its manual.
 * data: this row cannot be stored, another may. again: the same may do in a moment. away: not now.
 */
const CLASSES: Readonly<Record<string, 'data' | 'again' | 'away'>> = {
  '22': 'data',
  '23': 'data',
  '54': 'data',
  '40': 'again',
  '08': 'away',
  '25': 'away',
  '53': 'away',
  '55': 'away',
  '57': 'away',
  '58': 'away',
  XX: 'away',
};

const SENTENCES: Readonly<Record<string, string>> = {
  '53100': 'the disk of PostgreSQL is full: make room there',
  '53200': 'PostgreSQL has no memory left',
  '53300': 'all connections of PostgreSQL are taken',
  '55P03': 'the tables of PostgreSQL are locked by something that takes long',
  '57P01': 'PostgreSQL is shutting down',
  '57P03': 'PostgreSQL is starting up or shutting down',
  '25006': 'PostgreSQL takes no changes (it is a standby, or read-only)',
};

const FOREIGN_KEY = '23503';

export type FailureKind = 'data' | 'again' | 'away' | 'bug';

/** Errors of this language, and assertions, are bugs of ours, whatever else lacks an SQLSTATE. */
const OURS = [TypeError, RangeError, ReferenceError, SyntaxError, AssertionError];
const isOurs = (error: unknown): boolean => OURS.some((each) => error instanceof each);

/** What a failed query means; what else has no SQLSTATE is a connection that failed. */
export function failureKind(error: unknown): FailureKind {
  const code = sqlStateOf(error);
  if (code === null) return isOurs(error) ? 'bug' : 'away';
  // a node that was removed while its analyzer was made: looked at again, it is unknown
  if (code === FOREIGN_KEY) return 'again';
  return CLASSES[code.slice(0, 2)] ?? 'bug';
}

/** A failed query in words: CENTRE_UNAVAILABLE, CENTRE_REFUSED, or DATABASE_FAILED where it is a bug of ours. */
export function centreFailure(error: unknown): LectorError {
  if (error instanceof LectorError) return error;
  const { message } = error as { readonly message?: string };
  const kind = failureKind(error);
  const words = SENTENCES[sqlStateOf(error) ?? ''];
  const said = safe(message === undefined || message === '' ? codeOf(error) : message);
  if (kind === 'data') return new LectorError('CENTRE_REFUSED', `PostgreSQL refuses it: ${said}`, {}, error);
  const who = isOurs(error) ? 'a bug of Lector' : 'PostgreSQL';
  if (kind === 'bug') return new LectorError('DATABASE_FAILED', `${who}: ${said}`, {}, error);
  return new LectorError('CENTRE_UNAVAILABLE', words ?? `PostgreSQL does not answer: ${said}`, {}, error);
}

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code ?? error);

function sqlStateOf(error: unknown): string | null {
  const code = codeOf(error);
  return /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code) ? code : null;
}

type Calls = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** The same calls; what they reject with is a LectorError in words. */
export function inWords<T extends { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> }>(calls: T): T {
  const told = Object.entries(calls as Calls).map(([name, call]) => {
    const asked = async (...args: never[]) => {
      try {
        return await call(...args);
      } catch (error) {
        throw centreFailure(error);
      }
    };
    return [name, asked] as const;
  });
  return Object.fromEntries(told) as T;
}
