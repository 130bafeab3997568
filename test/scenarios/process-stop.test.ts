import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lectorCommand, plantXml, SIMULATED, startLector, writePlant } from '../support/lector-process.ts';
import { requireTool } from '../support/require-tool.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ends: (() => void | Promise<void>)[] = [];
const onEnd = (end: () => void) => void ends.push(end);
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lector-stop-'));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const PLANT = plantXml([{ id: 1, ...SIMULATED }], [{ id: 1, device: 1 }]);
const READ = /^analyzer 1 .* is read/;
const OPEN_UNTIL = /readings until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;
/** A process may take so long to end when the machine has much to do; what is promised is two seconds. */
const STOP_MS = 2_000;

/** The whole log file, whatever became of standard output. */
const logText = () =>
  readdirSync(join(folder, 'log'))
    .map((name) => readFileSync(join(folder, 'log', name), 'utf8'))
    .join('');

/** Resolves when the log file holds what matches. */
function logged(pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      watcher.close();
      clearTimeout(timer);
      end();
    };
    const look = () => {
      if (pattern.test(logText())) settle(resolve);
    };
    const timer = setTimeout(() => settle(() => reject(new Error(`not logged: ${pattern}: ${logText()}`))), 20_000);
    const watcher = watch(join(folder, 'log'), look);
    look();
  });
}

/** The process that holds the data folder. */
const holder = () => Number(readlinkSync(join(folder, 'data', 'lock')).split('.')[0]);
/** A process that has ended may be left as a zombie where nobody adopts orphans. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
const quoted = (words: readonly string[]) => words.map((each) => `'${each.replaceAll("'", `'\\''`)}'`).join(' ');

describe('lector serve is told to stop', () => {
  it.each([
    'SIGINT',
    'SIGTERM',
    'SIGHUP',
  ] as const)('%s ends it in order, and it says until when it has read', async (signal) => {
    writePlant(folder, PLANT);
    const lector = startLector({ folder, onEnd });
    await lector.entry(READ);
    const end = await lector.end(signal);
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.ms).toBeLessThan(STOP_MS);
    const said = lector.entries.map(({ msg }) => msg);
    const order = [/asked to stop/, /stopping: the readings in progress/, /^stopped$/].map((each) =>
      said.findIndex((msg) => each.test(msg)),
    );
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
    expect(said.at(-1)).toBe('stopped');
    expect(lector.stderr()).toBe('');
    expect(readdirSync(join(folder, 'data'))).not.toContain('lock');
  });

  it('a stop that comes while it begins ends it too', async () => {
    writePlant(folder, PLANT);
    const lector = startLector({ folder, onEnd });
    await lector.entry(/^Lector reads 1 analyzer/);
    expect(await lector.end('SIGTERM')).toMatchObject({ code: 0 });
  });
});

/** A command in a terminal of its own, which is typed into. */
function inTerminal(command: readonly string[]): {
  readonly child: ChildProcess;
  shown(): string;
  type(text: string): void;
  ended: Promise<number | null>;
} {
  const child = spawn('script', ['-qfec', `exec ${quoted(command)}`, '/dev/null'], { cwd: folder });
  onEnd(() => void child.kill('SIGKILL'));
  let shown = '';
  child.stdout.on('data', (text: Buffer) => {
    shown += text.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, shown: () => shown, type: (text) => void child.stdin.write(text), ended };
}

const CTRL_C = '\x03';

describe.skipIf(!requireTool('script'))('Ctrl+C in a terminal', () => {
  it('ends it within two seconds, in readable lines', async () => {
    writePlant(folder, PLANT);
    const terminal = inTerminal(lectorCommand('serve'));
    await logged(/is read/);
    const from = performance.now();
    terminal.type(CTRL_C);
    expect(await terminal.ended).toBe(0);
    expect(performance.now() - from).toBeLessThan(STOP_MS);
    expect(terminal.shown()).toMatch(/asked to stop/);
    expect(terminal.shown()).toMatch(/stopped/);
    expect(terminal.shown()).not.toMatch(/^\{/m);
  });

  it('twice ends it at once, also while a meter is being waited for, and nothing stays behind', async () => {
    const silent = '<fault analyzer="1" kind="silence" from="0s" for="1h"/><timeout>20</timeout>';
    writePlant(folder, plantXml([{ id: 1, type: 'simulated', xml: SIMULATED.xml + silent }], [{ id: 1, device: 1 }]));
    const terminal = inTerminal(lectorCommand('serve'));
    await logged(/device 1 .* is open/);
    const pid = holder();
    terminal.type(CTRL_C);
    await logged(/stopping/);
    const from = performance.now();
    // one press may arrive several times: so soon it is the same
    await new Promise((resolve) => setTimeout(resolve, 300));
    terminal.type(CTRL_C);
    // killed by itself, unless it was done before
    expect([0, 137]).toContain(await terminal.ended);
    expect(performance.now() - from).toBeLessThan(STOP_MS);
    expect(isRunning(pid)).toBe(false);
  });

  it('a terminal that is closed ends it in order', async () => {
    writePlant(folder, PLANT);
    const terminal = inTerminal(lectorCommand('serve'));
    await logged(/is read/);
    const pid = holder();
    terminal.child.kill('SIGKILL');
    await logged(/"msg":"stopped"/);
    await expect.poll(() => isRunning(pid), { timeout: 5_000, interval: 20 }).toBe(false);
  });
});

describe('standard output is not read any more', () => {
  it('the meters are read on, and the log file has it all', async () => {
    writePlant(folder, PLANT);
    const command = `${quoted(lectorCommand('serve'))} | head -1 >first`;
    const shell = spawn('sh', ['-c', command], { cwd: folder, stdio: 'ignore' });
    const ended = new Promise((resolve) => shell.once('close', resolve));
    await logged(/is read/);
    const pid = holder();
    onEnd(() => void (isRunning(pid) && process.kill(pid, 'SIGKILL')));
    process.kill(pid, 'SIGTERM');
    await ended;
    expect(logText()).toMatch(/"msg":"stopped"/);
    expect(readFileSync(join(folder, 'first'), 'utf8')).toMatch(/Lector reads 1 analyzer/);
    expect(logText()).not.toMatch(/critical/);
  });

  it('a pipe that is full and that nobody reads holds up neither reading nor the end', async () => {
    writePlant(folder, PLANT);
    const hook = "import{write}from'node:fs';write(1,Buffer.alloc(1<<20,32),()=>{})";
    const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
    const command = `${quoted(lectorCommand('serve'))} | tail -f /dev/null`;
    const shell = spawn('sh', ['-c', command], { cwd: folder, stdio: 'ignore', env, detached: true });
    onEnd(() => void process.kill(-(shell.pid ?? 0), 'SIGKILL'));
    await logged(/is read/);
    const pid = holder();
    process.kill(pid, 'SIGTERM');
    await logged(/"msg":"stopped"/);
    await expect.poll(() => isRunning(pid), { timeout: 2 * STOP_MS, interval: 20 }).toBe(false);
  });
});

describe.skipIf(!requireTool('faketime'))('started again at once', () => {
  const preload = () => execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim();
  const at = (time: string) => ({ LD_PRELOAD: preload(), FAKETIME: `@${time}`, TZ: 'UTC' });

  it('the window in which it was stopped is recorded once, with its n of N', async () => {
    writePlant(folder, plantXml([{ id: 1, ...SIMULATED }], [{ id: 1, device: 1 }]).replace('Europe/Madrid', 'UTC'));
    const first = startLector({ folder, onEnd, env: at('2027-05-04 10:00:48') });
    await first.entry(READ);
    await first.end('SIGINT');
    const until = first.entries.find(({ msg }) => OPEN_UNTIL.test(msg));
    const second = startLector({ folder, onEnd, env: at('2027-05-04 10:00:53') });
    const recorded = await second.entry(/is recorded until 2027-05-04 10:01:00/);
    expect(recorded).toMatchObject({ analyzer: 1, expected: 60 });
    if (until) expect(Number(recorded.n)).toBeGreaterThan(4);
    await second.end('SIGTERM');
    const [header, ...lines] = readFileSync(join(folder, 'dades', '1', '20270504.txt'), 'utf8')
      .trim()
      .split('\n');
    expect(header).toMatch(/^HORA\t/);
    expect(lines).toEqual([expect.stringMatching(/^10:01:00\t/)]);
    const third = startLector({ folder, onEnd, env: at('2027-05-04 10:01:03') });
    await third.entry(READ);
    await third.end('SIGTERM');
    expect(third.entries.filter(({ msg }) => /is recorded until/.test(msg))).toEqual([]);
    expect(
      readFileSync(join(folder, 'dades', '1', '20270504.txt'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(2);
  });
});

it('SIGTERM to npm start ends it in order', { timeout: 60_000 }, async () => {
  // npm only tells its shell; the script beneath takes the loss of its parent for the same wish
  writePlant(folder, PLANT);
  const [program = '', ...args] = lectorCommand('serve');
  const code = [
    `import { runForeground } from ${JSON.stringify(join(ROOT, 'src', 'cli', 'bootstrap.js'))};`,
    `process.exitCode = await runForeground(${JSON.stringify(program)}, ${JSON.stringify(args)});`,
  ].join('\n');
  writeFileSync(join(folder, 'start.mjs'), code);
  const start = `node ${join(folder, 'start.mjs')}`;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, scripts: { start } }));
  const npm = spawn('npm', ['start', '--silent'], { cwd: folder, stdio: 'ignore' });
  const ended = new Promise((resolve) => npm.once('close', resolve));
  await logged(/is read/);
  const pid = holder();
  onEnd(() => void (isRunning(pid) && process.kill(pid, 'SIGKILL')));
  npm.kill('SIGTERM');
  await ended;
  await logged(/"msg":"stopped"/);
  await expect.poll(() => isRunning(pid), { timeout: 5_000, interval: 20 }).toBe(false);
});
