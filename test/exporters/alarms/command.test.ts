import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMAND_LIMIT_MS, createCommand, environmentOf, OUTPUT_MAX } from '../../../src/exporters/alarms/command.ts';
import { actionContext, alarmWire, never } from './samples.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lector-command-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (context: ReturnType<typeof actionContext>, argv: readonly [string, ...string[]], signal = never) =>
  createCommand(context)({ kind: 'command', argv, folder }, alarmWire(), signal);
const shell = (script: string): [string, ...string[]] => ['/bin/sh', '-c', script];
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
const pidIn = async (name: string) => {
  await expect.poll(() => readFileSync(join(folder, name), 'utf8'), { timeout: 10_000 }).toMatch(/\d+\n/);
  return Number(readFileSync(join(folder, name), 'utf8'));
};

describe('a command', () => {
  it('gets the alarm as JSON, its parts in the environment, and its arguments as they are', async () => {
    await run(actionContext(), [
      ...shell('cat > json; env > env; printf %s "$1" > arg; pwd > where'),
      'sh',
      '$(touch x) `y` *;',
    ]);
    expect(JSON.parse(readFileSync(join(folder, 'json'), 'utf8'))).toEqual(alarmWire());
    const env = readFileSync(join(folder, 'env'), 'utf8');
    for (const [name, value] of Object.entries(environmentOf(alarmWire()))) expect(env).toContain(`${name}=${value}\n`);
    expect(readFileSync(join(folder, 'arg'), 'utf8')).toBe('$(touch x) `y` *;');
    expect(readFileSync(join(folder, 'where'), 'utf8').trim()).toBe(folder);
  });

  it('may end without reading its input', async () => {
    const long = alarmWire({ message: 'x'.repeat(100_000), label: 'y'.repeat(100_000) });
    for (const wire of [alarmWire(), long]) {
      await createCommand(actionContext())({ kind: 'command', argv: ['true'], folder }, wire, never);
    }
  });

  it.each([
    [['false'], 'false ended with status 1'],
    [shell('echo sorry; echo no mail >&2; exit 3'), /^\/bin\/sh ended with status 3: (sorry no mail|no mail sorry)$/],
    [shell('kill -TERM $$'), '/bin/sh ended with signal SIGTERM'],
    [['/nowhere/tell'], '/nowhere/tell cannot be started: there is no such program, or its folder is gone'],
    [['/etc/passwd'], '/etc/passwd cannot be started: it may not be run by the user who runs lector'],
  ] as const)('%j fails in words', async (argv, words) => {
    const failure = await run(actionContext(), argv as [string, ...string[]]).then(
      () => null,
      (error: Error) => error,
    );
    expect(failure?.message).toEqual(typeof words === 'string' ? words : expect.stringMatching(words));
  });

  it('that hangs is killed after its time, and so is what it started', async () => {
    const context = actionContext();
    const hung = run(context, shell('sleep 300 & echo $! > child; echo $$ > pid; wait'));
    const [child, pid] = [await pidIn('child'), await pidIn('pid')];
    const failure = hung.catch((error: Error) => error.message);
    await context.clock.advance(COMMAND_LIMIT_MS);
    expect(await failure).toBe('/bin/sh did not end within 30 s and was killed');
    await expect.poll(() => isAlive(child) || isAlive(pid), { timeout: 10_000 }).toBe(false);
    expect(context.clock.pending()).toBe(0);
  });

  it('is killed when the program ends', async () => {
    const ending = new AbortController();
    const hung = run(actionContext(), shell('echo $$ > pid; sleep 300'), ending.signal);
    const pid = await pidIn('pid');
    ending.abort();
    await expect(hung).rejects.toThrow('lector is being stopped');
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });

  it('may print what it likes: the beginning is in the log, safe, at debug', async () => {
    const { log, ...context } = actionContext();
    await run({ ...context, log }, shell('head -c 3000000 /dev/zero | tr "\\0" x; echo end >&2'));
    expect(log.lines.map(({ level }) => level)).toEqual(['debug']);
    expect(log.lines[0]?.text.length).toBeLessThan(OUTPUT_MAX + 100);
    expect(log.lines[0]?.text).toMatch(/ \.\.\. \(30000\d\d bytes\)$/);
  });

  it('that leaves something running is over all the same', async () => {
    await run(actionContext(), shell('sleep 300 & echo $! > child'));
    const child = await pidIn('child');
    expect(isAlive(child)).toBe(true);
    process.kill(child, 'SIGKILL');
  });
});
