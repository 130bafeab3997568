import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { ListView } from '../../src/protocol/views.ts';
import { runTop, type TopOptions } from '../../tui/top.tsx';
import { createFakeClient, readingEvent } from './fake-client.ts';
import { analyzerView, faultyPlant, largePlant } from './fake-plant.ts';
import { createTerminal } from './terminal.ts';

const clock = systemClock();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** The real screen over a terminal in memory and a server that was invented. */
function run(o: { columns?: number; rows?: number; list?: ListView; top?: Partial<TopOptions> } = {}) {
  const terminal = createTerminal(o.columns ?? 80, o.rows ?? 24);
  const client = createFakeClient(o.list ?? faultyPlant(clock.now()), () => clock.now());
  const done = runTop({
    ...{ connect: () => client, server: '127.0.0.1:50007', clock, stdin: terminal.stdin, stdout: terminal.stdout },
    env: { LANG: 'C.UTF-8', TERM: 'xterm' },
    ...o.top,
  });
  ends.push(() => terminal.type('q'));
  const shows = (row: number, text: string | RegExp) =>
    vi.waitFor(async () => expect((await terminal.lines())[row]).toEqual(expect.stringMatching(text)), {
      timeout: 5_000,
    });
  return { terminal, client, done, shows };
}

describe('the screen on a terminal', () => {
  it.each([
    { columns: 80, rows: 24 },
    { columns: 160, rows: 50 },
  ])('every part is on its row at $columns x $rows', async ({ columns, rows }) => {
    const { terminal, shows, done } = run({ columns, rows });
    await shows(3, /^▶ ■ held +8 Library/);
    const lines = await terminal.lines();
    expect(lines[0]).toMatch(/^ IES Sa Garr.*\d\d:\d\d$/);
    expect(lines[1]).toMatch(/^\[1 Overview\] 2 Lines {2}3 Deliveries {2}4 Tree {2}5 Log/);
    expect(lines[2]).toMatch(/^ {4}STATE +ID NAME/);
    expect(lines[4]).toMatch(/^ {2}✖ failed +2 Kitchen/);
    expect(lines[rows - 3]).toMatch(/^ Library: crashed too often/);
    expect(lines[rows - 1]).toMatch(/^ ⏎ open {2}p pause.*\? help {2}q quit$/);
    terminal.type('q');
    expect(await done).toBe(0);
  });

  it('lines change in their place while readings come, and nothing is left behind', async () => {
    const { terminal, client, shows, done } = run({ columns: 160, rows: 50, list: largePlant(200, clock.now()) });
    await shows(3, /^▶ ● polling +1 Floor 1 panel 1 /);
    for (let id = 1; id <= 200; id += 1) client.push(readingEvent(id, clock.now() + 60_000));
    await shows(3, /^▶ ● polling +1 Floor 1 panel 1 /);
    terminal.type('jjj');
    await shows(6, /^▶ ● polling +4 /);
    await shows(3, /^ {2}● polling +1 /);
    terminal.type('G');
    await shows(46, /^▶ ● polling +200 /);
    terminal.type('q');
    expect(await done).toBe(0);
  });

  it('F66 a storm of resizes down to 20 x 5 and up again leaves every row in its place', async () => {
    const { terminal, shows, done } = run({ columns: 160, rows: 50 });
    await shows(3, /Library/);
    for (const [columns, rows] of [
      [80, 24],
      [250, 80],
      [40, 10],
      [20, 5],
      [7, 3],
      [100, 30],
      [20, 5],
    ] as const) {
      terminal.resize(columns, rows);
    }
    await shows(2, /^▶ ■ Library/);
    await shows(4, /^ \? help {2}q quit/);
    terminal.resize(80, 24);
    await shows(3, /^▶ ■ held +8 Library/);
    await shows(23, /\? help {2}q quit$/);
    terminal.type('q');
    expect(await done).toBe(0);
  });

  it('F66 the terminal is as it was after q', async () => {
    const { terminal, shows, done } = run();
    await shows(3, /Library/);
    expect([terminal.isAlternate(), terminal.isRaw()]).toEqual([true, true]);
    terminal.type('q');
    expect(await done).toBe(0);
    await terminal.lines();
    expect([terminal.isAlternate(), terminal.isRaw()]).toEqual([false, false]);
    expect(terminal.written.join('')).toContain('\x1b[?25h');
  });

  it('F66 a terminal that is gone (EPIPE) ends the screen, and nothing else', async () => {
    const { terminal, client, shows, done } = run();
    await shows(3, /Library/);
    terminal.breaks(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await done).toBe(0);
    expect(client.asked).toEqual([]);
  });

  it('F66 without a terminal it says so, and draws nothing', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const terminal = createTerminal(80, 24);
    Object.assign(terminal.stdout, { isTTY: false });
    const { done } = run({ top: { stdout: terminal.stdout } });
    expect(await done).toBe(2);
    expect(said).toHaveBeenCalledWith(expect.stringContaining('needs a terminal'));
    expect(terminal.written).toEqual([]);
    said.mockRestore();
  });

  it('F66 names with escape sequences do not move the cursor', async () => {
    const list = {
      ...faultyPlant(clock.now()),
      analyzers: [analyzerView(1, { name: '\x1b[2J\x1b[10;1Hgone\u202e' }, clock.now())],
    };
    const { terminal, shows, done } = run({ list });
    await shows(3, /^▶ ● polling +1 \\x1b\[2J\\x1b\[10;/);
    await shows(23, /\? help {2}q quit$/);
    terminal.type('q');
    await done;
  });

  it('F66 the server goes: it says so and keeps the last values; it comes back: everything is new', async () => {
    const { terminal, client, shows, done } = run();
    await shows(3, /Library/);
    client.push({ event: 'disconnected', data: { message: 'connection refused' } });
    await shows(1, /SERVER LOST: .*trying again; lector serve starts it\. /);
    await shows(3, /Library/);
    const list = { ...faultyPlant(clock.now()), analyzers: [analyzerView(1, { name: 'Back again' }, clock.now())] };
    client.push({ event: 'snapshot', data: { what: ['all'], list, records: [], log: [], frames: [] } });
    await shows(1, /^\[1 Overview\]/);
    await shows(3, /Back again/);
    terminal.type('q');
    expect(await done).toBe(0);
  });

  it('pauses the selected meter and says so in one line', async () => {
    const { terminal, client, shows, done } = run();
    await shows(3, /Library/);
    terminal.type('jp');
    await shows(22, /^ Kitchen: paused; r resumes$/);
    expect(client.asked).toEqual(['pause 2']);
    client.refuse('analyzer 2 is paused already');
    terminal.type('p');
    await shows(22, /^ Kitchen: analyzer 2 is paused already$/);
    terminal.type('q');
    await done;
  });

  it('copies by OSC 52', async () => {
    const { terminal, shows, done } = run();
    await shows(3, /Library/);
    terminal.type('c');
    await shows(22, /^ copied: /);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequence is looked for
    const sent = /\x1b\]52;c;([A-Za-z0-9+/=]+)\x07/.exec(terminal.written.join(''))?.[1] ?? '';
    expect(Buffer.from(sent, 'base64').toString('utf8')).toContain('Library');
    terminal.type('q');
    await done;
  });

  it('the mouse is on from m on: a click selects; leaving turns it off', async () => {
    const { terminal, shows, done } = run();
    await shows(3, /Library/);
    expect(terminal.written.join('')).not.toContain('\x1b[?1000h');
    terminal.type('m');
    await shows(22, /^ mouse on/);
    terminal.type('\x1b[<0;5;5M\x1b[<0;5;5m');
    await shows(4, /^▶ ✖ failed +2 Kitchen/);
    terminal.type('q');
    await done;
    const all = terminal.written.join('');
    expect(all.lastIndexOf('\x1b[?1000l')).toBeGreaterThan(all.lastIndexOf('\x1b[?1000h'));
  });

  it('asks what becomes of a server of its own, and stops it only when told to', async () => {
    const stop = vi.fn(async () => undefined);
    const leave = run({ top: { owned: { stop } } });
    await leave.shows(3, /Library/);
    leave.terminal.type('q');
    await leave.shows(22, /leave it running, or stop it\?/);
    leave.terminal.type('l');
    expect(await leave.done).toBe(0);
    expect(stop).not.toHaveBeenCalled();
    const end = run({ top: { owned: { stop } } });
    await end.shows(3, /Library/);
    end.terminal.type('\x03s');
    expect(await end.done).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it.each([
    { name: 'NO_COLOR', env: { NO_COLOR: '1', LANG: 'C.UTF-8' }, colours: false },
    { name: 'a dark background', env: { LANG: 'C.UTF-8' }, colours: true },
  ])('$name: colours $colours', async ({ env, colours }) => {
    const { terminal, shows, done } = run({ top: { env } });
    await shows(3, /Library/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of colours are looked for
    expect(/\x1b\[[\d;]*3[1-7]m/.test(terminal.written.join(''))).toBe(colours);
    terminal.type('q');
    await done;
  });

  it('without UTF-8 it draws with ASCII alone', async () => {
    const { terminal, shows, done } = run({ top: { env: { LANG: 'C' } } });
    await shows(3, /^> # held +8 Library/);
    expect((await terminal.lines()).join('')).toMatch(/^[\x20-\x7e]*$/);
    terminal.type('q');
    await done;
  });
});
