import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { LectorError } from '../domain/errors.ts';

const LOCK_NAME = 'lock';
/** Others that take over the same stale lock at the same time; then it is one of them that holds it. */
const ATTEMPTS = 5;

export type FolderLock = { release(): Promise<void> };

/**
 * Takes `dir` (made when missing) for this process. The lock is a symbolic link whose target says who holds it: made
 * whole or not at all, also on a full disk. One whose process is gone, or whose number another process has now, is
 * taken over. Rejects STORE_LOCKED with `facts.pid` of the holder, STORE_FAILED when the folder cannot be written.
 */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const path = join(dir, LOCK_NAME);
  const mine = identityOf(process.pid);
  try {
    await mkdir(dir, { recursive: true });
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await make(path, mine)) return { release: () => release(path, mine) };
      const holder = await readlink(path).catch(() => null);
      if (holder === null) continue;
      if (isAlive(holder)) throw locked(dir, holder);
      await takeAway(path, holder);
    }
    throw locked(dir, await readlink(path).catch(() => 'unknown'));
  } catch (error) {
    if (error instanceof LectorError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    const todo = 'let this user write there, or set another data_dir in lector.ini';
    throw new LectorError('STORE_FAILED', `cannot use the data folder ${dir}: ${text}; ${todo}`, { dir }, error);
  }
}

/** The process that holds `dir`; null: nobody does, or one that is gone. */
export async function holderOf(dir: string): Promise<number | null> {
  const holder = await readlink(join(dir, LOCK_NAME)).catch(() => null);
  return holder !== null && isAlive(holder) ? pidOf(holder) : null;
}

/** Whether a process that lives holds `dir`. */
export function isHeld(dir: string): boolean {
  try {
    return isAlive(readlinkSync(join(dir, LOCK_NAME)));
  } catch {
    return false;
  }
}

const pidOf = (holder: string): number => Number(holder.split('.')[0]);

function locked(dir: string, holder: string): LectorError {
  const pid = pidOf(holder);
  return new LectorError(
    'STORE_LOCKED',
    `the data folder ${dir} is in use by process ${pid}; lector top shows what it reads; ` +
      'to start another, stop that Lector, or give this one another data_dir',
    { dir, pid },
  );
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

/** `pid.start.boot`: when the process started, in ticks since the boot of that id; the same number may come again. */
function identityOf(pid: number): string {
  return [pid, startOf(pid) ?? 0, bootOf()].join('.');
}

function isAlive(holder: string): boolean {
  const pid = pidOf(holder);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const start = startOf(pid);
  if (start === null) return canSignal(pid);
  return identityOf(pid) === holder;
}

/** Field 22 of /proc/pid/stat; the name before it may hold blanks and brackets. null: there is no such file. */
function startOf(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function bootOf(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.slice(0, 8) ?? 'unknown';
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Where there is no /proc, a number that can be signalled is taken for the holder. */
function canSignal(pid: number): boolean {
  if (readText('/proc/self/stat') !== null) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
