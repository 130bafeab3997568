import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { toFailure } from '../../../src/domain/errors.ts';
import { createTopic } from '../../../src/exporters/alarms/topic.ts';
import { createWebhook } from '../../../src/exporters/alarms/webhook.ts';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.ts';
import { type ActionOf, actionContext, alarmWire, never } from './samples.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function receiver(status = 204, headers: Readonly<Record<string, string>> = {}) {
  const got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += String(piece);
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

const hook = (url: string, change: Partial<ActionOf<'webhook'>> = {}): ActionOf<'webhook'> => ({
  ...{ kind: 'webhook', url, secret: null, token: null, caFile: null, timeoutMs: 30_000 },
  ...change,
});
function secretFile(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'lector-hook-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'secret'), `${text}\n`, { mode: 0o600 });
  return { kind: 'file', path: join(folder, 'secret') } as const;
}

describe('a webhook', () => {
  it('gets the alarm as JSON, signed, with a token', async () => {
    const { got, url } = await receiver();
    const action = hook(url, { secret: secretFile('key-17'), token: secretFile('token-18') });
    await createWebhook(actionContext())(action, alarmWire(), never);
    const [first] = got;
    expect(JSON.parse(first!.body)).toEqual(alarmWire());
    const timestamp = String(first!.headers['lector-timestamp']);
    const expected = createHmac('sha256', 'key-17').update(`${timestamp}.${first!.body}`).digest('hex');
    expect(first!.headers).toMatchObject({
      ...{ 'content-type': 'application/json', authorization: 'Bearer token-18', 'user-agent': 'lector/1.2.3' },
      'lector-signature': `sha256=${expected}`,
    });
  });

  it.each([
    [500, 'EXPORT_FAILED'],
    [503, 'EXPORT_FAILED'],
    [404, 'EXPORT_FAILED'],
    [302, 'EXPORT_REFUSED'],
    [400, 'EXPORT_REFUSED'],
    [401, 'EXPORT_REFUSED'],
  ])('that answers %i: %s', async (status, code) => {
    const { url, got } = await receiver(status, { location: 'http://127.0.0.1:1/' });
    const failure = await createWebhook(actionContext())(hook(url), alarmWire(), never).catch((error: unknown) =>
      toFailure(error),
    );
    expect(failure).toMatchObject({ code, message: expect.stringContaining(String(status)) });
    expect(got).toHaveLength(1);
  });

  it('whose secret cannot be read is not called', async () => {
    const { url, got } = await receiver();
    const action = hook(url, { secret: { kind: 'env', name: 'LECTOR_NO_SUCH_SECRET' } });
    await expect(createWebhook(actionContext())(action, alarmWire(), never)).rejects.toThrow('is not set');
    expect(got).toEqual([]);
  });

  it('that nobody serves fails in words', async () => {
    const failure = createWebhook(actionContext())(hook('http://127.0.0.1:1/x'), alarmWire(), never);
    await expect(failure).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: expect.stringMatching(/127\.0\.0\.1:1/),
    });
  });
});

describe.skipIf(!requireMosquitto())('a topic', () => {
  const topic = (url: string, change: Partial<ActionOf<'mqtt'>> = {}): ActionOf<'mqtt'> => ({
    ...{ kind: 'mqtt', url, topic: 'lector/4/alarm', retain: true, user: '', password: null, caFile: null },
    ...change,
  });

  it('gets the alarm as JSON, kept where that is asked for', async () => {
    const mosquitto = await startMosquitto({ config: ['allow_anonymous true'], onEnd: (end) => void ends.push(end) });
    await createTopic(actionContext())(topic(mosquitto.url), alarmWire(), never);
    const { connectMqtt } = await import('../../../src/exporters/mqtt/session.ts');
    const { brokerOf } = await import('../../../src/exporters/mqtt/target.ts');
    const session = await connectMqtt({
      ...{
        broker: brokerOf(mosquitto.url),
        clock: actionContext().clock,
        clientId: 'looker',
        user: null,
        password: null,
      },
    });
    ends.push(() => session.close(100));
    const heard = Promise.withResolvers<string>();
    await session.subscribe(['lector/4/alarm'], (_, payload) => heard.resolve(payload));
    expect(JSON.parse(await heard.promise)).toEqual(alarmWire());
  });

  it('of a broker that refuses or is not there fails in words, with its address and without the password', async () => {
    const mosquitto = await startMosquitto({
      ...{ config: ['allow_anonymous false', 'password_file FOLDER/users'], files: { users: '' } },
      onEnd: (end) => void ends.push(end),
    });
    const action = topic(mosquitto.url, { user: 'me', password: secretFile('secret-19') });
    const failure = await createTopic(actionContext())(action, alarmWire(), never).catch((error: unknown) =>
      toFailure(error),
    );
    expect(JSON.stringify(failure)).toMatch(/mqtt:\/\/127\.0\.0\.1:\d+: /);
    expect(JSON.stringify(failure)).not.toContain('secret-19');
    await expect(createTopic(actionContext())(topic('mqtt://127.0.0.1:1'), alarmWire(), never)).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
    });
  });
});
