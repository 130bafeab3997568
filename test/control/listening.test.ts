import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createControl } from '../../src/control/control.ts';
import { afterTest } from '../support/afterwards.ts';
import { createLogLines } from '../support/log-lines.ts';
import { createSteppedClock, settleTurns } from '../support/stepped-clock.ts';
import { createFakePlant } from './fake-operator.ts';
import { connect } from './raw-client.ts';
import { settingsIn, startControl, temporaryFolder } from './running-control.ts';

/** Another program that listens there until the test ends. */
async function occupy(
  to: { readonly port: number } | { readonly path: string },
): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen({ ...to, host: '127.0.0.1' }, resolve));
  afterTest(() => void server.close());
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

const closed = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));

async function settle(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await settleTurns();
}

describe('listening', () => {
  it('says where, and takes clients at both places', async () => {
    const { control, socket, port, log } = await startControl();
    expect(control.address()).toEqual({ host: '127.0.0.1', port, socket });
    expect(log.matching(new RegExp(`control port listens at 127.0.0.1:${port}$`))).toHaveLength(1);
    expect(log.matching(new RegExp(`connect at ${socket}$`))).toHaveLength(1);
    for (const to of [{ host: '127.0.0.1', port }, { path: socket }]) {
      const client = await connect(to);
      client.send('#$$QUIT;\r');
      expect(await client.rest()).toBe('$#DISCONNECTED!\r');
    }
  });

  it('the unix socket is for its user and group', async () => {
    const { socket } = await startControl();
    expect(statSync(socket).mode & 0o777).toBe(0o660);
  });

  it('a port in use is said once, in words, and tried again; the unix socket works meanwhile', async () => {
    const clock = createSteppedClock();
    const { server, port } = await occupy({ port: 0 });
    const { control, log, socket } = await startControl({ clock, settings: { port } });
    expect(control.address()).toEqual({ host: '127.0.0.1', port: null, socket });
    for (let n = 0; n < 3; n += 1) {
      await clock.advance(10_000);
      await settle();
    }
    const said = log.matching(/cannot listen/);
    expect(said.map(({ level }) => level)).toEqual(['error']);
    expect(said[0]?.text).toMatch(
      new RegExp(`at 127.0.0.1:${port}: .*EADDRINUSE.*Lector that runs already.*each 10 s$`),
    );
    const client = await connect({ path: socket });
    client.send('#$$QUIT;\r');
    await client.rest();
    await closed(server);
    await clock.advance(10_000);
    await settle();
    expect(control.address().port).toBe(port);
    expect(log.matching(/control port listens/)).toHaveLength(1);
  });

  it.each([
    ['10.255.255.254', 50_007, /EADDRNOTAVAIL.*this machine has no address 10.255.255.254 now/],
    ['no-such-name.invalid', 50_007, /write an address as host/],
  ])('host %s and port %d are refused in words', async (host, port, words) => {
    const clock = createSteppedClock();
    const { control, log } = await startControl({ clock, settings: { host, port } });
    expect(log.matching(words)).toHaveLength(1);
    expect(control.address().port).toBeNull();
  });

  it('a socket that a killed server left behind is taken over', async () => {
    const folder = temporaryFolder();
    const { socket } = settingsIn(folder);
    mkdirSync(dirname(socket), { recursive: true });
    const { server } = await occupy({ path: `${socket}.old` });
    // a name under which nobody listens any more
    const { linkSync } = await import('node:fs');
    linkSync(`${socket}.old`, socket);
    await closed(server);
    expect(existsSync(socket)).toBe(true);
    const running = await startControl({ settings: { socket } });
    expect(running.control.address().socket).toBe(socket);
    const client = await connect({ path: socket });
    client.send('#$$QUIT;\r');
    expect(await client.rest()).toBe('$#DISCONNECTED!\r');
  });

  it.each(['another server', 'a file'])('what belongs to %s is left alone, and said', async (owner) => {
    const clock = createSteppedClock();
    const { socket } = settingsIn(temporaryFolder());
    mkdirSync(dirname(socket), { recursive: true });
    if (owner === 'a file') writeFileSync(socket, 'precious');
    else await occupy({ path: socket });
    const { control, log } = await startControl({ clock, settings: { socket } });
    expect(control.address().socket).toBeNull();
    expect(log.matching(/another Lector listens there, or a file of that name is in the way/)).toHaveLength(1);
    await control.stop();
    expect(existsSync(socket)).toBe(true);
    if (owner !== 'a file') return;
    rmSync(socket);
  });

  it('a path that is too long for a socket is said in words, and not tried again', async () => {
    const clock = createSteppedClock();
    const socket = `${temporaryFolder()}/${'long/'.repeat(20)}lector.sock`;
    const { control, log } = await startControl({ clock, settings: { socket } });
    expect(control.address().socket).toBeNull();
    expect(log.matching(/has \d{3} bytes, and the system takes 107; write a shorter socket = PATH/)).toHaveLength(1);
    await clock.advance(60_000);
    expect(log.matching(/bytes, and the system/)).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });

  it('a folder that cannot be written is said in words', async () => {
    const folder = temporaryFolder();
    writeFileSync(`${folder}/file`, '');
    const { log } = await startControl({
      clock: createSteppedClock(),
      settings: { socket: `${folder}/file/lector.sock` },
    });
    expect(
      log.matching(/cannot listen at .*file\/lector.sock: .*; see socket in lector.ini; it is tried again/),
    ).toHaveLength(1);
    chmodSync(`${folder}/file`, 0o600);
  });

  it('a stop frees both places and every timer, also while a port is waited for', async () => {
    const clock = createSteppedClock();
    const { port } = await occupy({ port: 0 });
    const { control, socket } = await startControl({
      clock,
      settings: { port, allowInsecure: true, trust: ['10.0.0.0/8'] },
    });
    expect(clock.pending()).toBe(2);
    const client = await connect({ path: socket });
    client.send('#$$QUIT;\r');
    await client.rest();
    await control.stop();
    expect(clock.pending()).toBe(0);
    expect(existsSync(socket)).toBe(false);
    await control.stop();
  });

  it('can be started again elsewhere after a stop', async () => {
    const { control, socket, port } = await startControl();
    await control.stop();
    const log = createLogLines();
    const settings = settingsIn(dirname(dirname(socket)), { port });
    const plant = createFakePlant();
    const again = createControl({ settings, tokens: [], operator: plant.operator, clock: createSteppedClock(), log });
    await again.start();
    expect(again.address()).toEqual({ host: '127.0.0.1', port, socket });
    await again.stop();
  });
});

describe('a stop', () => {
  it('gives clients what waits for them, and closes all', async () => {
    const { control, json, classic, dial, plant } = await startControl();
    const clients = [await json(), await classic(), await dial()];
    clients[0]?.send('$SUBSCRIBE@states;\r');
    await clients[0]?.json();
    plant.emit({ event: 'shutdown', data: { words: 'it ends' } });
    await control.stop();
    expect(await clients[0]?.json()).toEqual({ event: 'shutdown', data: { words: 'it ends' } });
    for (const client of clients) await client.closed;
    expect(plant.listeners().events).toBe(0);
  });

  it('waits for nobody who has everything and does not close', async () => {
    const clock = createSteppedClock();
    const { control, port } = await startControl({ clock });
    const client = await connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    afterTest(() => void client.socket.destroy());
    client.send('#$$GETID@1;\r');
    expect(await client.take(19)).toBe('$#Meter number 1  \r');
    await control.stop();
    expect(clock.pending()).toBe(0);
  });

  it('that a SHUTDOWN brings about at once comes after its answer', async () => {
    const { control, classic, plant } = await startControl();
    let stopped: Promise<void> | null = null;
    const { shutdown } = plant.operator;
    Object.assign(plant.operator, {
      shutdown() {
        stopped = control.stop();
        return shutdown();
      },
    });
    const client = await classic();
    client.send('$SHUTDOWN;\r');
    expect(await client.rest()).toBe('DISCONNECTED!\r');
    await stopped;
  });

  it('waits a second at most for one that does not read, and not for a command that takes its time', async () => {
    const clock = createSteppedClock();
    const { control, classic, dial, plant } = await startControl({ clock });
    Object.assign(plant.operator.legacy, { conf: () => ({ text: 'x'.repeat(30_000_000) }) });
    const [deaf, slow] = [await dial(), await classic()];
    deaf.socket.pause();
    deaf.send('#$$GETCONF;\r');
    slow.send('$RELOAD;\r');
    await settle();
    let isStopped = false;
    const stopping = control.stop().then(() => {
      isStopped = true;
    });
    await slow.closed;
    await settle();
    expect(isStopped).toBe(false);
    await clock.advance(1_000);
    await stopping;
    expect(clock.pending()).toBe(0);
    plant.settle();
    await settle();
  });
});

describe('warnings', () => {
  it('trust is told at the start, and nothing where all is safe', async () => {
    const clock = createSteppedClock();
    const safe = await startControl({ clock });
    expect(safe.log.matching(/./).filter(({ level }) => level !== 'info')).toEqual([]);
    const { log } = await startControl({ clock, settings: { trust: ['10.0.0.0/24', '10.1.0.7'] } });
    expect(log.matching(/clients from 10.0.0.0\/24, 10.1.0.7 may command without a token/)).toHaveLength(1);
  });

  it('allow_insecure is told each day for ever', async () => {
    const clock = createSteppedClock();
    const { log } = await startControl({ clock, settings: { host: '0.0.0.0', allowInsecure: true } });
    const said = () =>
      log.matching(/whoever reaches 0.0.0.0:0 sees everything without a token; write token_file/).length;
    expect(said()).toBe(1);
    await clock.advance(86_400_000 * 3);
    expect(said()).toBe(4);
  });
});
