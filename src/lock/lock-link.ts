import { readlinkSync } from 'node:fs';
import { readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, isAlive, pidOf } from './process-identity.ts';

const LOCK_NAME = 'lock';
/** Others that take over the same stale lock at the same time; then it is one of them that holds it. */
const ATTEMPTS = 5;

export type HeldLock = { release(): Promise<void> };
/** Who holds a folder: its process, and what it said of itself ('' where that is nothing). */
export type LockHolder = { readonly pid: number; readonly said: string };

/**
 * Takes the folder `dir`, which must be there, for this process: the lock, or who holds it. It is a symbolic link whose
 * target says who, and `say`, a word without dots: made whole or not at all, also on a full disk. One whose process is
 * gone, or whose number another process has now, is taken over. Rejects with the error of the system where no link can
 * be made.
 */
export async function takeLock(dir: string, say = ''): Promise<HeldLock | LockHolder> {
  const path = join(dir, LOCK_NAME);
  const mine = say === '' ? identityOf(process.pid) : `${identityOf(process.pid)}.${say}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await make(path, mine)) return { release: () => release(path, mine) };
    const text = await readlink(path).catch(() => null);
    if (text === null) continue;
    const holder = parse(text);
    if (holder !== null) return holder;
    await takeAway(path, text);
  }
  return (await lockHolder(dir)) ?? { pid: 0, said: '' };
}

/** Who holds `dir`; null: nobody does, or a process that is gone. */
export async function lockHolder(dir: string): Promise<LockHolder | null> {
  const text = await readlink(join(dir, LOCK_NAME)).catch(() => null);
  return text === null ? null : parse(text);
}

/** Whether a process that lives holds `dir`. */
export function isLocked(dir: string): boolean {
  try {
    return parse(readlinkSync(join(dir, LOCK_NAME))) !== null;
  } catch {
    return false;
  }
}

function parse(text: string): LockHolder | null {
  const parts = text.split('.');
  const identity = parts.slice(0, 3).join('.');
  return isAlive(identity) ? { pid: pidOf(identity), said: parts[3] ?? '' } : null;
}

async function make(path: string, holder: string): Promise<boolean> {
  try {
    await symlink(holder, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a stale lock out of the way; one that was made anew meanwhile is put back. */
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.stale-${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const taken = await readlink(aside).catch(() => stale);
  if (taken !== stale) await make(path, taken);
  await rm(aside, { force: true });
}

async function release(path: string, mine: string): Promise<void> {
  const holder = await readlink(path).catch(() => null);
  if (holder === mine) await rm(path, { force: true }).catch(() => undefined);
}
