import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { vi } from 'vitest';

const CLI = fileURLToPath(new URL('../../src/cli/', import.meta.url));
/** The command as people have it: built, with the bundle of the screen. */
export const BIN = join(CLI, 'bin.js');
const WAIT_MS = 15_000;
const PROMPT = 'ready>';
const run = promisify(execFile);

/** A terminal as a person has it, with a shell in it. */
export type Tmux = {
  /** Keys as tmux calls them: `q`, `Enter`, `C-c`, `Down`. */
  press(...keys: readonly string[]): Promise<void>;
  type(text: string): Promise<void>;
  /** A `lector` command, from the build of the sources as they are. */
  lector(...args: readonly string[]): Promise<void>;
  /** What `npm start` runs. */
  npmStart(...args: readonly string[]): Promise<void>;
  lines(): Promise<readonly string[]>;
  /** Settles when the line `row`, or any line, matches. */
  shows(pattern: RegExp, row?: number): Promise<void>;
  /** Settles when the shell is ready again; with what is on the screen. */
  back(): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** The cursor is seen, the alternate screen is on, and the settings of the tty. */
  state(): Promise<{ readonly cursor: boolean; readonly alternate: boolean; readonly tty: string }>;
  /** To the `lector` command that runs in it. */
  signal(name: NodeJS.Signals): Promise<boolean>;
  /** Closes the terminal, as a dropped connection does; settles when all that ran in it has ended. */
  hangUp(): Promise<void>;
};

/** Opens one of so many columns and rows; ended with the test at the latest. */
export async function openTmux(o: {
  readonly folder: string;
  readonly columns: number;
  readonly rows: number;
  readonly onEnd: (end: () => void) => void;
}): Promise<Tmux> {
  const server = ['-S', join(o.folder, `tmux-${o.columns}`), '-f', '/dev/null'];
  const tmux = async (...args: readonly string[]) => (await run('tmux', [...server, ...args])).stdout;
  const kill = () => {
    try {
      execFileSync('tmux', [...server, 'kill-server'], { stdio: 'ignore' });
    } catch {
      // gone already
    }
  };
  const env = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', ENV: '', LECTOR_CONFIG: '', LECTOR_INI: '' };
  const settings = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const size = ['-x', String(o.columns), '-y', String(o.rows)];
  await tmux('new-session', '-d', ...size, '-c', o.folder, ...settings, 'sh');
  o.onEnd(kill);

  const lines = async () => (await tmux('capture-pane', '-p')).split('\n').slice(0, -1);
  const tty = (await tmux('display', '-p', '#{pane_tty}')).trim();
  const shows = (pattern: RegExp, row?: number) =>
    vi.waitFor(
      async () => {
        const shown = await lines();
        const text = shown.join('\n');
        if (!pattern.test(row === undefined ? text : (shown[row] ?? ''))) throw new Error(`no ${pattern} in\n${text}`);
      },
      { timeout: WAIT_MS, interval: 30 },
    );
  const type = async (text: string) => void (await tmux('send-keys', '-l', text));
  const press = async (...keys: readonly string[]) => void (await tmux('send-keys', ...keys));
  /** What runs in it, and of it what has `word` in its command line. */
  const processes = async (word = '') => {
    const { stdout } = await run('ps', ['-o', 'pid=,args=', '-t', tty]);
    return stdout
      .split('\n')
      .filter((line) => line.includes(word))
      .map((line) => Number.parseInt(line, 10))
      .filter(Boolean);
  };
  const command = async (words: readonly string[]) => {
    await type(`clear; ${words.map((each) => `'${each}'`).join(' ')}; echo "ended with $?"`);
    await press('Enter');
  };
  // told by its environment, a shell of root keeps its own
  await type(`PS1='${PROMPT} '; clear`);
  await press('Enter');
  await shows(new RegExp(`^${PROMPT}`), 0);
  return {
    press,
    type,
    lector: (...args) => command([process.execPath, BIN, ...args]),
    npmStart: (...args) => command([process.execPath, join(CLI, 'tasks.js'), 'start', ...args]),
    lines,
    shows,
    async back() {
      await shows(new RegExp(`^ended with \\d+\\n${PROMPT}$`, 'm'));
      return (await lines()).join('\n');
    },
    resize: async (columns, rows) => void (await tmux('resize-window', '-x', String(columns), '-y', String(rows))),
    async state() {
      const [cursor, alternate] = (await tmux('display', '-p', '#{cursor_flag} #{alternate_on}')).trim().split(' ');
      const { stdout } = await run('stty', ['-g', '-F', tty]);
      return { cursor: cursor === '1', alternate: alternate === '1', tty: stdout.trim() };
    },
    signal: async (name) => process.kill((await processes(BIN))[0] ?? 0, name),
    async hangUp() {
      const pids = await processes();
      await tmux('kill-pane');
      await vi.waitFor(
        () => {
          const left = pids.filter(isRunning);
          if (left.length > 0) throw new Error(`still running: ${left.join(' ')}`);
        },
        { timeout: WAIT_MS, interval: 30 },
      );
    },
  };
}

/** One that has ended may be left as a zombie where nobody adopts orphans. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
