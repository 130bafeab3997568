import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isWhole } from '../../../drivers/modbus/crc.ts';
import { createSimulatedMeter } from '../../../drivers/simulated/meter.ts';
import { type SimulatedTcp, serveSimulatedTcp } from '../../../drivers/simulated/tcp-server.ts';
import { systemClock } from '../../../src/clock.ts';
import { profiles, VOLTAGES } from './line-rig.ts';

const meters = [
  { analyzerId: 1, unit: 1, meter: createSimulatedMeter({ profile: profiles.get('pm710')!, seed: 7, analyzerId: 1 }) },
];
const open: { close(): unknown }[] = [];

async function serve(o: { rtuOverTcp?: boolean } = {}): Promise<SimulatedTcp> {
  const server = await serveSimulatedTcp({
    host: '127.0.0.1',
    port: 0,
    meters,
    faults: [],
    clock: systemClock(),
    ...o,
  });
  open.push(server);
  return server;
}

async function client(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  open.push({ close: () => socket.destroy() });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** The next `count` bytes of a socket. */
function take(socket: Socket, count: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const more = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length >= count) {
        socket.off('data', more);
        resolve(bytes);
      }
    };
    socket.on('data', more);
    socket.once('close', () => reject(new Error(`closed after ${bytes.length} bytes`)));
  });
}

/** Three voltages of the PM710. */
const frame = (transaction: number, count = 3) =>
  Buffer.from([transaction >> 8, transaction & 0xff, 0, 0, 0, 6, 1, 3, 15, 192, 0, count]);

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

describe('the simulated TCP server', () => {
  it('answers several clients, each with its own transactions', async () => {
    const { port } = await serve();
    const sockets = await Promise.all([client(port), client(port), client(port)]);
    const answers = await Promise.all(
      sockets.map((socket, n) => {
        socket.write(frame(100 + n));
        return take(socket, 15);
      }),
    );
    expect(answers.map((bytes) => bytes.readUInt16BE(0))).toEqual([100, 101, 102]);
    for (const bytes of answers) expect(bytes.subarray(2, 9)).toEqual(Buffer.from([0, 0, 0, 9, 1, 3, 6]));
  });

  it('answers pipelined requests in order, also when they come split', async () => {
    const { port } = await serve();
    const socket = await client(port);
    const all = Buffer.concat(Array.from({ length: 40 }, (_, n) => frame(n, 1 + (n % 3))));
    socket.write(all.subarray(0, 101));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(all.subarray(101));
    const total = Array.from({ length: 40 }, (_, n) => 9 + 2 * (1 + (n % 3))).reduce((sum, each) => sum + each, 0);
    const bytes = await take(socket, total);
    const order: number[] = [];
    for (let at = 0; at < bytes.length; at += 6 + bytes.readUInt16BE(at + 4)) order.push(bytes.readUInt16BE(at));
    expect(order).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it('passes RTU frames when it plays a transparent gateway', async () => {
    const { port } = await serve({ rtuOverTcp: true });
    const socket = await client(port);
    socket.write(VOLTAGES);
    expect(isWhole(await take(socket, 11), 0, 11)).toBe(true);
  });

  it('says in words why it cannot listen', async () => {
    const { port } = await serve();
    const again = serveSimulatedTcp({ host: '127.0.0.1', port, meters, faults: [], clock: systemClock() });
    await expect(again).rejects.toMatchObject({
      code: 'LINE_OPEN_FAILED',
      message: `cannot listen on 127.0.0.1:${port}: another program listens there; choose another port`,
    });
  });

  it('ends with its clients', async () => {
    const server = await serve();
    const socket = await client(server.port);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await server.close();
    await closed;
    await expect(client(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
