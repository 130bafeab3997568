import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Whether a program runs at all; says what is missing when it does not. */
function runs(program: string, args: readonly string[], what: string, apt: string): boolean {
  if (spawnSync(program, args, { stdio: 'ignore' }).status === 0) return true;
  process.stderr.write(`skipped: ${what} needs ${program} (apt-get install ${apt})\n`);
  return false;
}

export const hasSocat = (): boolean => runs('socat', ['-V'], 'a pseudo-terminal', 'socat');
export const hasPymodbus = (): boolean =>
  runs('/usr/bin/python3', ['-c', 'import pymodbus'], 'the control in Python', 'python3-pymodbus');
const hasTaskset = spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

export const nodeCommand = (file: string, ...args: readonly string[]): Command => [
  process.execPath,
  here(file),
  ...args,
];
export const pythonCommand = (file: string, ...args: readonly string[]): Command => [
  '/usr/bin/python3',
  here(file),
  ...args,
];

/** The control in C, compiled into a folder that goes with the process; null, and said, without gcc or libmodbus. */
export function compiledControl(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'lector-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'libmodbus');
  const flags = ['-O2', '-I/usr/include/modbus', '-o', program, here('libmodbus.c'), '-lmodbus'];
  const compiled = spawnSync('gcc', flags, { encoding: 'utf8' });
  if (compiled.status === 0) return program;
  const why = compiled.error ? 'gcc' : 'libmodbus-dev';
  process.stderr.write(`skipped: the control in C needs ${why} (apt-get install gcc libmodbus-dev)\n`);
  return null;
}

/** The same command kept to one core, where the system can do that. */
export const onCore = (core: number, command: Command): Command =>
  hasTaskset ? ['taskset', '-c', String(core), ...command] : command;

/** A child that prints one JSON object a line: what it says first, and what it says when told to end. */
export type Contestant = {
  readonly child: ChildProcess;
  /** The next line that it prints. Rejects when it ends without one. */
  next<T>(): Promise<T>;
  /** Ends it, and waits for that. */
  end(): Promise<void>;
};

export function startContestant([program, ...args]: Command): Contestant {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    child,
    async next<T>() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${args.join(' ')} ended without a result (exit code ${child.exitCode})`);
      return JSON.parse(value) as T;
    },
    async end() {
      child.stdin.end();
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Runs a command to its end and gives the one JSON object that it prints. */
export async function resultOf<T>(command: Command): Promise<T> {
  const contestant = startContestant(command);
  try {
    return await contestant.next<T>();
  } finally {
    await contestant.end();
  }
}
