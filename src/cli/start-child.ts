import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerPlaces } from './server-address.ts';

/** Of what it says on stderr: sentences, not a log. */
const SAID_MAX = 64 * 1024;

/** How it ended: its exit code, or 1 for a signal, which `said` then tells. */
export type ServerEnd = { readonly code: number; readonly said: string };

/** `lector serve` in a session of its own: a terminal that goes away does not reach it. */
export type ServerChild = {
  readonly pid: number;
  readonly isOver: () => boolean;
  readonly ended: Promise<ServerEnd>;
  /** Asks it to end in order; asked again, it ends at once. */
  end(): void;
  /** It may go on when this process ends. */
  letGo(): void;
};

/**
 * Starts the server of these files, as this program was started. What it logs goes to its log alone; what it says on
 * stderr goes to stderr.txt beside the log, so that neither is lost when whoever started it has gone.
 */
export function startServer({ configFile, iniFile, logDir }: ServerPlaces): ServerChild {
  const ini = iniFile === null ? [] : ['--ini', iniFile];
  const args = [process.argv[1] ?? '', 'serve', '--no-top', '--config', configFile, ...ini];
  const errors = openErrors(logDir);
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', errors] });
  let over = false;
  const ended = endOf(child, errors).finally(() => {
    over = true;
  });
  return {
    pid: child.pid ?? 0,
    isOver: () => over,
    ended,
    end: () => void child.kill('SIGTERM'),
    letGo: () => child.unref(),
  };
}

function endOf(child: ChildProcess, errors: number): Promise<ServerEnd> {
  return new Promise((resolve) => {
    const end = (code: number, more: string) => {
      resolve({ code, said: `${readErrors(errors)}${more}` });
      closeSync(errors);
    };
    child.once('error', (error) => end(1, `lector: the server cannot be started: ${error.message}\n`));
    child.once('exit', (code, signal) => {
      end(code ?? 1, signal === null ? '' : `lector: the server was ended by ${signal}\n`);
    });
  });
}

/** A file beside the log; where none can be written, one that nobody else sees. */
function openErrors(logDir: string): number {
  try {
    mkdirSync(logDir, { recursive: true });
    return openSync(join(logDir, 'stderr.txt'), 'w+');
  } catch {
    const folder = mkdtempSync(join(tmpdir(), 'lector-'));
    const file = openSync(join(folder, 'stderr.txt'), 'w+');
    rmSync(folder, { recursive: true, force: true });
    return file;
  }
}

function readErrors(file: number): string {
  const bytes = Buffer.alloc(Math.min(fstatSync(file).size, SAID_MAX));
  return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
}
