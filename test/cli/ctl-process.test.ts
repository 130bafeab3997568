import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Script } from '../client/fake-server.ts';
import { READING_EVENT, SAMPLES } from '../client/sample-views.ts';
import { lectorCommand } from '../support/lector-process.ts';
import { serving } from './ctl-host.ts';

/** Answers by samples, but has no analyzer 9; pushes a reading to who subscribes. */
const script: Script = (name, argument, peer) => {
  if (argument === '9') peer.refuse(name, 'NO_SUCH_ANALYZER', 'there is no analyzer 9', { hint: 'there are 1, 2' });
  else peer.answer(name, SAMPLES[name as keyof typeof SAMPLES]);
  if (name === 'SUBSCRIBE') peer.push('reading', READING_EVENT);
};

/** `lector ctl` as a process of its own. */
function started(socket: string, ...argv: readonly string[]) {
  const [program = '', ...args] = lectorCommand('ctl', ...argv);
  const child = spawn(program, args, { cwd: '/', env: { ...process.env, LECTOR_SOCKET: socket } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...said }));
  return { child, ended };
}

describe('lector ctl as a process', { timeout: 20_000 }, () => {
  it.each([
    [0, ['status', '1'], /^id\tname\t/, /^$/],
    [1, ['status', '9'], /^$/, /^lector: there is no analyzer 9; there are 1, 2\n$/],
    [1, ['pause', '9', '1'], /paused until/, /^lector: there is no analyzer 9; there are 1, 2\n$/],
    [2, ['paus', '1'], /^$/, /did you mean pause\?/],
    [2, ['status', '1', '--token-file', '/no/such'], /^$/, /^lector: --token-file \/no\/such cannot be read/],
    [3, ['status', '1', '--socket', '/no/such'], /^$/, /^lector: no Lector server at the socket \/no\/such: /],
  ])('ends with %i: %j', async (code, argv, out, err) => {
    const server = await serving(script);
    const end = await started(server.socket, ...argv).ended;
    expect(end).toMatchObject({ code, out: expect.stringMatching(out), err: expect.stringMatching(err) });
  });

  it('is usable with cut', async () => {
    const server = await serving(script);
    const { ended } = started(server.socket, 'list');
    const cut = spawnSync('cut', ['-f1,2'], { input: (await ended).out, encoding: 'utf8' });
    expect(cut.stdout).toBe('id\tname\n1\tMain switchboard\n2\tPump room\n');
  });

  it('watch ends with 0 at Ctrl+C', async () => {
    const server = await serving(script);
    const { child, ended } = started(server.socket, 'watch');
    child.stdout.on('data', (chunk) => String(chunk).includes('2026') && child.kill('SIGINT'));
    expect(await ended).toMatchObject({ code: 0, signal: null, err: '' });
  });

  it('watch ends quietly when nobody reads any more', async () => {
    const server = await serving(script);
    const { child, ended } = started(server.socket, 'watch', '--json');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    for (const peer of server.peers) peer.push('reading', READING_EVENT);
    // what it learns is that a write failed, and that may take two
    for (const peer of server.peers) peer.push('reading', READING_EVENT);
    expect(await ended).toMatchObject({ code: 0, signal: null, err: '' });
  });

  it('a command whose output nobody reads ends quietly too', async () => {
    const server = await serving(script);
    const { child, ended } = started(server.socket, 'list');
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });
});
