import { open } from 'node:fs/promises';
import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';

/** Longest secret, and longest file that one is looked for in. */
export const SECRET_BYTES_MAX = 4096;

/**
 * The first line of a file that holds a secret; `option`: what named it, for the words, such as `<token_file>`.
 *
 * @throws LectorError EXPORT_FAILED in words, without the secret.
 */
export async function secretInFile(file: string, option: string): Promise<string> {
  const refuse = (what: string, cause?: unknown) =>
    new LectorError('EXPORT_FAILED', `${file} of ${option} ${what}`, { path: file }, cause);
  const text = await readStart(file).catch((error: unknown) => {
    throw refuse(`cannot be read: ${WORDS[String((error as NodeJS.ErrnoException).code)] ?? String(error)}`, error);
  });
  if (text === null) throw refuse(`has more than ${SECRET_BYTES_MAX} bytes: it is no secret`);
  const line =
    text
      .replace(/^\ufeff/, '')
      .split(/\r?\n/)[0]
      ?.trim() ?? '';
  if (line === '') throw refuse('is empty: write the secret on its first line');
  if (!isOneLine(line)) throw refuse('holds what is no text: write the secret on its first line');
  return line;
}

/** The same of a variable of the environment, which `option` named. */
export function secretInVariable(value: string | undefined, variable: string, option: string): string {
  const text = value?.trim() ?? '';
  if (text !== '' && isOneLine(text)) return text;
  const what = text === '' ? 'is not set' : 'is not one line of text';
  throw new LectorError('EXPORT_FAILED', `the environment variable ${safe(variable)} of ${option} ${what}`);
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such folder',
  EACCES: 'the user who runs lector may not read it',
  EPERM: 'the user who runs lector may not read it',
  EISDIR: 'it is a folder',
};

/** It goes into a header. */
const isOneLine = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);

/** null: longer than a secret may be. */
async function readStart(file: string): Promise<string | null> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(SECRET_BYTES_MAX + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return bytesRead > SECRET_BYTES_MAX ? null : buffer.subarray(0, bytesRead).toString();
  } finally {
    await handle.close();
  }
}
