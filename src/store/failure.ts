import { LectorError } from '../domain/errors.ts';

/** What a disk that refuses is like: full, read-only (a dying SD card), or broken. */
export type RefusalKind = 'full' | 'readOnly' | 'broken';

export type Refusal = { readonly kind: RefusalKind; readonly text: string };

const FULL = new Set(['ENOSPC', 'EDQUOT', 28, 122]);
const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM', 30, 13, 1]);

/** The cause of a failed write: lmdb says a number (`errno`), Node a name. */
export function refusalOf(error: unknown): Refusal {
  const code = (error as { readonly code?: unknown }).code as string | number;
  const text = error instanceof Error ? error.message : String(error);
  if (FULL.has(code)) return { kind: 'full', text: 'no space left on device' };
  if (READ_ONLY.has(code)) return { kind: 'readOnly', text };
  return { kind: 'broken', text };
}

/** What a caller gets for a write that will not be done. */
export function refusalError(refusal: Refusal, dir: string): LectorError {
  const code = refusal.kind === 'full' ? 'STORE_FULL' : 'STORE_FAILED';
  return new LectorError(code, `the store in ${dir} did not take this: ${refusal.text}`, { dir });
}

/** The error behind a failed commit of lmdb; it arrives a little later, or not at all. */
export async function causeOfCommit(error: unknown): Promise<unknown> {
  const later = (error as { readonly commitError?: Promise<never> }).commitError;
  if (later === undefined) return error;
  const turns = new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  return Promise.race([later.catch((cause: unknown) => cause), turns.then(() => error)]);
}
