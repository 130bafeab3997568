import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RecordWire } from '../../../src/protocol/record-wire.ts';
import { exporterFor, kinds, NOW, quarters, SITE } from '../http/context.ts';
import { type Answer, listen, type Seen } from '../http/fake-server.ts';
import { temporaryFolder } from '../written.ts';

async function against(answer: (seen: Seen) => Answer, options: Readonly<Record<string, string>> = {}) {
  const server = await listen(answer);
  return { server, ...exporterFor('http', `${server.url}/hook?id=7`, options) };
}

describe('records to a webhook', () => {
  it('go one a call as an object, each with a key of its own that stays the same', async () => {
    const { exporter, server } = await against(() => ({ status: 202 }));
    expect(kinds(await exporter.deliver(quarters(2)))).toEqual(['delivered', 'delivered']);
    await exporter.deliver(quarters(2));
    const wires = server.seen.map(({ body }) => JSON.parse(body) as RecordWire);
    expect(wires[1]).toMatchObject({ node: 4, analyzer: 1, end: '2026-05-04T14:00:00.000+02:00', n: 1 });
    const keys = server.seen.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(2);
    expect(keys.slice(0, 2)).toEqual(keys.slice(2));
    expect(server.seen[0]).toMatchObject({ path: '/hook?id=7', headers: { 'lector-instance': SITE.instance } });
    expect(server.seen[0]?.headers['lector-signature']).toBeUndefined();
  });

  it('go as an array where several may go together, also when there is only one', async () => {
    const { exporter, server } = await against(() => ({ status: 200 }), { batch: '3' });
    await exporter.deliver(quarters(4));
    expect(server.seen.map(({ body }) => (JSON.parse(body) as unknown[]).length)).toEqual([3, 1]);
  });

  it('are signed, so that who has the secret can tell that they are whole and fresh', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'secret'), 'k3y\n');
    writeFileSync(join(folder, 'token'), 't0ken\n');
    const options = { secret_file: join(folder, 'secret'), token_file: join(folder, 'token') };
    const { exporter, server } = await against(() => ({ status: 200 }), options);
    await exporter.deliver(quarters(1));
    const [{ headers, body } = { headers: {}, body: '' }] = server.seen;
    const timestamp = String(NOW / 1000);
    const signature = createHmac('sha256', 'k3y').update(`${timestamp}.${body}`).digest('hex');
    expect(headers).toMatchObject({
      'lector-timestamp': timestamp,
      'lector-signature': `sha256=${signature}`,
      authorization: 'Bearer t0ken',
    });
  });

  it.each([
    { ack: undefined, answer: { status: 204 }, kind: 'delivered' },
    { ack: 'thanks', answer: { status: 200, body: '{"msg":"thanks"}' }, kind: 'delivered' },
    { ack: 'thanks', answer: { status: 200, body: '<html>login</html>' }, kind: 'failed' },
    { ack: 'thanks', answer: { status: 500, body: 'thanks' }, kind: 'failed' },
    { ack: undefined, answer: { status: 422, body: '{"detail":"no"}' }, kind: 'failed' },
    { ack: undefined, answer: { status: 413 }, kind: 'refused' },
  ])('F64 $answer.status "$answer.body" where "$ack" is asked for: $kind', async ({ ack, answer, kind }) => {
    const { exporter } = await against(() => answer, ack === undefined ? {} : { ack });
    expect(kinds(await exporter.deliver(quarters(1)))).toEqual([kind]);
  });

  it.each([
    { answer: { status: 301, headers: { location: 'https://x.example' } }, says: /it sends elsewhere/ },
    { answer: { status: 404 }, says: /nothing at that address/ },
    { answer: { status: 401 }, says: /token/ },
    { answer: { status: 429, headers: { 'retry-after': '1' } }, says: /too many/ },
  ])('F64 $answer.status ends the attempt for all', async ({ answer, says }) => {
    const { exporter, server } = await against(() => answer);
    await expect(exporter.deliver(quarters(5))).rejects.toMatchObject({ message: expect.stringMatching(says) });
    expect(server.seen).toHaveLength(1);
  });

  it('F64 one record that the other end cannot take does not keep the others back', async () => {
    const { exporter } = await against((seen) => ({ status: seen.body.includes('229.8,2]') ? 500 : 200 }), {
      batch: '4',
    });
    expect(kinds(await exporter.deliver(quarters(4)))).toEqual(['delivered', 'delivered', 'failed', 'delivered']);
  });
});
