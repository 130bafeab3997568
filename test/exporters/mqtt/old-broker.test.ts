import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createMqtt } from '../../../src/exporters/mqtt/mqtt.ts';
import { fakePlant } from '../../support/exporter-context.ts';
import { fastClock } from '../../support/fast-clock.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Answer = (packet: Buffer, socket: Socket) => void;

/** A broker of a few lines: whole packets in (none is longer than 16 KiB), bytes out. */
async function broker(answer: Answer): Promise<{ readonly url: string; readonly connections: () => number }> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let bytes = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        const [first = 0, second = 0] = bytes.subarray(1, 3);
        const length = first < 128 ? 2 + first : 3 + (first - 128) + second * 128;
        if (bytes.length < 2 || bytes.length < length) return;
        answer(bytes.subarray(0, length), socket);
        bytes = bytes.subarray(length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as { readonly port: number };
  return { url: `mqtt://127.0.0.1:${port}`, connections: () => connections };
}

const kindOf = (packet: Buffer) => packet[0]! >> 4;
const [CONNECT, PUBLISH] = [1, 3];
/** Protocol level of a CONNECT: 5 or 4. */
const levelOf = (packet: Buffer) => packet[packet.indexOf('MQTT') + 4];
/** Acknowledges a PUBLISH of QoS 1. */
function acknowledge(packet: Buffer, socket: Socket): void {
  if (kindOf(packet) !== PUBLISH || (packet[0]! & 0b110) === 0) return;
  const start = packet[1]! < 128 ? 2 : 3;
  const at = start + 2 + packet.readUInt16BE(start);
  socket.write(Buffer.from([0x40, 2, packet[at]!, packet[at + 1]!]));
}

function running(target: string, factor = 10) {
  const plant = fakePlant({ type: 'mqtt', target, clock: fastClock(factor) });
  const { exporter, live } = createMqtt(plant.context);
  live!.start();
  ends.push(() => live!.close());
  return { plant, exporter: exporter!, live: live! };
}

describe('MQTT with brokers that are old, slow or broken', () => {
  it.each([
    ['says that it does not know MQTT 5', (socket: Socket) => socket.write(Buffer.from([0x20, 2, 0, 1]))],
    ['says so as MQTT 5 does', (socket: Socket) => socket.write(Buffer.from([0x20, 3, 0, 0x84, 0]))],
    ['closes the connection at MQTT 5', (socket: Socket) => socket.end()],
  ])('delivers by MQTT 3.1.1 to one that %s', async (_, refuse) => {
    const { url } = await broker((packet, socket) => {
      if (kindOf(packet) !== CONNECT) return acknowledge(packet, socket);
      if (levelOf(packet) === 5) refuse(socket);
      else socket.write(Buffer.from([0x20, 2, 0, 0]));
    });
    const { plant, exporter } = running(url);
    expect((await exporter.deliver(plant.owed(3))).map(({ kind }) => kind)).toEqual(Array(3).fill('delivered'));
    expect(plant.log.matching(/is connected \(MQTT 3\.1\.1\)/)).toHaveLength(1);
  });
  it('has no more on their way than the broker takes at once', async () => {
    let [open, most] = [0, 0];
    const { url } = await broker((packet, socket) => {
      // receive maximum 3
      if (kindOf(packet) === CONNECT) return void socket.write(Buffer.from([0x20, 6, 0, 0, 3, 0x21, 0, 3]));
      if (kindOf(packet) !== PUBLISH || (packet[0]! & 0b110) === 0) return;
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        acknowledge(packet, socket);
      });
    });
    const { plant, exporter } = running(url);
    expect((await exporter.deliver(plant.owed(40))).every(({ kind }) => kind === 'delivered')).toBe(true);
    expect(most).toBe(3);
  });
  it('F33 gives up a broker that acknowledges nothing, and says so', async () => {
    const { url } = await broker((packet, socket) => {
      if (kindOf(packet) === CONNECT) socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
    });
    const { plant, exporter, live } = running(url, 100);
    const results = await exporter.deliver(plant.owed(30));
    expect(results.map(({ kind }) => kind)).toEqual(Array(30).fill('failed'));
    expect(results[29]).toMatchObject({ failure: { message: `${url}: it does not acknowledge what it is sent` } });
    expect(live.trouble()).toContain('it does not acknowledge what it is sent');
  });
  it('F64 a record at which the broker cuts the connection holds up no other', async () => {
    let cuts = 0;
    const { url } = await broker((packet, socket) => {
      if (kindOf(packet) === CONNECT) return void socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
      const isPoison = packet.includes('"PAT":{"aggregate":"mean","values":[2.5]');
      if (!isPoison) return acknowledge(packet, socket);
      cuts += 1;
      socket.destroy();
    });
    const { plant, exporter, live } = running(url, 100);
    const delivered = new Set<number>();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      while (live.trouble() !== null) await new Promise((resolve) => setImmediate(resolve));
      const left = plant.owed(40).filter(({ sequence }) => !delivered.has(sequence));
      const results = await exporter.deliver(left).catch(() => []);
      for (const { sequence, kind } of results) if (kind === 'delivered') delivered.add(sequence);
    }
    expect(cuts).toBeGreaterThanOrEqual(3);
    expect([...delivered].sort((a, b) => a - b)).toEqual(
      plant
        .owed(40)
        .map(({ sequence }) => sequence)
        .filter((n) => n !== 2),
    );
  });
  it('says that what listens is no broker', async () => {
    const { url } = await broker((_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { plant, exporter } = running(url);
    await expect(exporter.deliver(plant.owed(1))).rejects.toMatchObject({ code: 'EXPORT_FAILED' });
  });
  it('F38 a broker that cuts every connection is tried with growing waits, and said to be so once', async () => {
    const { url, connections } = await broker((packet, socket) => {
      if (kindOf(packet) !== CONNECT) return;
      // as where two clients with one name take each other's place: 0x8e
      socket.end(Buffer.from([0x20, 3, 0, 0, 0, 0xe0, 1, 0x8e]));
    });
    const clock = fastClock(100);
    const { plant, live } = running(url, 100);
    await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), 60_000));
    // 1, 2, 4, 8, 16, 32 s, and an eighth more
    expect(connections()).toBeGreaterThan(2);
    expect(connections()).toBeLessThan(9);
    expect(live.trouble()).toContain('another client came with the same client id');
    expect(plant.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(plant.log.lines.filter(({ level }) => level === 'info').length).toBeLessThanOrEqual(1);
    expect(plant.listeners()).toBe(1);
  });
});
