import { readFileSync, statSync } from 'node:fs';
import { LectorError } from '../domain/errors.ts';

/** Why a data folder cannot be used: that it is another user's, where that is so. */
export function notOurs(dataDir: string, what: 'read' | 'write', cause: unknown): LectorError {
  const owner = ownerOf(dataDir);
  const words = cause instanceof Error ? cause.message : String(cause);
  const sentence = ownerWords(dataDir, what, owner) ?? `the data folder ${dataDir} cannot be used: ${words}`;
  return new LectorError('STORE_FAILED', sentence, {}, cause);
}

/** null: it is this user's own, so that is not why. */
export function ownerWords(
  dataDir: string,
  what: 'read' | 'write',
  owner: { readonly uid: number; readonly name: string | null } | null,
  own = process.getuid?.() ?? -1,
): string | null {
  if (owner === null || owner.uid === own) return null;
  const name = owner.name ?? `the user of number ${owner.uid}`;
  const todo = owner.name === null ? 'do it as that user' : `sudo -u ${owner.name} does it as that user`;
  return `the data folder ${dataDir} belongs to ${name}, and this user may not ${what} there; ${todo}`;
}

function ownerOf(dataDir: string) {
  try {
    const { uid } = statSync(dataDir);
    return { uid, name: nameOf(uid) };
  } catch {
    return null;
  }
}

function nameOf(uid: number): string | null {
  try {
    const users = readFileSync('/etc/passwd', 'utf8').split('\n');
    return users.map((line) => line.split(':')).find(([, , id]) => id === String(uid))?.[0] ?? null;
  } catch {
    return null;
  }
}
