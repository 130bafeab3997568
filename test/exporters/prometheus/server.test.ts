import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/domain/ports.ts';
import { createListener } from '../../../src/exporters/prometheus/prometheus.ts';
import { fakePlant } from '../../support/exporter-context.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { parseMetrics, type Sample } from '../../support/prometheus-text.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function listening(
  target = '127.0.0.1:0',
  options: Readonly<Record<string, string>> = {},
  clock: Clock = fastClock(10),
) {
  const operator = {
    now: () => '2026-11-25T13:00:10.000+01:00',
    lines: () => ({ lines: [] }),
    alarms: () => ({ alarms: [] }),
  };
  const list = { node: { troubles: [] } as never, deliveries: [] };
  const plant = fakePlant({ type: 'prometheus', target, options, list, operator, clock });
  const live = createListener(plant.context);
  live.start();
  ends.push(() => live.close());
  return { plant, live, port: await live.port() };
}

type Got = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string };

function get(
  port: number | null,
  path = '/metrics',
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: port ?? 0, path, headers, method }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** What comes back for these bytes, until the connection is closed. */
function raw(port: number | null, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port ?? 0, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.write(bytes);
  });
}

async function tokenFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lector-metrics-'));
  ends.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'token');
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return file;
}

describe('GET /metrics', () => {
  it('serves the text format, or OpenMetrics to who asks for it, and keeps no connection', async () => {
    const { port, live, plant } = await listening();
    const plain = await get(port);
    expect(plain).toMatchObject({ status: 200, headers: { connection: 'close', 'cache-control': 'no-store' } });
    expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(parseMetrics(plain.body).some(({ name }) => name === 'lector_active_power_watts')).toBe(true);
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    const open = await get(port, '/metrics?x=1', { accept });
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const names = (samples: readonly Sample[]) =>
      samples.map(({ name }) => name).filter((name) => !name.startsWith('nodejs_eventloop'));
    expect(names(parseMetrics(open.body, true))).toEqual(names(parseMetrics(plain.body)));
    // of the same second, and as if nobody had asked for the other
    expect(names(parseMetrics((await get(port)).body))).toEqual(names(parseMetrics(plain.body)));
    expect(live.trouble()).toBeNull();
    expect(plant.log.matching(/http:\/\/127\.0\.0\.1:\d+\/metrics/)).toHaveLength(1);
  });
  it.each([
    ['/', 'GET', 404],
    ['/metrics/', 'GET', 404],
    ['//metrics', 'GET', 404],
    ['/metrics', 'POST', 405],
    ['/metrics', 'HEAD', 405],
    ['/metrics', 'DELETE', 405],
  ])('answers %s %s with %i', async (path, method, status) => {
    const { port } = await listening();
    expect((await get(port, path, {}, method)).status).toBe(status);
  });
  it('is made once for all who ask within a second', async () => {
    let made = 0;
    const clock = createSteppedClock();
    const { plant, port } = await listening('127.0.0.1:0', {}, clock);
    const { operator } = plant.context;
    const list = operator().list;
    Object.assign(operator(), {
      list: () => {
        made += 1;
        return list();
      },
    });
    const all = await Promise.all(Array.from({ length: 20 }, () => get(port)));
    expect(all.every(({ status }) => status === 200)).toBe(true);
    expect(made).toBe(1);
    await clock.advance(1_000);
    await get(port);
    expect(made).toBe(2);
  });
  it('says 500 and goes on when what is going on cannot be told', async () => {
    const { plant, port } = await listening();
    const { operator } = plant.context;
    const { list } = operator();
    const failing = () => {
      throw new Error('not now');
    };
    Object.assign(operator(), { list: failing });
    expect((await get(port)).status).toBe(500);
    Object.assign(operator(), { list });
    expect((await get(port)).status).toBe(200);
    expect(plant.log.matching(/was not answered/)).toHaveLength(1);
  });
});

describe('who may read /metrics', () => {
  it.each(['0.0.0.0:0', '[::]:0'])('nobody, where %s has no token', async (target) => {
    const { live, port } = await listening(target);
    expect(port).toBeNull();
    expect(live.trouble()).toContain('write <token_file>, or listen on 127.0.0.1');
  });
  it('who has the token, where there is one', async () => {
    const { port, live, plant } = await listening('0.0.0.0:0', { token_file: await tokenFile('sesame-17') });
    expect(live.trouble()).toBeNull();
    const none = await get(port);
    expect(none).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    for (const authorization of ['Bearer sesame-1', 'Basic sesame-17', 'sesame-17', 'Bearer ']) {
      expect((await get(port, '/metrics', { authorization })).status).toBe(401);
    }
    expect((await get(port, '/metrics', { authorization: 'Bearer sesame-17', host: 'meters.example' })).status).toBe(
      200,
    );
    // said once a minute, without the token
    expect(plant.log.matching(/without the right token/)).toHaveLength(1);
    expect(JSON.stringify(plant.log.lines)).not.toContain('sesame');
  });
  it('nobody, while the token cannot be read; and who has it, when it can', async () => {
    const file = await tokenFile('');
    const { live, plant } = await listening('0.0.0.0:0', { token_file: file });
    expect(live.trouble()).toContain('token_file');
    writeFileSync(file, 'sesame-18\n');
    await new Promise<void>((resolve) => void plant.context.clock.setTimeout(() => resolve(), 1_500));
    const port = await live.port();
    expect((await get(port, '/metrics', { authorization: 'Bearer sesame-18' })).status).toBe(200);
    expect(live.trouble()).toBeNull();
  });
  it('no page of another site, where there is no token', async () => {
    const { port } = await listening();
    expect((await get(port, '/metrics', { host: 'evil.example' })).status).toBe(403);
    for (const host of ['localhost', 'localhost:9464', '127.0.0.1:9464', '[::1]:9464']) {
      expect((await get(port, '/metrics', { host })).status).toBe(200);
    }
  });
});

describe('what comes at the port of /metrics', () => {
  it('says that another program listens there, and takes its place when it is gone', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { readonly port: number };
    const { live, plant } = await listening(`127.0.0.1:${port}`);
    expect(live.trouble()).toContain('another program listens there');
    const wait = (ms: number) =>
      new Promise<void>((resolve) => void plant.context.clock.setTimeout(() => resolve(), ms));
    await wait(6_000);
    await new Promise((resolve) => other.close(resolve));
    await wait(6_000);
    expect((await get(await live.port())).status).toBe(200);
    expect(plant.log.matching(/another program listens there/)).toHaveLength(1);
  });
  it('ends with long headers, junk, and more clients than there may be', async () => {
    const { port } = await listening();
    expect(await raw(port, `GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      / 4\d\d /,
    );
    expect(await raw(port, '\u0000\u0001junk\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    const idle = Array.from({ length: 60 }, () => connect(port ?? 0, '127.0.0.1').on('error', () => undefined));
    ends.push(async () => {
      for (const socket of idle) socket.destroy();
    });
    await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    // those beyond the limit are cut off at once, and not when their time for a request is over
    const began = performance.now();
    let cut = 0;
    await new Promise<void>((resolve) => {
      const count = () => {
        cut += 1;
        if (cut === 60 - 32) resolve();
      };
      for (const socket of idle) socket.destroyed ? count() : socket.resume().once('close', count);
    });
    expect(performance.now() - began).toBeLessThan(4_000);
    for (const socket of idle) socket.destroy();
    // there is room again when the server has noticed
    let status = 0;
    while (status !== 200)
      status = await get(port).then(
        (got) => got.status,
        () => 0,
      );
  });
  it('closes while a client holds its connection', async () => {
    const { port, live } = await listening();
    const held = raw(port, 'GET /metrics HTTP/1.1\r\nHost: local');
    await get(port);
    await live.close();
    await held;
    await expect(get(port)).rejects.toThrow();
  });
});
