import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { prepare } from '../../src/cli/bootstrap.js';
import { createClient } from '../../src/client/index.ts';
import { plantXml, SIMULATED, startLector, writePlant } from '../support/lector-process.ts';
import { requireTool } from '../support/require-tool.ts';
import { isRunning, openTmux, type Tmux } from '../support/tmux.ts';

const ends: (() => void)[] = [];
const onEnd = (end: () => void) => void ends.push(end);
afterAll(() => {
  for (const end of ends.splice(0).reverse()) end();
});

/** The session that a process is of. */
const sessionOf = (pid: number) => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3]);

/** One folder for all; each of these leaves it without a server. */
describe.skipIf(!requireTool('tmux'))('a server and the screen over it', { timeout: 60_000 }, () => {
  let folder = '';
  let terminal: Tmux;
  let before = '';
  const lock = () => join(folder, 'data', 'lock');
  const holder = () => Number(readlinkSync(lock()).split('.')[0]);
  const files = () => ['--config', join(folder, 'config.xml'), '--ini', join(folder, 'lector.ini')];
  const watched = () => terminal.shows(/^▶ \S [a-z]+ +1 Kitchen/, 3);
  const restored = () => ({ cursor: true, alternate: false, tty: before });
  const open = (columns: number) => openTmux({ folder, columns, rows: 24, onEnd });
  async function shutDown() {
    const pid = holder();
    const client = createClient({ socket: join(folder, 'data', 'run', 'lector.sock') });
    await client.shutdown();
    client.close();
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000, interval: 30 });
  }

  let failed = false;
  beforeEach(({ skip, onTestFailed }) => {
    skip(failed, 'what it builds on failed');
    onTestFailed(() => {
      failed = true;
    });
  });

  beforeAll(async () => {
    // nobody waits for a build later
    prepare();
    folder = mkdtempSync(join(tmpdir(), 'lector-start-'));
    onEnd(() => {
      // none stays behind, whatever failed
      if (existsSync(folder) && lockExists() && isRunning(holder())) process.kill(holder(), 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });
    const xml = plantXml([{ id: 1, ...SIMULATED }], [{ id: 1, device: 1 }]);
    writePlant(folder, xml.replace('<analitzador id="1"', '<analitzador id="1" name="Kitchen"'));
    terminal = await open(81);
    before = (await terminal.state()).tty;
  }, 60_000);

  const lockExists = () => {
    try {
      return holder() > 0;
    } catch {
      return false;
    }
  };

  it('npm start opens the screen over a server in a session of its own, and q asks what becomes of it', async () => {
    await terminal.npmStart(...files());
    await watched();
    expect(sessionOf(holder())).toBe(holder());
    await terminal.press('q');
    await terminal.shows(/leave it running, or stop it\? {2}l leave it {3}s stop it {3}Esc stay$/, 22);
    await terminal.press('Escape');
    await terminal.shows(/^ (?!.*leave it running)/, 22);
    await terminal.press('q', 'l');
    expect(await terminal.back()).toMatch(/^Lector goes on \(process \d+\):.* top [\s\S]*^ended with 0$/m);
    expect(await terminal.state()).toEqual(restored());
    expect(isRunning(holder())).toBe(true);
  });

  it('F43 lector serve over a server that runs is refused with its number, and names lector top', async () => {
    await terminal.lector('serve');
    // a line that is broken at a blank has lost it
    const text = (await terminal.back()).replaceAll(/\s/g, '');
    expect(text).toContain(`inusebyprocess${holder()};lectortopshowswhatitreads;`);
    expect(text).toContain('endedwith1');
  });

  it('lector serve --top joins the server that runs, says so, and does not stop it', async () => {
    const pid = holder();
    await terminal.lector('serve', '--top');
    await watched();
    await terminal.shows(new RegExp(`runs already \\(process ${pid}\\)`), 22);
    await terminal.press('C-c');
    expect(await terminal.back()).toMatch(/^Lector runs already[\s\S]*^Lector goes on/m);
    expect([holder(), isRunning(pid)]).toEqual([pid, true]);
    await shutDown();
  });

  it('F66 a dropped connection (SIGHUP) ends the screen alone; the next npm start joins the server', async () => {
    await terminal.npmStart(...files());
    await watched();
    const pid = holder();
    await terminal.hangUp();
    terminal = await open(80);
    before = (await terminal.state()).tty;
    expect(isRunning(pid)).toBe(true);
    await terminal.npmStart(...files());
    await watched();
    await terminal.shows(new RegExp(`runs already \\(process ${pid}\\)`), 22);
    expect(holder()).toBe(pid);
    await shutDown();
    await terminal.shows(/SERVER LOST/);
    await terminal.press('q');
    // what ended under the screen is not said to go on
    expect(await terminal.back()).toMatch(new RegExp(`^Lector \\(process ${pid}\\) ended before`, 'm'));
  });

  it('F66 Ctrl+C and s stop the server that was started for it in order; the terminal is as it was', async () => {
    await terminal.lector('serve', '--top');
    await watched();
    const pid = holder();
    await terminal.press('C-c', 's');
    expect(await terminal.back()).toMatch(new RegExp(`^Lector \\(process ${pid}\\) is stopped\\.\nended with 0$`, 'm'));
    expect(isRunning(pid)).toBe(false);
    expect(lockExists()).toBe(false);
    expect(await terminal.state()).toEqual(restored());
  });

  it('F66 a server that somebody started in its place is watched, and not stopped', async () => {
    await terminal.lector('serve', '--top');
    await watched();
    process.kill(holder(), 'SIGKILL');
    await terminal.shows(/SERVER LOST/);
    const other = startLector({ folder, onEnd });
    await other.entry(/^analyzer 1 .* is read/);
    await terminal.shows(/^\[1 Overview\]/, 1);
    await terminal.press('q', 's');
    expect(await terminal.back()).toMatch(new RegExp(`^Lector goes on \\(process ${other.pid}\\)`, 'm'));
    expect(other.child.exitCode).toBe(null);
    await other.end('SIGTERM');
  });

  it('a server that cannot start says why on the terminal, and no screen opens', async () => {
    writeFileSync(join(folder, 'broken.xml'), '<configuracio>');
    await terminal.lector('serve', '--top', '--config', 'broken.xml');
    expect(await terminal.back()).toMatch(
      /^lector: the configuration cannot be used:\nbroken\.xml:[\s\S]*^ended with 1$/m,
    );
    expect(lockExists()).toBe(false);
  });

  it('Ctrl+C while it starts ends it', async () => {
    // one that answers nowhere starts for ever
    writeFileSync(join(folder, 'deaf.ini'), `[Control]\nport = 0\nsocket = ${'x'.repeat(120)}\n`);
    await terminal.lector('serve', '--top', '--ini', 'deaf.ini');
    await terminal.shows(/^Lector \(process \d+\) does not answer yet/m);
    await terminal.press('C-c');
    expect(await terminal.back()).toMatch(/^\^?C?Lector \(process \d+\) is stopped\.\nended with 0$/m);
    expect(lockExists()).toBe(false);
  });

  it('npm start -- --no-top is the plain log in the foreground, which Ctrl+C ends', async () => {
    await terminal.npmStart('--no-top', ...files());
    await terminal.shows(/analyzer 1 .*is read/);
    expect((await terminal.state()).alternate).toBe(false);
    await terminal.press('C-c');
    expect(await terminal.back()).toMatch(/stopped\nended with 0$/m);
  });
});
