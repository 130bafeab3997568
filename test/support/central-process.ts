import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lectorCommand } from './lector-process.ts';

/** A `lector central ...` that goes on until it is ended. */
export type CentralProcess = {
  readonly child: ChildProcess;
  /** The first match in what it has said or will say; rejects when it ends before. */
  told(pattern: RegExp): Promise<RegExpExecArray>;
  said(): string;
  /** Does nothing to one that has ended already. */
  end(signal: NodeJS.Signals): Promise<void>;
};

export type CentralOptions = {
  readonly folder: string;
  /** What follows `lector central`. */
  readonly args: readonly string[];
  readonly onEnd: (end: () => Promise<void>) => void;
};

/** Longest that one may take to end in order, when its test is over. */
const LEAVE_MS = 8_000;

/**
 * `lector central ...` in a process of its own in `folder`. With the test it is asked to end, so that no PostgreSQL of
 * its own is left, and killed where it does not.
 */
export function startCentral({ folder, args, onEnd }: CentralOptions): CentralProcess {
  const [program = '', ...rest] = lectorCommand('central', ...args);
  const env = { ...process.env, LECTOR_CONFIG: '', LECTOR_INI: '', LECTOR_DATABASE: '' };
  const child = spawn(program, rest, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  onEnd(async () => {
    const late = setTimeout(() => child.kill('SIGKILL'), LEAVE_MS);
    await end('SIGTERM').finally(() => clearTimeout(late));
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const told = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(said);
        if (match !== null) resolve(match);
      };
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
      child.once('exit', () => reject(new Error(`it ended without ${pattern}, and said: ${said}`)));
      look();
    });
  return { child, told, said: () => said, end };
}
