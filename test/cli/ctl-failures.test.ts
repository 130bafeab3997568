import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Script } from '../client/fake-server.ts';
import { SAMPLES } from '../client/sample-views.ts';
import { tempFolder } from '../config/sample.ts';
import { asked, ran, samples, serving } from './ctl-host.ts';

const refusing: Script = (name, argument, peer, ...rest) => {
  if (argument.startsWith('9')) {
    peer.refuse(name, 'NO_SUCH_ANALYZER', `there is no analyzer ${argument}.`, { hint: 'there are 1, 2' });
  } else samples(name, argument, peer, ...rest);
};

describe('what is refused', () => {
  it('is said in one sentence with what to do, and ends with 1', async () => {
    const server = await serving(refusing);
    const outcome = await ran(server.socket, ['status', '9']);
    expect(outcome).toEqual({ code: 1, out: '', err: 'lector: there is no analyzer 9; there are 1, 2\n' });
  });

  it('changes nothing for the others of several', async () => {
    const server = await serving(refusing);
    const outcome = await ran(server.socket, ['pause', '9', '1', '99']);
    expect(asked(server)).toEqual(['PAUSE 9', 'PAUSE 1', 'PAUSE 99']);
    expect(outcome).toEqual({
      code: 1,
      out: `${SAMPLES.PAUSE.words}\n`,
      err: 'lector: there is no analyzer 9; there are 1, 2\nlector: there is no analyzer 99; there are 1, 2\n',
    });
    const json = await ran(server.socket, ['pause', '9', '1', '--json']);
    expect([json.code, JSON.parse(json.out)]).toEqual([1, [SAMPLES.PAUSE]]);
  });

  it('brings its details, a line each, and nothing that moves the cursor', async () => {
    const server = await serving((name, _argument, peer) =>
      peer.refuse(name, 'CONFIG_INVALID', 'nothing was changed', {
        details: ['config.xml:3: \x1b[2J', 'config.xml:9'],
      }),
    );
    const { code, err } = await ran(server.socket, ['reload']);
    expect([code, err]).toEqual([1, 'lector: nothing was changed\n  config.xml:3: \\x1b[2J\n  config.xml:9\n']);
  });

  it('says a single detail once', async () => {
    const wrong = 'config.xml:3: saw </x>';
    const server = await serving((name, _argument, peer) =>
      peer.refuse(name, 'CONFIG_INVALID', `nothing was changed: ${wrong}`, { details: [wrong] }),
    );
    expect((await ran(server.socket, ['reload'])).err).toBe(`lector: nothing was changed: ${wrong}\n`);
  });

  it('a wrong token', async () => {
    const server = await serving((name, _argument, peer) => peer.refuse(name, 'WRONG_TOKEN', 'the token is wrong'));
    const file = join(tempFolder(), 'token');
    writeFileSync(file, 'secret\n');
    const { code, err } = await ran(server.socket, ['status', '1', '2', '--token-file', file]);
    expect(asked(server)[0]).toBe('AUTH secret');
    expect([code, err]).toEqual([1, 'lector: the token is wrong\n']);
  });
});

describe('no server', () => {
  it('nobody listens: says where, and what to do, once', async () => {
    const { code, out, err } = await ran('/nowhere/lector.sock', ['pause', '1', '2']);
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(/^lector: no Lector server at the socket \/nowhere\/lector\.sock: .*"lector serve".*\n$/);
  });

  it.each<[string, Script]>([
    ['never answers', () => {}],
    ['hangs up', (_name, _argument, peer) => peer.cut()],
    ['talks of something else', (_name, _argument, peer) => peer.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('a server that %s ends with 3 and one sentence', async (_title, script) => {
    const server = await serving(script);
    const { code, out, err } = await ran(server.socket, ['status', '1', '--timeout', '0.2']);
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(/^lector: [^\n]+\n$/);
  });
});

describe('a wrong command line', () => {
  it.each([
    ['paus 1', /^lector: unknown command 'paus'; did you mean pause\?\n$/],
    ['xyzzy', /^lector: unknown command 'xyzzy'; "lector ctl --help" says what there is\n$/],
    ['help foo', /^lector: unknown command 'foo'; .*\n$/],
    ['pause', /^lector: expected ids behind "pause", such as: lector ctl pause 1 2 5\n$/],
    ['pause 10m', /^lector: expected an id or a name before the time, such as: lector ctl pause 1 --for 10m\n$/],
    ['pause 1 --fro 3', /^lector: unknown option '--fro'; did you mean --for\?\n$/],
    ['pause 1 --for', /^lector: option '--for <time>' argument missing; "lector ctl pause --help" .*\n$/],
    ['status 1 --for 3s', /^lector: unknown option '--for'; only pause and fault may have it\n$/],
    ['list 3', /^lector: too many arguments for 'list': .*\n$/],
    ['history 1 10m', /^lector: expected an id and a code, .*; saw "1 10m" alone\n$/],
    ['list --host pc7:50008 --port 3', /^lector: expected --host with a name alone, and --port; saw "pc7:50008"\n$/],
    ['pause 1 --for soon', /^lector: expected a time such as 90s, 10m, 2h or 1d, 30 days at most; saw "soon"\n$/],
    ['status 4-1', /^lector: expected a range such as 1-4/],
    ['fault 2 nonsense', /^lector: expected an id and then one of silence, late, crc, .*; saw "2 nonsense"\n$/],
    ['list --port 0', /^lector: .* invalid: It must be a whole number from 1 to 65535; .*\n$/],
    ['list --socket a --host b', /^lector: expected --socket or else --host and --port, saw both/],
    ['list --token-file /no/such', /^lector: --token-file \/no\/such cannot be read: there is no such file/],
  ])('%s', async (line, words) => {
    const server = await serving();
    const { code, out, err } = await ran(server.socket, line.split(' '));
    expect([code, out, server.requests]).toEqual([2, '', []]);
    expect(err).toMatch(words);
  });

  it('an empty word, such as a variable of a script that was not set, is no wish for everybody', async () => {
    const server = await serving();
    for (const argv of [
      ['pause', ''],
      ['status', ''],
      ['pause', '1', ' '],
      ['status', ','],
    ]) {
      expect(await ran(server.socket, argv)).toMatchObject({ code: 2, out: '' });
    }
    expect(server.requests).toEqual([]);
  });

  it('has help within 80 columns', async () => {
    for (const argv of [[], ['--help'], ['help', 'pause']]) {
      const { out } = await ran('/nowhere', argv);
      expect([argv, out.split('\n').filter((line) => line.length > 80)]).toEqual([argv, []]);
    }
  });

  it.each([
    ['', /^Usage: lector ctl <command> .*Examples:\n {2}lector ctl list/s],
    ['--help', /Exit code: 0 done, 1 refused/],
    ['help pause', /^Usage: lector ctl pause \[options\] <ids\.\.\.>.*lector ctl pause 1 --for 10m/s],
    ['pause --help', /^Usage: lector ctl pause/],
  ])('"%s" is a wish for help', async (line, words) => {
    const { code, out, err } = await ran('/nowhere', line.split(' ').filter(Boolean));
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(words);
  });
});
