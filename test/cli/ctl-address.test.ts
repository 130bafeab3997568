import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ServerOptions, serverAddress } from '../../src/cli/server-address.ts';
import { tempFolder } from '../config/sample.ts';

const at = (host: string, port: number, token?: string) => ({
  host,
  port,
  words: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
  ...(token === undefined ? {} : { token }),
});
const atSocket = (socket: string) => ({ socket, words: socket });

/** A folder with a lector.ini and, where it is wanted, a socket that takes connections. */
async function folderWith(ini: string | null, socket: string | null = null): Promise<string> {
  const folder = tempFolder();
  if (ini !== null) writeFileSync(join(folder, 'lector.ini'), ini);
  if (socket === null) return folder;
  mkdirSync(join(folder, socket, '..'), { recursive: true });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, socket), resolve));
  onTestFinished(() => void server.close());
  return folder;
}

describe('where a client looks for its server', () => {
  it.each<[string, ServerOptions, string, ReturnType<typeof at>]>([
    ['nothing is said and nothing is there', {}, '', at('127.0.0.1', 50_007)],
    ['a host is named', { host: 'pc7' }, 'port = 1234', at('pc7', 50_007)],
    ['a host is named with its port', { host: 'pc7:50008' }, 'port = 1234', at('pc7', 50_008)],
    ['an IPv6 address is named', { host: '::1' }, '', at('::1', 50_007)],
    ['a port is named', { port: 6000 }, 'host = 10.0.0.1', at('127.0.0.1', 6000)],
    ['lector.ini says where', {}, 'host = 10.0.0.1\nport = 1234 ; ours', at('10.0.0.1', 1234)],
    ['lector.ini has quotes and capitals', {}, 'HOST = "pc;7"\n; port = 9', at('pc;7', 50_007)],
    ['the server listens everywhere', {}, 'host = 0.0.0.0', at('127.0.0.1', 50_007)],
    ['the server listens everywhere, on IPv6 too', {}, 'host = ::\nport=7', at('::1', 7)],
    ['the port of lector.ini is none', {}, 'port = many', at('127.0.0.1', 50_007)],
    ['keys are left empty', {}, 'host =\nport =\ntoken_file =', at('127.0.0.1', 50_007)],
    ['the keys are of another section', {}, '[General]\nhost = 10.0.0.1', at('127.0.0.1', 50_007)],
    ['the files of the server name a token', {}, 'host = 10.0.0.1\ntoken_file = tokens', at('10.0.0.1', 50_007, 'T1')],
    ['that token cannot be read', {}, 'host = 10.0.0.1\ntoken_file = none', at('10.0.0.1', 50_007)],
    ['a token is named', { host: 'pc7', tokenFile: 'tokens' }, '', at('pc7', 50_007, 'T1')],
  ])('%s', async (_title, options, control, expected) => {
    const folder = await folderWith(control === '' ? null : `[Control]\n${control}\n`);
    writeFileSync(join(folder, 'tokens'), '\ufeff# of the technician\n\n T1 \nT2\n');
    expect(serverAddress(options, {}, folder)).toEqual(expected);
  });

  it.each([
    ['where it is by default', '', 'data/run/lector.sock'],
    ['where lector.ini puts the data', '[General]\ndata_dir = lib ; here', 'lib/run/lector.sock'],
    ['where lector.ini puts it', "[Control]\nsocket = 'here.sock'", 'data/here.sock'],
  ])('takes the socket %s, when there is one', async (_title, ini, socket) => {
    const folder = await folderWith(ini, socket);
    expect(serverAddress({}, {}, folder)).toEqual(atSocket(join(folder, socket)));
    expect(serverAddress({ port: 7 }, {}, folder)).toEqual(at('127.0.0.1', 7));
  });

  it('a file that is no socket is none', async () => {
    const folder = await folderWith('[Control]\nport = 7', null);
    mkdirSync(join(folder, 'data/run'), { recursive: true });
    writeFileSync(join(folder, 'data/run/lector.sock'), '');
    expect(serverAddress({}, {}, folder)).toEqual(at('127.0.0.1', 7));
  });

  it('a server that listens on any port is found at its socket only, never at the usual port of another', async () => {
    const folder = await folderWith('[Control]\nport = 0');
    expect(serverAddress({}, {}, folder)).toEqual(atSocket(join(folder, 'data/run/lector.sock')));
  });

  it('$LECTOR_SOCKET comes before lector.ini, and options before both', async () => {
    const folder = await folderWith('[Control]\nport = 7');
    const env = { LECTOR_SOCKET: 'l.sock' };
    expect(serverAddress({}, env, folder)).toEqual(atSocket(join(folder, 'l.sock')));
    expect(serverAddress({ socket: 'other.sock' }, env, folder)).toEqual(atSocket(join(folder, 'other.sock')));
    expect(serverAddress({ ini: 'lector.ini' }, env, folder)).toEqual(at('127.0.0.1', 7));
    expect(serverAddress({}, { LECTOR_SOCKET: '' }, folder)).toEqual(at('127.0.0.1', 7));
    expect(serverAddress({}, { LECTOR_INI: join(folder, 'lector.ini') }, '/')).toEqual(at('127.0.0.1', 7));
  });

  it.each<[string, ServerOptions, RegExp]>([
    ['two places', { socket: 'a.sock', port: 7 }, /expected --socket or else --host and --port, saw both/],
    ['no such token file', { tokenFile: 'none' }, /^--token-file \S+none cannot be read: there is no such file; name/],
    ['a folder as token file', { tokenFile: '.' }, /cannot be read: it is a folder/],
    ['an empty token file', { tokenFile: 'empty' }, /^expected a token of .* on a line of \S+empty; saw none$/],
    ['a token that breaks the line', { tokenFile: 'bad' }, /saw none$/],
    ['a file that is no token file', { tokenFile: 'prose' }, /without blanks and semicolons on a line .*; saw none$/],
    ['no such lector.ini', { ini: 'none.ini' }, /^--ini \S+none.ini cannot be read: there is no such file/],
  ])('refuses %s in one sentence', async (_title, options, words) => {
    const folder = await folderWith(null);
    writeFileSync(join(folder, 'empty'), '\n# nothing\n');
    writeFileSync(join(folder, 'bad'), 'a;b\n');
    writeFileSync(join(folder, 'prose'), 'once upon a time\n');
    expect(() => serverAddress(options, {}, folder)).toThrow(words);
    expect(() => serverAddress(options, {}, folder)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it.skipIf(process.getuid?.() === 0)('a token file of somebody else is said to be that', async () => {
    const folder = await folderWith(null);
    writeFileSync(join(folder, 'secret'), 'T');
    chmodSync(join(folder, 'secret'), 0);
    expect(() => serverAddress({ tokenFile: 'secret' }, {}, folder)).toThrow(/this user may not read it/);
  });
});
