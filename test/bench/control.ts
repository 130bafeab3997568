import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, median } from './bench.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const BIN = join(ROOT, 'src', 'cli', 'bin.js');
const ROUNDS = 5;
const CLIENTS = 100;
const TIMES = 100;
const RATIO_MAX = 1.15;
const WAIT_MS = 20_000;

/** The first match in what a process prints. */
function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`not printed: ${pattern}`)), WAIT_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
      const found = pattern.exec(text)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Everything up to and with the next CR. */
async function line(socket: Socket): Promise<Buffer> {
  let all = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    all = Buffer.concat([all, chunk as Buffer]);
    if (all.at(-1) === 0x0d) break;
  }
  return all;
}

/** What the server answers once there is a reading: the trivial one will answer the same bytes. */
async function answersOf(port: number): Promise<readonly string[]> {
  const socket = connect(port, '127.0.0.1');
  socket.write('#$');
  await once(socket, 'data');
  const ask = (request: string) => {
    socket.write(request);
    return line(socket);
  };
  const identification = await ask('$GETID@1;\r');
  let values = await ask('$GETVARS@1;\r');
  while (!values.includes('PAT')) values = await ask('$GETVARS@1;\r');
  socket.destroy();
  return [identification, values].map((each) => each.toString('base64'));
}

type Run = { readonly seconds: number; readonly failed: number };

function crowd(port: number): Run {
  const args = [join(HERE, 'control-client.py'), String(port), String(CLIENTS), String(TIMES)];
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the Python client failed: ${stderr}`);
  const [seconds = Number.NaN, failed = Number.NaN] = stdout.trim().split(' ').map(Number);
  return { seconds, failed };
}

/** The shipped plant in a folder of its own, on a free port. */
function newFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lector-bench-'));
  writeFileSync(join(dir, 'config.xml'), readFileSync(join(ROOT, 'config.xml')));
  writeFileSync(join(dir, 'lector.ini'), '[General]\nlog_level = info\n[Control]\nport = 0\n');
  return dir;
}

export const bench: Bench = {
  id: 'control',
  title: 'B5 a hundred clients of the predecessor at once',
  target: `<= ${RATIO_MAX} x a trivial server, none failed`,
  async run() {
    const dir = newFolder();
    const children: ChildProcess[] = [];
    const start = (args: readonly string[]) => {
      const child = spawn(process.execPath, args, { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] });
      children.push(child);
      return child;
    };
    try {
      const serve = start([BIN, 'serve']);
      const read = printed(serve, /(analyzer 1 .*? is read)/);
      const port = Number(await printed(serve, /127\.0\.0\.1:(\d+)/));
      await read;
      const server = start([join(HERE, 'control-server.ts'), ...(await answersOf(port))]);
      const trivialPort = Number(await printed(server, /^(\d+)$/m));
      const rounds = Array.from({ length: ROUNDS }, () => ({ control: crowd(trivialPort), ours: crowd(port) }));
      const failed = rounds.reduce((sum, { ours }) => sum + ours.failed, 0);
      const ratio = median(rounds.map(({ ours, control }) => ours.seconds / control.seconds));
      return [
        {
          name: `B5 ${CLIENTS} clients x ${TIMES} x (GETID + GETVARS)`,
          ours: median(rounds.map(({ ours }) => ours.seconds)),
          control: median(rounds.map(({ control }) => control.seconds)),
          ratio,
          unit: 's',
          target: this.target,
          pass: ratio <= RATIO_MAX && failed === 0,
          note: `${failed} of ${ROUNDS * CLIENTS} clients failed; ${ROUNDS} rounds, one at once after the other`,
        },
      ];
    } finally {
      for (const child of children) await end(child);
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
