import { readFileSync } from 'node:fs';

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

export function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether this system tells of its processes in files. */
export const hasProc = (): boolean => readText('/proc/self/stat') !== null;

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
