import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createSerialLine } from '../../../drivers/lines/serial-line.ts';
import { systemClock } from '../../../src/clock.ts';
import type { LectorError } from '../../../src/domain/errors.ts';
import type { Line } from '../../../src/domain/ports.ts';
import { requireRoot, requireTool } from '../../support/require-tool.ts';
import { createPtyPair, type PtyPair, settingsOf } from './pty-pair.ts';

const clock = systemClock();
const bytes = (text: string) => new TextEncoder().encode(text);
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function pair(folder?: string): Promise<PtyPair> {
  const made = await createPtyPair(folder);
  cleanups.push(made.remove);
  return made;
}

async function openLine(path: string): Promise<Line> {
  const line = createSerialLine({ settings: settingsOf(path), clock });
  cleanups.push(line.close);
  await line.open();
  return line;
}

const errorOf = (promise: Promise<unknown>): Promise<LectorError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: LectorError) => error,
  );

/** Reads until `text` has come whole. */
async function receives(line: Line, text: string): Promise<string> {
  let seen = '';
  while (seen.length < text.length) seen += new TextDecoder().decode(await line.read());
  return seen;
}

/** How many files of this process are the terminal `path`. */
const handlesOn = (path: string): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
    } catch {
      return false;
    }
  }).length;

const ROOT = new URL('../../../', import.meta.url);
const asNobody = (script: string) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', script], { uid: 65_534, gid: 65_534 });

/** Whether another user may run this program at all: not from a clone in a private folder. */
function nobodyCanRun(): boolean {
  if (!requireRoot()) return false;
  if (asNobody(`import '${new URL('src/clock.ts', ROOT)}'`).status === 0) return true;
  process.stderr.write('skipped: needs a clone that other users may read\n');
  return false;
}

describe.skipIf(!requireTool('socat'))('a serial port on a real pty', () => {
  it('carries every byte value both ways', async () => {
    const { a, b } = await pair();
    const [here, there] = [await openLine(a), await openLine(b)];
    const all = Uint8Array.from({ length: 256 }, (_, value) => value);
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      await from.write(all, 1_000);
      const seen: number[] = [];
      while (seen.length < 256) seen.push(...(await to.read()));
      expect(seen).toEqual([...all]);
    }
  });

  it('flush throws away what nobody read', async () => {
    const { a, b } = await pair();
    const [here, there] = [await openLine(a), await openLine(b)];
    await here.write(bytes('old'), 1_000);
    expect((await there.read()).length).toBeGreaterThan(0);
    await here.write(bytes('older'), 1_000);
    // comes back only when socat has moved what was written before it
    await there.write(bytes('?'), 1_000);
    await receives(here, '?');
    await there.flush();
    await here.write(bytes('new'), 1_000);
    expect(await receives(there, 'new')).toBe('new');
  });

  it('F14 a pty that is pulled away rejects the parked read at once, and works again when it is back', async () => {
    const first = await pair();
    const line = await openLine(first.a);
    const parked = errorOf(line.read());
    await first.signal('SIGKILL');
    const gone = performance.now();
    expect(await parked).toMatchObject({ code: 'LINE_CLOSED' });
    expect(performance.now() - gone).toBeLessThan(2_500);
    expect(await errorOf(line.open())).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { errno: 'ENOENT' } });
    const second = await pair(first.a.slice(0, -2));
    await line.open();
    const there = await openLine(second.b);
    await there.write(bytes('back'), 1_000);
    expect(await receives(line, 'back')).toBe('back');
  });

  it('F14 a pty that went while nobody read is noticed by the next read, without spinning', async () => {
    const cable = await pair();
    const line = await openLine(cable.a);
    await cable.signal('SIGKILL');
    const began = performance.now();
    const before = process.cpuUsage();
    expect(await errorOf(line.read())).toMatchObject({ code: 'LINE_CLOSED' });
    expect(performance.now() - began).toBeLessThan(2_500);
    await line.close();
    const spent = process.cpuUsage(before);
    expect((spent.user + spent.system) / 1_000).toBeLessThan(400);
    expect(await errorOf(line.write(bytes('x'), 100))).toMatchObject({ code: 'LINE_CLOSED' });
  });

  it('F15 an adapter that comes back under another name is found by its link, and the old port is let go', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lector-by-id-'));
    cleanups.push(async () => rmSync(folder, { recursive: true, force: true }));
    const [before, after] = [await pair(), await pair()];
    const [old, link] = [realpathSync(before.a), join(folder, 'usb-FTDI-if00')];
    symlinkSync(old, link);
    const line = await openLine(link);
    const parked = errorOf(line.read());
    expect(handlesOn(old)).toBe(1);
    await before.signal('SIGKILL');
    await parked;
    rmSync(link);
    symlinkSync(realpathSync(after.a), link);
    await line.open();
    expect([handlesOn(old), handlesOn(realpathSync(after.a))]).toEqual([0, 1]);
    const there = await openLine(after.b);
    await there.write(bytes('here I am'), 1_000);
    expect(await receives(line, 'here I am')).toBe('here I am');
  });

  it('F43 a port that is open already is refused, naming the process that holds it', async () => {
    const { a } = await pair();
    await openLine(a);
    const second = createSerialLine({ settings: settingsOf(a), clock });
    const error = await errorOf(second.open());
    expect(error).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { port: a, errno: 'EBUSY' } });
    expect(error.message).toContain(`this program (process ${process.pid})`);
  });

  it.skipIf(!requireTool('flock'))(
    'F43 another program that holds the port is called what it was started as',
    async () => {
      const { a } = await pair();
      const script = 'process.stdin.resume(); process.stdout.write("there")';
      const holder = spawn('flock', ['--no-fork', realpathSync(a), process.execPath, '-e', script, 'some/poller']);
      cleanups.push(async () => void holder.kill('SIGKILL'));
      await once(holder.stdout, 'data');
      const error = await errorOf(createSerialLine({ settings: settingsOf(a), clock }).open());
      expect(error.message).toMatch(/ is in use by node .*poller \(process \d+\): end that program/);
    },
  );

  it('something that is no serial port is refused in words', async () => {
    const { a } = await pair();
    const line = createSerialLine({ settings: settingsOf(a.slice(0, -2)), clock });
    expect(await errorOf(line.open())).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { errno: 'ENOTTY' } });
  });

  it('F17 a pty that takes nothing blocks its own write only, up to its limit', async () => {
    const [stuck, sound] = [await pair(), await pair()];
    const line = await openLine(stuck.a);
    const [other, meter] = [await openLine(sound.a), await openLine(sound.b)];
    await stuck.signal('SIGSTOP');
    const parked = errorOf(line.read());
    const blocked = (async () => {
      for (;;) await line.write(new Uint8Array(16_384), 1_000);
    })();
    const failure = errorOf(blocked);
    let turns = 0;
    while ((await Promise.race([failure, 'going on'])) === 'going on') {
      await other.write(bytes('ask'), 5_000);
      await receives(meter, 'ask');
      await meter.write(bytes('answer'), 5_000);
      expect(await receives(other, 'answer')).toBe('answer');
      turns += 1;
    }
    expect(await failure).toMatchObject({ code: 'LINE_WRITE_BLOCKED', facts: { timeoutMs: 1_000 } });
    expect(await parked).toMatchObject({ code: 'LINE_CLOSED' });
    expect(turns).toBeGreaterThan(5);
    await stuck.signal('SIGCONT');
    await line.open();
  });

  it.skipIf(!nobodyCanRun())(
    'F16 a user without permission is told which group helps (as nobody, on mode 000)',
    async () => {
      const { a } = await pair();
      chmodSync(realpathSync(a), 0o000);
      chmodSync(a.slice(0, -2), 0o755);
      const child = asNobody(`
      import { createSerialLine } from '${new URL('drivers/lines/serial-line.ts', ROOT)}';
      import { systemClock } from '${new URL('src/clock.ts', ROOT)}';
      const settings = ${JSON.stringify(settingsOf(a))};
      const line = createSerialLine({ settings, clock: systemClock() });
      await line.open().catch((e) => console.log(e.facts.errno, e.message));
    `);
      expect(child.stderr.toString()).toBe('');
      expect(child.stdout.toString()).toMatch(/^EACCES .*sudo usermod -aG dialout nobody, then log in again/);
    },
  );
});
