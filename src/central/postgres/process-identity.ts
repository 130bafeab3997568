import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** `pid.start.boot`: when the process started, in ticks since the boot of that id; the same number may come again. */
export function identityOf(pid: number): string {
  return [pid, startOf(pid) ?? 0, bootOf()].join('.');
}

export function pidOf(identity: string): number {
  return Number(identity.split('.')[0]);
}

/** Whether the process of {@link identityOf} still runs; where there is no /proc, any process of that number counts. */
export function isAlive(identity: string): boolean {
  const pid = pidOf(identity);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (!hasProc()) return canSignal(pid);
  return startOf(pid) !== null && identityOf(pid) === identity;
}

/**
 * Processes of PostgreSQL that work in `dataDir` (its real path): the server, and what a killed one left behind. Each
 * of them has it as its working directory, whatever postmaster.pid says. null: this system does not tell.
 */
export function serversIn(dataDir: string): readonly number[] | null {
  if (!hasProc()) return null;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && worksIn(name, dataDir))
    .map(Number);
}

function worksIn(pid: string, dataDir: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === dataDir && readText(`/proc/${pid}/comm`)?.trim() === 'postgres';
  } catch {
    return false;
  }
}

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const hasProc = (): boolean => readText('/proc/self/stat') !== null;

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
