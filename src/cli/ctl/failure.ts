import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';

/** Exit codes of `lector ctl`. */
export const DONE = 0;
export const REFUSED = 1;
export const WRONG_USAGE = 2;
export const NO_SERVER = 3;

export type Failing = { readonly code: number; readonly text: string };

/** Longest sentence that is shown. */
const TEXT_MAX = 4000;

/**
 * What failed, for a person and for who started us: one sentence with what to do, then what the server says in detail,
 * a line each. Null for a bug, which is not told here.
 */
export function failing(error: unknown): Failing | null {
  if (!(error instanceof LectorError) || error.code === 'UNEXPECTED') return null;
  const { hint = '', details = '' } = error.facts;
  const sentence = hint === '' ? error.message : `${error.message.replace(/\.$/, '')}; ${hint}`;
  const more = String(details)
    .split('\n')
    .filter((line) => line.trim() !== '');
  // a single detail may be the sentence itself
  const isSaid = more.length === 1 && sentence.includes(more[0]?.trim() ?? '');
  const lines = [...sentence.split('\n').filter((line) => line.trim() !== ''), ...(isSaid ? [] : more)];
  const text = lines.map((line, n) => `${n === 0 ? '' : '  '}${safe(line, TEXT_MAX)}`).join('\n');
  return { code: codeOf(error), text };
}

function codeOf({ code }: LectorError): number {
  if (code === 'NO_SERVER' || code === 'SERVER_SILENT') return NO_SERVER;
  return code === 'USAGE' ? WRONG_USAGE : REFUSED;
}
