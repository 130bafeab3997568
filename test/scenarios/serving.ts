import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const RUN = `import(${JSON.stringify(MAIN)}).then(({ runLector }) => runLector(process.argv.slice(1)))
  .then((code) => { process.exitCode = code; })`;

/** What a process prints on standard output, line by line. */
export type Printing = {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** The first line that matches, printed already or to come; rejects when the process ends without it. */
  line(pattern: RegExp): Promise<string>;
  /** Sends a signal; settles with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
};

/** Starts a program and listens to it. */
export function printing(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Printing {
  const child = spawn(program, args, { env });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  let errors = '';
  let over = false;
  const look = () => {
    for (const each of [...waiting]) each();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    look();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      over = true;
      look();
      resolve(code);
    });
  });
  return {
    child,
    lines,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const see = () => {
          const found = lines.find((each) => pattern.test(each));
          if (found === undefined && !over) return;
          waiting.delete(see);
          if (found === undefined)
            reject(new Error(`${program} ended without ${pattern}: ${lines.join('\n')} ${errors}`));
          else resolve(found);
        };
        waiting.add(see);
        see();
      }),
    end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

/**
 * `lector serve` as a process of its own in `folder`, on this configuration, its wall clock beginning at `from` (UTC,
 * such as "2026-11-25 12:14:45"; needs faketime).
 */
export function serving(folder: string, xml: string, from: string): Printing {
  writeFileSync(join(folder, 'config.xml'), xml);
  writeFileSync(join(folder, 'lector.ini'), '[Control]\nport = 0\n');
  const args = ['serve', '--config', join(folder, 'config.xml'), '--ini', join(folder, 'lector.ini')];
  return lectorProcess(args, { ...process.env, ...clockFrom(from) });
}

/** A `lector` command as a process of its own, from the sources. */
export function lectorProcess(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Printing {
  return printing(process.execPath, ['-e', RUN, '--', ...args], env);
}

/** The environment that faketime would give; without its process in between, which takes no signal on. */
function clockFrom(from: string): NodeJS.ProcessEnv {
  const preload = execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim();
  return { LD_PRELOAD: preload, FAKETIME: `@${from}`, TZ: 'UTC' };
}

/** A pair of pseudo-terminals joined by socat, in place of a cable; settles with it when both ends are there. */
export async function ptyPair(one: string, other: string): Promise<Printing> {
  const end = (link: string) => `pty,raw,echo=0,link=${link}`;
  // socat says on stderr that it is ready
  const pair = printing('sh', ['-c', 'exec socat -d -d "$1" "$2" 2>&1', 'socat', end(one), end(other)]);
  await pair.line(/starting data transfer loop/);
  return pair;
}
