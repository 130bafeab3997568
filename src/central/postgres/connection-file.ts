import { chown, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LectorError } from '../../domain/errors.ts';

const NAME = 'connection.json';
export const DATABASE = 'lector';
export const ROLE = 'lector';

/** How to reach the PostgreSQL of a folder; the password lies in a file of its owner alone. */
export type Connection = { readonly port: number; readonly password: string };

export function urlOf({ port, password }: Connection): string {
  return `postgres://${ROLE}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

/** null: there is none, or not a whole one. Rejects CONFIG_INVALID where this user may not read it. */
export async function readConnection(dir: string): Promise<Connection | null> {
  const path = join(dir, NAME);
  try {
    const { port, password } = JSON.parse(await readFile(path, 'utf8')) as Partial<Connection>;
    const isWhole = Number.isInteger(port) && typeof password === 'string' && /^[\w-]{20,}$/.test(password);
    return isWhole ? { port: Number(port), password } : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') return null;
    throw new LectorError(
      'CONFIG_INVALID',
      `this user may not read ${path}: run it as the user that serves the centre, or as root`,
      { path },
      error,
    );
  }
}

/** Whole or not at all, also on a full disk; of the owner of the folder, mode 0600. */
export async function writeConnection(dir: string, connection: Connection): Promise<void> {
  const path = join(dir, NAME);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify(connection)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  // root may serve what is another user's, who serves it tomorrow
  const { uid, gid } = await stat(dir);
  if (process.getuid?.() === 0 && uid !== 0) await chown(`${path}.new`, uid, gid);
  await rename(`${path}.new`, path);
  await syncFolder(dirname(path));
}

/** Makes names in a folder durable; a system that cannot does without. */
export async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
