import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient, type HttpRequest } from '../../src/http/client.ts';
import { certificate } from '../exporters/http/certificate.ts';
import { listen } from '../exporters/http/fake-server.ts';
import { requireTool } from '../support/require-tool.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const clients: HttpClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function created(change: { readonly ca?: string } = {}) {
  const clock = createSteppedClock();
  const client = createHttpClient({ clock, timeoutMs: 30_000, userAgent: 'lector/1.2.3', ...change });
  clients.push(client);
  return { clock, client };
}

const get = (url: string): HttpRequest => ({ method: 'GET', url });

describe('a request and its answer', () => {
  it('the body goes packed when that is asked for, and says who sends it', async () => {
    const server = await listen(() => ({ status: 201, body: 'done', headers: { 'retry-after': '7' } }));
    const { client } = created();
    const answer = await client.send({ method: 'POST', url: `${server.url}/a?b=1`, body: 'päck', gzip: true });
    expect(answer).toMatchObject({ status: 201, body: 'done', headers: { 'retry-after': '7' } });
    expect(server.seen).toMatchObject([{ method: 'POST', path: '/a?b=1', body: 'päck' }]);
    expect(server.seen[0]?.headers).toMatchObject({ 'user-agent': 'lector/1.2.3', 'content-encoding': 'gzip' });
  });

  it('one connection serves one request after the other, and at most four at once', async () => {
    const server = await listen(() => ({ status: 200 }));
    const { client } = created();
    for (let count = 0; count < 5; count += 1) await client.send(get(server.url));
    expect(new Set(server.seen.map(({ connection }) => connection)).size).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => client.send(get(server.url))));
    expect(new Set(server.seen.map(({ connection }) => connection)).size).toBeLessThanOrEqual(4);
  });

  it('a connection that the other end closed meanwhile is replaced, and nobody hears of it', async () => {
    let isFirst = true;
    const server = await listen(({ connection }) => {
      if (connection > 1 || isFirst) {
        isFirst = false;
        return { status: 200, body: String(connection) };
      }
      return 'cut';
    });
    const { client } = created();
    await client.send(get(server.url));
    expect(await client.send(get(server.url))).toMatchObject({ status: 200, body: '2' });
  });

  it('a redirect is an answer and not followed', async () => {
    const server = await listen(() => ({ status: 301, headers: { location: 'http://127.0.0.1:1/' } }));
    const { client } = created();
    expect(await client.send(get(server.url))).toMatchObject({ status: 301 });
    expect(server.seen).toHaveLength(1);
  });
});

describe('no answer', () => {
  it('F33 a server that takes the request and says nothing is given up after the time limit', async () => {
    const server = await listen(() => 'silent');
    const { client, clock } = created();
    const sent = client.send({ method: 'POST', url: server.url, body: 'x' });
    sent.catch(() => undefined);
    await server.arrived(1);
    await clock.advance(29_999);
    const early = await Promise.race([sent.then(String, String), 'waits still']);
    expect(early).toBe('waits still');
    await clock.advance(1);
    await expect(sent).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: `${server.url}: no whole answer within 30 s: it may have got the request all the same`,
      facts: { cause: 'ANSWER_TIMEOUT' },
    });
    expect(clock.pending()).toBe(0);
  });

  it('an answer that never ends is given up too, and so is one that is too long', async () => {
    const endless = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'));
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const { port } = endless.address() as { port: number };
    const { client, clock } = created();
    const sent = client.send(get(`http://127.0.0.1:${port}`));
    const outcome = expect(sent).rejects.toMatchObject({ facts: { cause: 'ANSWER_TIMEOUT' } });
    await new Promise<void>((resolve) => endless.once('connection', (socket) => socket.once('data', () => resolve())));
    await clock.advance(30_000);
    await outcome;
    await client.close();
    endless.close();
    const server = await listen(() => ({ status: 200, body: 'x'.repeat(2_000_000) }));
    await expect(created().client.send(get(server.url))).rejects.toMatchObject({ facts: { cause: 'ANSWER_TOO_LONG' } });
  });

  it('closing cuts what is under way', async () => {
    const server = await listen(() => 'silent');
    const { client, clock } = created();
    const sent = client.send(get(server.url));
    const outcome = expect(sent).rejects.toMatchObject({ code: 'EXPORT_FAILED' });
    await server.arrived(1);
    await client.close();
    await outcome;
    expect(clock.pending()).toBe(0);
    await expect(client.send(get(server.url))).rejects.toThrow('it is closing');
  });

  it.each([
    { where: 'http://127.0.0.1:1/x', says: /^http:..127\.0\.0\.1:1: nothing listens there/ },
    { where: 'http://no-such-host.invalid/', says: /name/ },
  ])('$where fails in words', async ({ where, says }) => {
    await expect(created().client.send(get(where))).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: expect.stringMatching(says),
    });
  });

  it('F64 a connection that is cut before the answer, every time, fails in words', async () => {
    const server = await listen(() => 'cut');
    await expect(created().client.send(get(server.url))).rejects.toThrow('closed the connection before it answered');
  });

  it('F64 what is no HTTP is said to be none', async () => {
    const echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const { port } = echo.address() as { port: number };
    await expect(created().client.send(get(`http://127.0.0.1:${port}`))).rejects.toThrow('HTTP');
    echo.close();
  });
});

describe.skipIf(!requireTool('openssl'))('TLS', () => {
  it.each([
    { what: 'a certificate of its own', change: {}, says: /signed by itself: name the authority .* <ca_file>/ },
    { what: 'an expired certificate', change: { days: -1 }, trusts: true, says: /its certificate has expired/ },
    { what: 'a certificate of another host', change: { host: 'other.example' }, trusts: true, says: /another name/ },
  ])('F64 $what is refused in words', async ({ change, trusts, says }) => {
    const own = certificate(change);
    const server = await listen(() => ({ status: 200 }), own);
    const { client } = created(trusts === true ? { ca: own.cert } : {});
    await expect(client.send(get(server.url))).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: expect.stringMatching(says),
    });
    expect(server.seen).toHaveLength(0);
  });

  it('a certificate of an authority that was named is trusted', async () => {
    const own = certificate();
    const server = await listen(() => ({ status: 200, body: 'safe' }), own);
    expect(await created({ ca: own.cert }).client.send(get(server.url))).toMatchObject({ body: 'safe' });
  });

  it('F64 https against a port that speaks plain HTTP is said to be that', async () => {
    const server = await listen(() => ({ status: 200 }));
    const sent = created().client.send(get(server.url.replace('http:', 'https:')));
    await expect(sent).rejects.toThrow('it does not speak TLS there');
  });
});
