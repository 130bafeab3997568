import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { boundConnections } from '../../../src/central/api/connections.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanups.splice(0).reverse()) await each();
});

/** Answers `/soon` at once and holds `/held`. */
async function serving(limits: {
  readonly connections: number;
  readonly ofOneCaller: number;
  readonly proxy?: string;
}) {
  const held: (() => void)[] = [];
  const server: Server = createServer((request, response) => {
    if (request.url === '/held') held.push(() => response.end('held'));
    else response.end('soon');
  });
  boundConnections(server, { ...limits, isProxy: (address) => address === limits.proxy });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => new Promise((resolve) => void server.close(resolve).closeAllConnections()));
  const { port } = server.address() as AddressInfo;
  /** Connects from an address of this machine; `seen` is all that came. */
  const open = async (from = '127.0.0.1') => {
    const socket: Socket = connect({ port, host: '127.0.0.1', localAddress: from });
    cleanups.push(() => socket.destroy());
    const all = { socket, seen: '' };
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        all.seen += bytes;
      });
    await Promise.all([once(socket, 'connect'), new Promise((resolve) => server.once('connection', resolve))]);
    return all;
  };
  const asked = async (path: string, { socket }: { readonly socket: Socket }) => {
    const comes = new Promise((resolve) => server.once('request', resolve));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await comes;
  };
  return { open, asked, held };
}

type Opened = Awaited<ReturnType<Awaited<ReturnType<typeof serving>>['open']>>;
const ended = async ({ socket }: Opened) => socket.closed || (await once(socket, 'close')) !== null;

describe('connections beyond what there is room for', () => {
  it('take the place of the one of their caller that was used least recently', async () => {
    const { open, asked } = await serving({ connections: 10, ofOneCaller: 2 });
    const [first, second] = [await open(), await open()];
    await asked('/soon', first);
    await once(first.socket, 'data');
    await open();
    expect(await ended(second)).toBe(true);
    expect([first.socket.closed, first.seen]).toEqual([false, expect.stringContaining('soon')]);
  });

  it('never that of one that is being answered: then the new one goes', async () => {
    const { open, asked, held } = await serving({ connections: 10, ofOneCaller: 2 });
    const [first, second] = [await open(), await open()];
    await asked('/held', first);
    await asked('/held', second);
    expect(await ended(await open())).toBe(true);
    for (const answer of held) answer();
    await Promise.all([once(first.socket, 'data'), once(second.socket, 'data')]);
    expect([first.seen, second.seen]).toEqual(Array(2).fill(expect.stringContaining('held')));
  });

  it('cost other callers nothing while there is room for all', async () => {
    const { open } = await serving({ connections: 10, ofOneCaller: 2 });
    const other = await open('127.0.0.2');
    const mine = [await open(), await open(), await open(), await open()];
    expect(await ended(mine[0]!)).toBe(true);
    expect(await ended(mine[1]!)).toBe(true);
    expect([other.socket.closed, mine[3]!.socket.closed]).toEqual([false, false]);
  });

  it('of many callers together take that of any', async () => {
    const { open } = await serving({ connections: 2, ofOneCaller: 2 });
    const first = await open('127.0.0.2');
    await open('127.0.0.3');
    const third = await open('127.0.0.4');
    expect(await ended(first)).toBe(true);
    expect(third.socket.closed).toBe(false);
  });

  it('of a proxy are as many as there may be in all', async () => {
    const { open } = await serving({ connections: 4, ofOneCaller: 1, proxy: '127.0.0.9' });
    const all = [await open('127.0.0.9'), await open('127.0.0.9'), await open('127.0.0.9')];
    expect(all.map(({ socket }) => socket.closed)).toEqual([false, false, false]);
  });
});

it('one that follows another of the same place before its end is seen counts once', () => {
  const server = new EventEmitter();
  boundConnections(server as Server, { connections: 10, ofOneCaller: 2, isProxy: () => false });
  const cut: number[] = [];
  const connected = (remotePort: number) => {
    const destroy = () => cut.push(remotePort);
    const socket = Object.assign(new EventEmitter(), { remoteAddress: '10.0.0.9', remotePort, destroy });
    server.emit('connection', socket);
    return socket;
  };
  const first = connected(4_000);
  connected(4_000);
  first.emit('close');
  connected(4_001);
  expect(cut).toEqual([]);
  connected(4_002);
  expect(cut).toEqual([4_000]);
});
