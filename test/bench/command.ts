import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, type BenchLine, median } from './bench.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'src', 'cli', 'bin.js');
const ROUNDS = 15;
const STATUS_MAX = 3;
const HELP_MAX = 4;

/** A whole process, ms. */
function timed(args: readonly string[], cwd: string): number {
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  const took = performance.now() - from;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return took;
}

/** Until commands are answered. */
async function answering(server: ChildProcess): Promise<void> {
  let text = '';
  const chunks = server.stdout?.iterator({ destroyOnReturn: false }) ?? [];
  for await (const chunk of chunks) {
    text += chunk;
    if (/analyzer 1 .*? is read/.test(text)) break;
  }
  // what it prints from now on is not read, and must not stop it
  server.stdout?.resume();
}

export const bench: Bench = {
  id: 'command',
  title: 'B10 a command as a whole process',
  target: `status <= ${STATUS_MAX} x node -e 0, help <= ${HELP_MAX} x`,
  async run() {
    const dir = mkdtempSync(join(tmpdir(), 'lector-bench-'));
    writeFileSync(join(dir, 'config.xml'), readFileSync(join(ROOT, 'config.xml')));
    writeFileSync(join(dir, 'lector.ini'), '[General]\nlog_level = info\n[Control]\nport = 0\n');
    const server = spawn(process.execPath, [BIN, 'serve'], { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await answering(server);
      const rounds = Array.from({ length: ROUNDS }, () => ({
        bare: timed(['-e', '0'], dir),
        status: timed([BIN, 'ctl', 'status', '1'], dir),
        help: timed([BIN, '--help'], dir),
      }));
      const row = (name: string, key: 'status' | 'help', max: number): BenchLine => {
        const ratio = median(rounds.map((round) => round[key] / round.bare));
        return {
          name: `B10 ${name}`,
          ours: median(rounds.map((round) => round[key])),
          control: median(rounds.map(({ bare }) => bare)),
          ratio,
          unit: 'ms',
          target: `<= ${max} x node -e 0`,
          pass: ratio <= max,
        };
      };
      return [row('lector ctl status 1', 'status', STATUS_MAX), row('lector --help', 'help', HELP_MAX)];
    } finally {
      server.kill('SIGKILL');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
