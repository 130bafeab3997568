import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hasProc } from '../../lock/process-identity.ts';

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
    return (
      readlinkSync(`/proc/${pid}/cwd`) === dataDir && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres'
    );
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
