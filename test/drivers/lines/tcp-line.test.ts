import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { connectFailure } from '../../../drivers/lines/tcp-failures.ts';
import { createTcpLine, TCP_BUFFER_MAX } from '../../../drivers/lines/tcp-line.ts';
import { systemClock } from '../../../src/clock.ts';
import type { LectorError } from '../../../src/domain/errors.ts';
import type { Line } from '../../../src/domain/ports.ts';
import { requireRoot, requireTool } from '../../support/require-tool.ts';
import { createCutNetwork } from './cut-network.ts';

const clock = systemClock();
const HOST = '127.0.0.1';
const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server on a free port; resolves with the port. */
async function serve(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

function lineTo(port: number, host = HOST, connectMs = 2_000): Line {
  const line = createTcpLine({ host, port, clock, connectMs });
  cleanups.push(line.close);
  return line;
}

async function opened(onSocket: (socket: Socket) => void): Promise<Line> {
  const line = lineTo(await serve(onSocket));
  await line.open();
  return line;
}

const errorOf = (promise: Promise<unknown>): Promise<LectorError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: LectorError) => error,
  );

async function receives(line: Line, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let seen = 0; seen < length; seen += parts.at(-1)?.length ?? 0) parts.push(await line.read());
  return Buffer.concat(parts);
}

const echo = (socket: Socket) => socket.pipe(socket);

describe('a TCP line', () => {
  it('carries every byte value both ways, with and without a reader waiting', async () => {
    const line = await opened(echo);
    const all = Uint8Array.from({ length: 256 }, (_, value) => value);
    for (let turn = 0; turn < 3; turn += 1) {
      await line.write(all, 1_000);
      expect([...(await receives(line, 256))]).toEqual([...all]);
    }
  });

  it('F38 2,000 reconnects leave no socket, no listener and no memory behind', async () => {
    // every third connection is reset by the other side, every third closed by it
    let count = 0;
    const port = await serve((socket) => {
      count += 1;
      if (count % 3 === 0) socket.once('data', () => socket.resetAndDestroy());
      else if (count % 3 === 1) socket.once('data', () => socket.end());
      else echo(socket);
    });
    const line = lineTo(port);
    const turn = async () => {
      await line.open();
      const answer = line.read().catch((error: LectorError) => error.code);
      await line.write(Uint8Array.of(1, 2, 3), 1_000);
      await answer;
      await line.close();
    };
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const state = async () => {
      // what the server still has to close
      while ((process.getActiveResourcesInfo?.() ?? []).filter((kind) => kind === 'TCPSocketWrap').length > 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      collect();
      return { fds: readdirSync('/proc/self/fd').length, heap: process.memoryUsage().heapUsed };
    };
    for (let n = 0; n < 200; n += 1) await turn();
    const before = await state();
    for (let n = 0; n < 2_000; n += 1) await turn();
    const after = await state();
    expect(count).toBe(2_200);
    expect(after.fds - before.fds).toBeLessThanOrEqual(1);
    expect(after.heap - before.heap).toBeLessThan(2_000 * 250);
    expect(process.listenerCount('exit') + process.listenerCount('warning')).toBeLessThan(20);
  });

  it('open() on an open line changes nothing', async () => {
    let connections = 0;
    const line = await opened(() => {
      connections += 1;
    });
    await line.open();
    expect(connections).toBe(1);
  });

  it.each([
    ['is closed', 'EOF', (socket: Socket) => socket.end()],
    ['is reset', 'ECONNRESET', (socket: Socket) => socket.resetAndDestroy()],
  ])('a parked read rejects at once when the connection %s by the other side', async (_, errno, act) => {
    const line = await opened((socket) => socket.once('data', () => act(socket)));
    const parked = errorOf(line.read());
    await line.write(Uint8Array.of(1), 1_000);
    expect(await parked).toMatchObject({ code: 'LINE_CLOSED', facts: { errno } });
    expect(await errorOf(line.write(Uint8Array.of(1), 1_000))).toMatchObject({ code: 'LINE_CLOSED' });
    await line.open();
  });

  it('what arrived before the other side closed is read first', async () => {
    const line = await opened((socket) => socket.end(Uint8Array.of(7, 8)));
    expect([...(await receives(line, 2))]).toEqual([7, 8]);
    expect(await errorOf(line.read())).toMatchObject({ code: 'LINE_CLOSED', facts: { errno: 'EOF' } });
  });

  it('flush throws away what nobody read', async () => {
    const port = await serve(echo);
    const [line, other] = [lineTo(port), lineTo(port)];
    await Promise.all([line.open(), other.open()]);
    const roundTrip = async (on: Line, value: number) => {
      await on.write(Uint8Array.of(value), 1_000);
      return [...(await on.read())];
    };
    await line.write(Uint8Array.of(2), 1_000);
    // by then the byte that was sent before them has come back too
    for (let n = 0; n < 3; n += 1) await roundTrip(other, 9);
    await line.flush();
    expect(await roundTrip(line, 3)).toEqual([3]);
  });

  it('bytes that nobody reads slow the sender down instead of filling memory, and all arrive in the end', async () => {
    const total = 32 * TCP_BUFFER_MAX;
    let handedOver = 0;
    const line = await opened((socket) => {
      const piece = Buffer.alloc(1 << 16, 'x');
      const push = () => {
        while (handedOver < total) {
          handedOver += piece.length;
          if (!socket.write(piece)) return void socket.once('drain', push);
        }
      };
      push();
    });
    let last = -1;
    for (let still = 0; still < 500; still = handedOver === last ? still + 1 : 0) {
      last = handedOver;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(handedOver).toBeLessThan(total);
    const largest = (await line.read()).length;
    expect(largest).toBeGreaterThanOrEqual(TCP_BUFFER_MAX);
    expect(largest).toBeLessThan(TCP_BUFFER_MAX + (1 << 17));
    expect((await receives(line, total - largest)).length).toBe(total - largest);
  });

  it('close() rejects what waits, and may be called again and before open()', async () => {
    const line = lineTo(await serve(() => {}));
    await line.close();
    await line.open();
    const parked = errorOf(line.read());
    await line.close();
    await line.close();
    expect(await parked).toMatchObject({ code: 'LINE_CLOSED' });
    expect(await errorOf(line.read())).toMatchObject({ code: 'LINE_CLOSED' });
  });

  it('close() breaks off an open() that goes on', async () => {
    const line = lineTo(await serve(() => {}));
    const opening = errorOf(line.open());
    await line.close();
    expect(await opening).toMatchObject({ code: 'LINE_CLOSED' });
  });
});

describe('a TCP line that cannot be opened', () => {
  it('F32 a closed port is refused, in words', async () => {
    const port = await serve(() => {});
    for (const cleanup of cleanups.splice(0)) await cleanup();
    const error = await errorOf(lineTo(port).open());
    expect(error).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { host: HOST, port, errno: 'ECONNREFUSED' } });
    expect(error.message).toMatch(/refused the connection: nothing listens there/);
  });

  it.skipIf(!requireRoot() || !requireTool('unshare'))(
    'F32 no network and no name are told apart (in a network namespace without a network)',
    () => {
      const root = new URL('../../../', import.meta.url);
      const script = `
        import { createTcpLine } from '${new URL('drivers/lines/tcp-line.ts', root)}';
        import { systemClock } from '${new URL('src/clock.ts', root)}';
        for (const host of ['192.0.2.9', 'no-such-meter.invalid']) {
          const line = createTcpLine({ host, port: 502, clock: systemClock() });
          await line.open().catch((e) => console.log(e.facts.errno, e.message));
        }
      `;
      const child = spawnSync('unshare', ['-n', process.execPath, '--input-type=module', '-e', script]);
      const [unreachable, unnamed] = child.stdout.toString().split('\n');
      expect(unreachable).toMatch(/^ENETUNREACH 192\.0\.2\.9 is unreachable from this machine/);
      expect(unnamed).toMatch(/^(EAI_AGAIN the name no-such-meter|ENOTFOUND there is no machine named no-such-meter)/);
    },
  );

  // what this machine cannot bring about faithfully is injected as the system's error
  it.each([
    ['ECONNREFUSED', /nothing listens/],
    ['EHOSTUNREACH', /is unreachable .* cable/],
    ['ENETUNREACH', /is unreachable/],
    ['ENOTFOUND', /no machine named meter-3/],
    ['EAI_AGAIN', /DNS/],
    ['ETIMEDOUT', /did not answer within 5000 ms/],
    ['ECONNRESET', /one client only/],
    ['EACCES', /firewall/],
    ['EMFILE', /ulimit/],
    ['EWHATEVER', /no connection to meter-3:502: said so/],
  ])('F32 %s has words of its own', (errno, words) => {
    const cause = Object.assign(new Error('said so'), { code: errno });
    for (const error of [cause, new AggregateError([cause, new Error('another')])]) {
      const failure = connectFailure('meter-3', 502, error, 5_000);
      expect(failure).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { host: 'meter-3', port: 502, errno } });
      if (error === cause || errno !== 'EWHATEVER') expect(failure.message).toMatch(words);
    }
  });
});

describe('a TCP line whose other side is gone or stuck', () => {
  it('F33 a server that never reads blocks a write up to its limit, and the connection is given up', async () => {
    const line = await opened((socket) => socket.pause());
    const parked = errorOf(line.read());
    const blocked = async () => {
      for (;;) await line.write(new Uint8Array(1 << 20), 200);
    };
    expect(await errorOf(blocked())).toMatchObject({ code: 'LINE_WRITE_BLOCKED', facts: { timeoutMs: 200 } });
    expect(await parked).toMatchObject({ code: 'LINE_CLOSED' });
    await line.open();
  });

  it.skipIf(!requireRoot() || !requireTool('ip'))(
    'F33 a cable that is pulled out gives no error, and all limits hold (network namespace, link down)',
    async () => {
      const network = await createCutNetwork();
      if (network === null) return;
      cleanups.push(network.remove);
      const line = lineTo(network.port, network.host, 400);
      await line.open();
      await line.write(Uint8Array.of(1), 1_000);
      expect([...(await line.read())]).toEqual([1]);
      network.cable('down');
      const parked = errorOf(line.read());
      await line.write(Uint8Array.of(2), 1_000); // accepted, as if nothing were wrong
      const blocked = errorOf(line.write(new Uint8Array(16 << 20), 300));
      expect(await Promise.race([parked, blocked])).toMatchObject({ code: 'LINE_WRITE_BLOCKED' });
      expect(await parked).toMatchObject({ code: 'LINE_CLOSED' });
      const began = performance.now();
      expect(await errorOf(line.open())).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { host: network.host } });
      expect(performance.now() - began).toBeLessThan(4_000);
      network.cable('up');
      await line.open();
      await line.write(Uint8Array.of(3), 1_000);
      expect([...(await line.read())]).toEqual([3]);
    },
  );
});
