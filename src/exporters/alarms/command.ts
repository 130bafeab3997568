import { type ChildProcess, spawn } from 'node:child_process';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import type { AlarmWire } from '../../protocol/alarm-wire.ts';
import type { ActionContext, Attempt } from './attempt.ts';

/** A command that takes longer is killed, and what it started with it. */
export const COMMAND_LIMIT_MS = 30_000;
/** What a command prints beyond this is read and thrown away. */
export const OUTPUT_MAX = 4_096;

/**
 * Runs a program without a shell: the alarm as JSON on standard input, its parts in LECTOR_ALARM_... . It has to end
 * with status 0 within {@link COMMAND_LIMIT_MS}; what it prints is in the log at debug.
 */
export const createCommand =
  ({ clock, log }: ActionContext): Attempt<'command'> =>
  async ({ argv, folder }, wire, signal) => {
    const [program, ...args] = argv;
    const child = start(program, args, folder, wire);
    const output = collect(child);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = (words: string) => reject(new LectorError('EXPORT_FAILED', `${safe(program)} ${words}`));
    const timer = clock.setTimeout(() => {
      killGroup(child);
      end(`did not end within ${COMMAND_LIMIT_MS / 1000} s and was killed`);
    }, COMMAND_LIMIT_MS);
    const cut = () => {
      killGroup(child);
      end('was killed: lector is being stopped');
    };
    signal.addEventListener('abort', cut, { once: true });
    child.on('error', (error: NodeJS.ErrnoException) => end(`cannot be started: ${wordsOf(error)}`));
    // not `close`: what it left running may hold its output open for ever
    child.on('exit', (status, killedBy) => {
      if (status === 0) resolve();
      else end(`ended with ${status === null ? `signal ${killedBy}` : `status ${status}`}${saidIn(output())}`);
    });
    try {
      child.stdin?.end(`${JSON.stringify(wire)}\n`);
      await promise;
    } finally {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', cut);
      const text = output();
      if (text !== '') log.debug({ command: program }, `${program} printed: ${text}`);
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
  };

function start(program: string, args: readonly string[], cwd: string, wire: AlarmWire): ChildProcess {
  try {
    const child = spawn(program, args, {
      ...{ cwd, shell: false, windowsHide: true, stdio: 'pipe' },
      // a group of its own, so that all of it can be killed
      detached: process.platform !== 'win32',
      env: { ...process.env, ...environmentOf(wire) },
    });
    // a program that does not read its input is none the worse for it
    child.stdin?.on('error', () => undefined);
    return child;
  } catch (error) {
    throw new LectorError(
      'EXPORT_REFUSED',
      `${safe(program)} cannot be started: ${wordsOf(error as Error)}`,
      {},
      error,
    );
  }
}

/** `LECTOR_ALARM_RULE=silent` and so on; what is not known is empty. */
export function environmentOf(wire: AlarmWire): Readonly<Record<string, string>> {
  const { node, analyzer, ...plain } = wire;
  const parts = {
    ...plain,
    ...{ node: node.id, node_name: node.name },
    ...{ analyzer: analyzer?.id, analyzer_name: analyzer?.name, analyzer_location: analyzer?.location },
  };
  return Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [
      `LECTOR_ALARM_${name.toUpperCase()}`,
      String(value ?? '').replaceAll('\0', ''),
    ]),
  );
}

/** What both outputs said, up to a limit; all of it is read, or the program would wait. */
function collect(child: ChildProcess): () => string {
  const pieces: Buffer[] = [];
  let size = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('error', () => undefined);
    stream?.on('data', (piece: Buffer) => {
      if (size < OUTPUT_MAX) pieces.push(piece.subarray(0, OUTPUT_MAX - size));
      size += piece.length;
    });
  }
  return () => {
    const text = Buffer.concat(pieces).toString().trim();
    return size > OUTPUT_MAX ? `${text} ... (${size} bytes)` : text;
  };
}

const SAID_MAX = 200;
const saidIn = (output: string): string => (output === '' ? '' : `: ${safe(output.replace(/\s+/g, ' '), SAID_MAX)}`);

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // it has ended
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program, or its folder is gone',
  EACCES: 'it may not be run by the user who runs lector',
  EAGAIN: 'the system has no room for another process',
  E2BIG: 'its arguments are too long',
};

const wordsOf = (error: NodeJS.ErrnoException): string => WORDS[String(error.code)] ?? safe(error.message);
