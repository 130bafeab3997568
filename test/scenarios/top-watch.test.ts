import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { prepare } from '../../src/cli/bootstrap.js';
import { createClient } from '../../src/client/index.ts';
import { type LectorProcess, plantXml, SIMULATED, startLector, writePlant } from '../support/lector-process.ts';
import { requireTool } from '../support/require-tool.ts';
import { BIN, openTmux, type Tmux } from '../support/tmux.ts';

const NAMES = ['Kitchen', 'Library', 'Workshop'];
const ends: (() => void)[] = [];
const onEnd = (end: () => void) => void ends.push(end);
afterAll(() => {
  for (const end of ends.splice(0).reverse()) end();
});

/** Three meters of which one does not answer. */
function writeSchool(folder: string): void {
  const silent = {
    id: 2,
    type: 'simulated',
    xml: `${SIMULATED.xml}<fault analyzer="3" kind="silence" from="0s" for="1h"/>`,
  };
  const meters = [1, 2, 3].map((id) => ({ id, device: id === 3 ? 2 : 1 }));
  const xml = plantXml(
    [
      { id: 1, ...SIMULATED },
      { ...silent, type: 'simulated' },
    ],
    meters,
  );
  writePlant(
    folder,
    xml.replaceAll(/<analitzador id="(\d)"/g, (tag, id) => `${tag} name="${NAMES[Number(id) - 1]}"`),
  );
}

/** One server and one terminal for all: each of these leaves the overview as it found it. */
describe.skipIf(!requireTool('tmux'))('lector top in a terminal', { timeout: 60_000 }, () => {
  let folder = '';
  let server: LectorProcess;
  let top: Tmux;
  let before = '';
  const client = () => createClient({ socket: join(folder, 'data', 'run', 'lector.sock') });
  const stateOf = async (id: number) => {
    const asking = client();
    const { state } = await asking.status(id);
    asking.close();
    return state;
  };

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
    folder = mkdtempSync(join(tmpdir(), 'lector-top-'));
    onEnd(() => rmSync(folder, { recursive: true, force: true }));
    writeSchool(folder);
    server = startLector({ folder, onEnd });
    top = await openTmux({ folder, columns: 80, rows: 24, onEnd });
    await server.entry(/^analyzer 1 .* is read/);
    before = (await top.state()).tty;
    await top.lector('top');
    await top.shows(/▶/);
  }, 60_000);

  it('shows which meter has what, worst first, every part on its row', async () => {
    await top.shows(/^▶ \S [a-z]+ +3 Workshop /, 3);
    await top.shows(/^ School .*\d\d:\d\d$/, 0);
    await top.shows(/^\[1 Overview\] 2 Lines/, 1);
    await top.shows(/\? help {2}q quit$/, 23);
    expect(await top.state()).toMatchObject({ alternate: true });
    // a reading that comes late would change that order
    await top.press('N', 'g');
    await top.shows(/^▶ \S polling +1 Kitchen +now +\d\.\d +- +\d{3}\.\d /, 3);
    await top.shows(/^ {2}\S polling +2 Library /, 4);
    await top.shows(/^ {2}\S [a-z]+ +3 Workshop /, 5);
  });

  it('goes through every screen by keys, into a meter and back', async () => {
    for (const [key, shown] of [
      ['2', /\[2 Lines\]/],
      ['3', /\[3 Deliveries\]/],
      ['4', /\[4 Tree\]/],
      ['5', /\[5 Log\]/],
      ['1', /\[1 Overview\]/],
    ] as const) {
      await top.press(key);
      await top.shows(shown, 1);
    }
    await top.press('?');
    await top.shows(/any key closes this/);
    await top.press('Escape');
    await top.shows(/^▶/, 3);
    await top.press('Enter');
    await top.shows(/Kitchen/, 2);
    await top.press('Escape');
    await top.shows(/^▶ \S polling +1 Kitchen/, 3);
  });

  it('pauses the selected meter, and the server has it paused; resumes it', async () => {
    await top.press('p');
    await top.shows(/^ Kitchen: paused/, 22);
    expect(await stateOf(1)).toBe('paused');
    await top.press('r');
    await top.shows(/^ Kitchen: resumed/, 22);
    await expect.poll(() => stateOf(1), { timeout: 10_000 }).toBe('polling');
  });

  it('shows only what the filter lets through', async () => {
    await top.type('/lib');
    await top.press('Enter');
    await top.shows(/Library/, 3);
    expect((await top.lines()).slice(3, 20).join('')).not.toMatch(/Kitchen|Workshop/);
    await top.press('Escape');
    await top.shows(/Kitchen/, 3);
  });

  it('F66 a storm of resizes down to 20 x 5 leaves every row in its place, and the server alone', async () => {
    for (const [columns, rows] of [
      [60, 20],
      [20, 5],
      [250, 80],
      [33, 7],
      [120, 12],
      [20, 5],
    ] as const) {
      await top.resize(columns, rows);
    }
    await top.shows(/Kitchen/, 2);
    await top.resize(160, 50);
    await top.shows(/\? help {2}q quit$/, 49);
    await top.shows(/Workshop/, 5);
    await top.resize(80, 24);
    await top.shows(/\? help {2}q quit$/, 23);
    await top.shows(/Workshop/, 5);
    expect((await top.lines()).filter((line) => /Workshop/.test(line.slice(0, 40)))).toHaveLength(1);
    expect(server.child.exitCode).toBe(null);
  });

  it('F66 a terminal that breaks long lines when it gets narrower shows every row in its place', async () => {
    await top.press('Enter');
    await top.resize(110, 24);
    await top.shows(/ VARIABLE .*LAST HOUR/);
    await top.resize(80, 44);
    await top.shows(/\? help {2}q quit$/, 43);
    await top.shows(/^\[1 Overview\]/, 1);
    await top.shows(/^ Kitchen/, 2);
    expect((await top.lines()).filter((line) => /VARIABLE/.test(line))).toHaveLength(1);
    await top.press('Escape');
    await top.resize(80, 24);
    await top.shows(/Kitchen/, 3);
  });

  it('is suspended by ctrl-z, and comes back redrawn', async () => {
    await top.press('C-z');
    await top.shows(/ready>/);
    expect(await top.state()).toEqual({ cursor: true, alternate: false, tty: before });
    await top.type('fg');
    await top.press('Enter');
    await top.shows(/\? help {2}q quit$/, 23);
    await top.press('2');
    await top.shows(/\[2 Lines\]/, 1);
    await top.press('1');
    await top.shows(/\[1 Overview\]/, 1);
  });

  it('F66 the server is killed under it: it says so, keeps the last values, and comes back by itself', async () => {
    await server.end('SIGKILL');
    await top.shows(/SERVER LOST/);
    await top.shows(/Kitchen/, 3);
    server = startLector({ folder, onEnd });
    await server.entry(/^analyzer 1 .* is read/);
    await top.shows(/^\[1 Overview\]/, 1);
    await top.shows(/^▶ \S polling +1 Kitchen .*\d/, 3);
  });

  it('F66 q leaves: the terminal is as it was, and the server goes on', async () => {
    await top.press('q');
    await top.shows(/^ready>$/m);
    expect(await top.state()).toEqual({ cursor: true, alternate: false, tty: before });
    expect(await stateOf(2)).toBe('polling');
  });

  it.each([
    ['SIGTERM', /^ready>/m],
    ['SIGINT', /^ready>/m],
    ['SIGUSR2', /^lector top: .*broken on purpose.*\n(.*\n)?ended with 1$/m],
  ] as const)('F66 the terminal is as it was after %s', async (signal, said) => {
    // a fault of the screen's own, outside of what is drawn
    const hook = "process.on('SIGUSR2',()=>{throw new Error('broken on purpose')})";
    await top.type(
      `export NODE_OPTIONS='--import=data:text/javascript,${encodeURIComponent(hook).replaceAll("'", '%27')}'`,
    );
    await top.press('Enter');
    await top.lector('top');
    await top.shows(/^▶/, 3);
    await top.signal(signal);
    await top.shows(said);
    await vi.waitFor(async () => expect(await top.state()).toEqual({ cursor: true, alternate: false, tty: before }));
  });

  it('F66 the connection is dropped (SIGHUP): the screen ends, and the server goes on', async () => {
    await top.lector('top', '--read-only');
    await top.shows(/^▶/, 3);
    await top.hangUp();
    expect(await stateOf(2)).toBe('polling');
  });

  it('says in a sentence that there is no server, and ends with 3', async () => {
    await server.end('SIGTERM');
    const other = await openTmux({ folder, columns: 100, rows: 30, onEnd });
    await other.lector('top', '127.0.0.1:1');
    expect(await other.back()).toMatch(/^lector: no Lector server at 127\.0\.0\.1:1: [\s\S]*^ended with 3$/m);
  });
});

it('F66 without a terminal it says so, and asks nobody', async () => {
  const child = spawn(process.execPath, [BIN, 'top', '127.0.0.1:1'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said).toMatch(/lector top needs a terminal/);
});
