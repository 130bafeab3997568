import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { ScreenReport } from './screen-process.ts';

const COLUMNS = 160;
const ROWS = 50;
const TICKS_PER_SECOND = 100;
const WAIT_MS = 20_000;

/** The program of {@link ScreenReport} as one file, with everything that it loads, as it is shipped. */
export async function bundled(folder: string): Promise<string> {
  const outfile = join(folder, 'screen.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('screen-process.ts', import.meta.url))],
    ...{ outfile, bundle: true, minify: false, platform: 'node', format: 'esm', jsx: 'automatic', logLevel: 'warning' },
    plugins: [withoutDevtools],
    // packages of the old kind among those that are joined
    banner: { js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);" },
  });
  return outfile;
}

/** Ink names them, and loads them only for its own developers. */
const withoutDevtools: Plugin = {
  name: 'without-devtools',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'none' }));
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export default {}' }));
  },
};

/** A screen on a pseudo-terminal of 160 x 50, and what it writes there. */
export type ScreenTerminal = {
  /** Bytes that it wrote until now. */
  bytes(): number;
  /** CPU that its process alone took until now, ms: all of its threads, user and system. */
  cpuMs(): number;
  /** What it wrote since the last {@link press}. */
  text(): string;
  press(keys: string): void;
  /** Resolves with the instant at which what it wrote since the last key has this in it. */
  shows(pattern: RegExp): Promise<number>;
  /** It looks at itself, after its garbage was collected. */
  report(): Promise<ScreenReport>;
  end(): Promise<void>;
};

export async function openScreen(o: {
  readonly program: string;
  readonly port: number;
  readonly report: string;
  readonly speed?: number;
  readonly kind?: 'screen' | 'listen';
}): Promise<ScreenTerminal> {
  const { program, port, report: file, speed = 1, kind = 'screen' } = o;
  rmSync(file, { force: true });
  const command = `stty rows ${ROWS} cols ${COLUMNS} raw -echo; exec '${process.execPath}' '${program}'`;
  const child = spawn('socat', ['SYSTEM:eval $RUN,pty,setsid,ctty,stderr', '-'], {
    env: {
      ...process.env,
      ...{ RUN: command, PORT: `${port}`, REPORT: file, SPEED: `${speed}`, KIND: kind },
      ...{ NODE_ENV: 'production', LANG: 'C.UTF-8', TERM: 'xterm' },
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let bytes = 0;
  let text = '';
  let seen = (): void => undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    text = `${text}${chunk}`.slice(-100_000);
    seen();
  });
  const read = async (): Promise<ScreenReport> => {
    for (let waited = 0; waited < WAIT_MS; waited += 5) {
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as ScreenReport;
      } catch {
        await sleep(5);
      }
    }
    throw new Error('the screen did not report');
  };
  const { pid } = await read();
  return {
    bytes: () => bytes,
    cpuMs: () => cpuMsOf(pid),
    text: () => text,
    press(keys) {
      text = '';
      child.stdin.write(keys);
    },
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not shown: ${pattern}`)), WAIT_MS);
        seen = () => {
          if (!pattern.test(text)) return;
          clearTimeout(timer);
          seen = () => undefined;
          resolve(performance.now());
        };
        seen();
      }),
    async report() {
      rmSync(file);
      process.kill(pid, 'SIGUSR2');
      return await read();
    },
    async end() {
      process.kill(pid, 'SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** utime and stime of /proc/PID/stat, which count the process with all of its threads. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
