import { mkdir } from 'node:fs/promises';
import { LectorError } from '../domain/errors.ts';
import { type HeldLock, isLocked, lockHolder, takeLock } from '../lock/lock-link.ts';

export type FolderLock = HeldLock;

/**
 * Takes `dir` (made when missing) for this process; see {@link takeLock}. Rejects STORE_LOCKED with `facts.pid` of the
 * holder, STORE_FAILED when the folder cannot be written.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const held = await tryLock(dir).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    const todo = 'let this user write there, or set another data_dir in lector.ini';
    throw new LectorError('STORE_FAILED', `cannot use the data folder ${dir}: ${text}; ${todo}`, { dir }, error);
  });
  if ('release' in held) return held;
  throw new LectorError(
    'STORE_LOCKED',
    `the data folder ${dir} is in use by process ${held.pid}; lector top shows what it reads; ` +
      'to start another, stop that Lector, or give this one another data_dir',
    { dir, pid: held.pid },
  );
}

async function tryLock(dir: string) {
  await mkdir(dir, { recursive: true });
  return takeLock(dir);
}

/** The process that holds `dir`; null: nobody does, or one that is gone. */
export async function holderOf(dir: string): Promise<number | null> {
  return (await lockHolder(dir))?.pid ?? null;
}

/** Whether a process that lives holds `dir`. */
export const isHeld = isLocked;
