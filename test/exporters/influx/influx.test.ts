import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeUrl } from '../../../src/exporters/influx/influx.ts';
import { exporterFor, kinds, quarters } from '../http/context.ts';
import { type Answer, listen, type Seen } from '../http/fake-server.ts';
import { temporaryFolder } from '../written.ts';

const BASE = 'http://127.0.0.1:8086';

async function against(answer: (seen: Seen) => Answer, options: Readonly<Record<string, string>> = { database: 'd' }) {
  const server = await listen(answer);
  return { server, ...exporterFor('influx', server.url, options) };
}

describe('where lines are written', () => {
  it.each([
    { options: { database: 'my db' }, url: `${BASE}/write?db=my+db&precision=ms` },
    { options: { database: 'd', retention_policy: 'year' }, url: `${BASE}/write?db=d&rp=year&precision=ms` },
    { options: { org: 'us', bucket: 'b' }, url: `${BASE}/api/v2/write?org=us&bucket=b&precision=ms` },
    { options: { version: '1', database: 'd', bucket: 'b' }, url: `${BASE}/write?db=d&precision=ms` },
  ])('$url', ({ options, url }) => {
    expect(writeUrl(`${BASE}/`, options)).toBe(url);
  });
});

describe('records to InfluxDB', () => {
  it('go packed, one line each, with the token of version 2', async () => {
    const file = join(temporaryFolder(), 'token');
    writeFileSync(file, 's3cret');
    const { exporter, server } = await against(() => ({ status: 204 }), { org: 'o', bucket: 'b', token_file: file });
    expect(kinds(await exporter.deliver(quarters(3)))).toEqual(['delivered', 'delivered', 'delivered']);
    expect(server.seen).toMatchObject([{ path: '/api/v2/write?org=o&bucket=b&precision=ms' }]);
    expect(server.seen[0]?.headers).toMatchObject({ authorization: 'Token s3cret', 'content-encoding': 'gzip' });
    expect(server.seen[0]?.body.trimEnd().split('\n')).toHaveLength(3);
  });

  it('go with user and password of version 1', async () => {
    const file = join(temporaryFolder(), 'password');
    writeFileSync(file, 'pass');
    const options = { database: 'd', user: 'joan', password_file: file };
    const { exporter, server } = await against(() => ({ status: 204 }), options);
    await exporter.deliver(quarters(1));
    expect(server.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('joan:pass').toString('base64')}`);
  });

  it('F64 a line that it cannot take is found and refused, and the others arrive', async () => {
    const { exporter } = await against((seen) =>
      seen.body.includes('TPF2=5,') ? { status: 400, body: '{"error":"field type conflict"}' } : { status: 204 },
    );
    const results = await exporter.deliver(quarters(8));
    expect(
      kinds(results)
        .map((kind, index) => (kind === 'delivered' ? '' : `${index} ${kind}`))
        .join(''),
    ).toBe('5 refused');
    expect(results[5]).toMatchObject({ reason: expect.stringContaining('it says: field type conflict') });
  });

  it('F64 where it takes no line at all, none is set aside', async () => {
    const { exporter } = await against(() => ({ status: 400, body: '{"error":"no"}' }));
    expect(kinds(await exporter.deliver(quarters(3)))).toEqual(['failed', 'failed', 'failed']);
    await expect(exporter.deliver(quarters(500))).rejects.toThrow('it says: no');
  });

  it.each([
    { answer: { status: 200, body: '<html>login</html>' }, says: /not how InfluxDB says that it wrote/ },
    { answer: { status: 302, headers: { location: '/login' } }, says: /it sends elsewhere/ },
    { answer: { status: 401, body: '{"message":"unauthorized access"}' }, says: /it says: unauthorized access/ },
    { answer: { status: 404, body: '{"error":"database not found: \\"d\\""}' }, says: /database not found/ },
    { answer: { status: 503, headers: { 'retry-after': '3' } }, says: /not available/ },
    { answer: 'cut' as const, says: /closed the connection/ },
  ])('F64 $says is no receipt', async ({ answer, says }) => {
    const { exporter } = await against(() => answer);
    await expect(exporter.deliver(quarters(2))).rejects.toMatchObject({ message: expect.stringMatching(says) });
  });
});
