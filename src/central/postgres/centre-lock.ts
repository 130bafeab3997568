import { readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, isAlive, pidOf } from './process-identity.ts';

const LOCK_NAME = 'lock';
/** Others that take over the same stale lock at the same time; then it is one of them that holds it. */
const ATTEMPTS = 5;

/** Serving goes on; a command holds the folder for its own time. */
export type LockRole = 'serving' | 'command';
export type LockHolder = { readonly pid: number; readonly role: LockRole };
export type CentreLock = { release(): Promise<void> };

/**
 * Takes the centre's folder for this process: the lock, or who holds it. A symbolic link whose target says who: made
 * whole or not at all, also on a full disk; one whose process is gone is taken over.
 */
export async function lockCentre(dir: string, role: LockRole): Promise<CentreLock | LockHolder> {
  const path = join(dir, LOCK_NAME);
  const mine = `${identityOf(process.pid)}.${role}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await make(path, mine)) return { release: () => release(path, mine) };
    const text = await readlink(path).catch(() => null);
    if (text === null) continue;
    const holder = parse(text);
    if (holder !== null) return holder;
    await takeAway(path, text);
  }
  return (await holderOf(dir)) ?? { pid: 0, role: 'serving' };
}

/** Who holds the folder; null: nobody does, or a process that is gone. */
export async function holderOf(dir: string): Promise<LockHolder | null> {
  const text = await readlink(join(dir, LOCK_NAME)).catch(() => null);
  return text === null ? null : parse(text);
}

function parse(text: string): LockHolder | null {
  const [identity, role] = [text.split('.').slice(0, 3).join('.'), text.split('.')[3]];
  if (!isAlive(identity)) return null;
  return { pid: pidOf(identity), role: role === 'command' ? 'command' : 'serving' };
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
