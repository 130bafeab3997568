import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const BOOTSTRAP = fileURLToPath(new URL('../../src/cli/bootstrap.js', import.meta.url));
/** As bin.js runs a command, but from the sources. */
const RUN = [
  `const [{ runLector }, { endSoon }] = await Promise.all([import('${MAIN}'), import('${BOOTSTRAP}')]);`,
  'process.exitCode = await runLector(process.argv.slice(1));',
  'endSoon();',
].join('\n');
const WAIT_MS = 25_000;

/** A line of the log as JSON. */
export type Entry = { readonly level: string; readonly time: string; readonly msg: string } & Readonly<
  Record<string, unknown>
>;

export type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly ms: number };

export type LectorProcess = {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly entries: readonly Entry[];
  readonly stderr: () => string;
  /** The first entry from `from` on whose sentence matches, written already or to come. */
  entry(pattern: RegExp, from?: number): Promise<Entry>;
  /** Settles when the process has ended; `ms` since the signal of `end`, or since it began. */
  readonly ended: Promise<End>;
  end(signal: NodeJS.Signals): Promise<End>;
};

export type LectorOptions = {
  readonly folder: string;
  /** A program that runs it, such as strace with its options. */
  readonly prefix?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly stdio?: StdioOptions;
  readonly onEnd: (end: () => void) => void;
};

/** What runs a `lector` command from the sources: for those that start it in a terminal or a pipe. */
export const lectorCommand = (...args: readonly string[]): readonly string[] => [
  process.execPath,
  '--input-type=module',
  '-e',
  RUN,
  '--',
  ...args,
];

/** `lector serve` in a process of its own on the configuration in `folder`; ended with the test at the latest. */
export function startLector({ folder, prefix = [], env = {}, stdio, onEnd }: LectorOptions): LectorProcess {
  const [program = '', ...args] = [...prefix, ...lectorCommand('serve')];
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, LECTOR_CONFIG: '', LECTOR_INI: '', ...env },
    stdio: stdio ?? ['ignore', 'pipe', 'pipe'],
  });
  onEnd(() => void child.kill('SIGKILL'));
  let from = performance.now();
  const entries: Entry[] = [];
  const watchers = new Set<() => void>();
  let rest = '';
  let said = '';
  const look = () => {
    for (const watcher of [...watchers]) watcher();
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    entries.push(...parts.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Entry));
    look();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-20_000);
  });
  let over = false;
  const ended = new Promise<End>((resolve) => {
    child.once('close', (code, signal) => {
      over = true;
      look();
      resolve({ code, signal, ms: performance.now() - from });
    });
  });
  return {
    child,
    pid: child.pid ?? 0,
    entries,
    stderr: () => said,
    entry: (pattern, first = 0) =>
      new Promise((resolve, reject) => {
        const told = () => `${entries.map((each) => each.msg).join('\n')}\n${said}`;
        const settle = (end: () => void) => {
          watchers.delete(see);
          clearTimeout(timer);
          end();
        };
        const see = () => {
          const found = entries.slice(first).find(({ msg }) => pattern.test(msg));
          if (found) settle(() => resolve(found));
          else if (over) settle(() => reject(new Error(`lector ended without ${pattern}:\n${told()}`)));
        };
        const late = () => settle(() => reject(new Error(`not within ${WAIT_MS} ms: ${pattern}:\n${told()}`)));
        const timer = setTimeout(late, WAIT_MS);
        watchers.add(see);
        see();
      }),
    ended,
    end(signal) {
      from = performance.now();
      child.kill(signal);
      return ended;
    },
  };
}

/** Writes lector.ini (any free port) and config.xml into `folder`; its log folder is there to be watched. */
export function writePlant(folder: string, xml: string, ini = ''): void {
  mkdirSync(join(folder, 'log'), { recursive: true });
  writeFileSync(join(folder, 'config.xml'), xml);
  const control = ini.includes('[Control]') ? '' : '[Control]\nport = 0\n';
  writeFileSync(join(folder, 'lector.ini'), `[General]\n${ini}\n${control}`);
}

type PlantDevice = { readonly id: number; readonly xml: string; readonly type: 'simulated' | 'serial' };
type PlantAnalyzer = { readonly id: number; readonly device: number; readonly model?: string };

/** A configuration with analyzers that are read each second and recorded each minute. */
export function plantXml(devices: readonly PlantDevice[], analyzers: readonly PlantAnalyzer[]): string {
  const device = ({ id, type, xml }: PlantDevice) => `<device id="${id}" type="${type}" enabled="true">${xml}</device>`;
  const analyzer = ({ id, device: on, model = 'SDM630' }: PlantAnalyzer) => `
    <analitzador id="${id}" device="${on}" model="${model}">
      <params><tempsgravacio>1</tempsgravacio><tempslectura>1</tempslectura></params>
      <dataexports><dataexport type="localFile" target="dades" /></dataexports>
      <peticions><consulta>TPF</consulta><consulta>CEA</consulta></peticions>
    </analitzador>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<configuracio>
  <node id="1" name="School" timezone="Europe/Madrid" />
  <devices>${devices.map(device).join('')}</devices>
  <equips>${analyzers.map(analyzer).join('')}</equips>
</configuracio>
`;
}

export const SIMULATED = { type: 'simulated', xml: '<protocol>rtu</protocol><baud>19200</baud>' } as const;

/** A serial line on `port`, with short waits. */
export const serialDevice = (id: number, port: string): PlantDevice => ({
  id,
  type: 'serial',
  xml: `<port>${port}</port><baud>19200</baud><bits>8</bits><parity>N</parity><stop>1</stop><timeout>1</timeout>`,
});
