import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { QuickOptions } from './quick-plant.ts';
import { PLANT_BEGAN, QUICK } from './quick-plant.ts';

const PROGRAM = fileURLToPath(new URL('./quick-lector.ts', import.meta.url));
const WAIT_MS = 20_000;

export type QuickProcess = {
  readonly child: ChildProcess;
  /** Journal lines of this process so far. */
  lines(): readonly string[];
  /** Resolves with its first journal line, from `from` on, that matches; rejects when it ends before. */
  line(pattern: RegExp, from?: number): Promise<string>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The latest that the plant's clock can show, once it has ended. */
  latest(): number;
  stderr(): string;
};

/** Starts a plant process; `prefix` is a program that runs it, such as strace with its options. */
export function startQuick(options: QuickOptions, prefix: readonly string[] = []): QuickProcess {
  if (!existsSync(options.journal)) writeFileSync(options.journal, '');
  const skip = statSync(options.journal).size;
  const [program = '', ...args] = [...prefix, process.execPath, PROGRAM, JSON.stringify(options)];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let endedAt: number | null = null;
  let until: number | undefined;
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-20_000);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      endedAt = Date.now();
      until = statSync(options.journal, { throwIfNoEntry: false })?.size ?? 0;
      resolve(code);
    });
  });
  const how = () => String(child.signalCode ?? child.exitCode);
  const lines = () => readFileSync(options.journal).subarray(skip, until).toString().split('\n').slice(0, -1);
  return {
    child,
    lines,
    line: (pattern, from = 0) =>
      lineOf({ lines, ended, journal: options.journal, said: () => said, how }, pattern, from),
    end(signal) {
      child.kill(signal);
      return ended;
    },
    latest() {
      const began = Number(
        lines()
          .find((line) => line.startsWith('begin '))
          ?.slice(6) ?? Number.NaN,
      );
      if (Number.isNaN(began)) return options.from;
      return options.from + Math.ceil(((endedAt ?? Date.now()) - began + 1) * QUICK);
    },
    stderr: () => said,
  };
}

type Watched = {
  readonly lines: () => readonly string[];
  readonly ended: Promise<unknown>;
  readonly journal: string;
  readonly said: () => string;
  /** Exit code or signal. */
  readonly how: () => string;
};

function lineOf({ lines, ended, journal, said, how }: Watched, pattern: RegExp, from: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (end: () => void) => {
      if (settled) return;
      settled = true;
      watcher.close();
      clearTimeout(timer);
      end();
    };
    const look = () => {
      if (settled) return true;
      const found = lines()
        .slice(from)
        .find((line) => pattern.test(line));
      if (found !== undefined) settle(() => resolve(found));
      return found !== undefined;
    };
    const fail = (why: string) =>
      settle(() => reject(new Error(`${why} ${pattern}: ${lines().slice(-15).join('\n')}\n${said()}`)));
    const watcher = watch(journal, () => void look());
    const timer = setTimeout(() => fail(`not within ${WAIT_MS} ms:`), WAIT_MS);
    if (!look()) void ended.then(() => look() || fail(`the process ended (${how()}) without`));
  });
}

/** Where the plant's clock begins again after `process` ended and `downMs` passed. */
export const resumeAt = (process: QuickProcess | null, downMs: number): number =>
  process === null ? PLANT_BEGAN : process.latest() + downMs;
