import { connect, type Socket } from 'node:net';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, describe, expect, it } from 'vitest';
import { bearer, setUp } from './setup.ts';

const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** What a server says to these bytes, until it closes. */
function said(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.write(bytes);
  return new Promise((resolve) => {
    socket.on('error', () => undefined).on('close', () => resolve(text));
  });
}

async function listening(up: ReturnType<typeof setUp>): Promise<number> {
  await up.app.listen({ port: 0, host: '127.0.0.1' });
  return (up.app.server.address() as { readonly port: number }).port;
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('whatever fails is a problem', () => {
  it.each([
    ['a path that is not there', { url: '/nothing' }, 404, 'not-found'],
    ['a method that it does not have', { method: 'DELETE', url: '/api/v1/about' }, 405, 'bad-request'],
    ['a path that cannot be decoded', { url: '/api/v1/nodes/%zz' }, 400, 'bad-request'],
    ['a part of a path that is too long', { url: `/api/v1/models/${'x'.repeat(300)}` }, 414, 'bad-request'],
    ['an id that is none', { url: '/api/v1/nodes/x' }, 400, 'bad-request'],
    ['an id out of range', { url: '/api/v1/nodes/4294967296' }, 400, 'bad-request'],
    ['a node that is not there', { url: '/api/v1/nodes/9' }, 404, 'not-found'],
    [
      'JSON that is none',
      { method: 'PUT', url: '/api/v1/nodes/4/site', payload: '{', headers: JSON_TYPE },
      400,
      'bad-request',
    ],
    ['JSON of another shape', { method: 'PUT', url: '/api/v1/nodes/4/site', payload: { node: 4 } }, 400, 'bad-request'],
    [
      'a body of another kind',
      { method: 'PUT', url: '/api/v1/nodes/4/site', payload: 'x', headers: { 'content-type': 'a/b' } },
      415,
      'bad-request',
    ],
    [
      'a body that is too large',
      { method: 'PUT', url: '/api/v1/nodes/4/site', payload: 'x'.repeat(17_000_000), headers: JSON_TYPE },
      413,
      'too-large',
    ],
  ] as const)('%s', async (_what, request, status, code) => {
    const answer = await setUp().app.inject(request);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = answer.json();
    expect(problem).toEqual({
      type: `/problems/${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
    });
    expect(problem.detail.length).toBeGreaterThan(10);
    expect(answer.body).not.toMatch(/\bat .*\.ts|node_modules/);
  });

  it('a wrong method names those there are', async () => {
    const answer = await setUp().app.inject({ method: 'DELETE', url: '/api/v1/about/' });
    expect(answer.headers.allow).toBe('GET, HEAD');
    expect(answer.json().detail).toBe('expected GET or HEAD for /api/v1/about/, saw DELETE');
  });

  it('a body of another kind is told which one is right, and the description has that answer', async () => {
    const up = setUp();
    const headers = {
      ...bearer(await up.registry.issueAdminToken('test')),
      'content-type': 'application/x-www-form-urlencoded',
    };
    const answer = await up.app.inject({ method: 'POST', url: '/api/v1/nodes', payload: 'id=4', headers });
    expect([answer.statusCode, answer.json().detail]).toEqual([415, expect.stringContaining('application/json')]);
    const { paths } = (await up.app.inject('/api/v1/openapi.json')).json();
    expect(paths['/api/v1/nodes'].post.responses['415']).toBeDefined();
  });

  it('all that is wrong with a body is told, with its place', async () => {
    const answer = await setUp().app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload: { node: -1 } });
    expect(answer.json().detail).toMatch(/body\.node: .*; body\.name is missing/);
  });

  it.each([
    ['/api/v1/records', 'query.node is missing; query.analyzer is missing'],
    ['/api/v1/records?node=1&analyzer=1&form=2026-11-25', 'query: nothing here is called "form"'],
    [
      '/api/v1/records?node=1&analyzer=1&resolution=year',
      'query.resolution: expected one of "raw"|"hour"|"day"|"month"',
    ],
    ['/api/v1/readings?node=x', 'query.node: expected a whole number'],
    ['/api/v1/readings?nodes=1', 'query: nothing here is called "nodes"'],
    ['/api/v1/stream?nodes=1', 'query: nothing here is called "nodes"'],
    ['/api/v1/nodes/1/analyzers/70000/reading', 'path.analyzer: expected number to be <=65535'],
  ])('a name that is none, or a value, is told and not passed over: %s', async (url, detail) => {
    const answer = await setUp().app.inject(url);
    expect(answer.json()).toMatchObject({ status: 400, detail });
  });

  it.each([
    ['PATCH', '/api/v1/nodes/4', { zone: 'Europe/Madrid' }, 'zone'],
    ['PATCH', '/api/v1/nodes/4/analyzers/1', { vendor: 'x' }, 'vendor'],
    ['PUT', '/api/v1/retention', { days: 1, keep: 2 }, 'keep'],
    ['POST', '/api/v1/allowed', { cidr: '10.0.0.0/8', nodes: 4 }, 'nodes'],
    ['DELETE', '/api/v1/nodes/4?record=remove', undefined, 'record'],
  ] as const)('a call that means something else changes nothing: %s %s', async (method, url, payload, name) => {
    const up = setUp();
    const headers = bearer(await up.registry.issueAdminToken('test'));
    const answer = await up.app.inject({ method, url, headers, ...(payload && { payload }) });
    expect(answer.json()).toMatchObject({
      status: 400,
      detail: expect.stringContaining(`nothing here is called "${name}"`),
    });
  });

  it('a bug says nothing of itself to the caller, and all to the log, once a minute', async () => {
    const up = setUp();
    up.fake.failWith(new Error('secret of the house'));
    const answers = [await up.app.inject('/api/v1/nodes'), await up.app.inject('/api/v1/nodes')];
    for (const answer of answers) {
      expect([answer.statusCode, answer.json().type]).toEqual([500, '/problems/unexpected']);
      expect(answer.body).not.toContain('secret');
    }
    expect(up.log.matching(/secret of the house/)).toMatchObject([{ level: 'error' }]);
  });

  it.each([
    ['the connection was lost', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), true],
    ['the disk is full', Object.assign(new Error('x'), { code: '53100' }), true],
    ['whatever, while the database is away', new Error('x'), false],
  ])('%s: not now, come back', async (_what, error, databaseUp) => {
    const up = setUp({ databaseUp });
    up.fake.failWith(error);
    const answer = await up.app.inject('/api/v1/nodes');
    expect([answer.statusCode, answer.headers['retry-after'], answer.json().type]).toEqual([
      503,
      '5',
      '/problems/unavailable',
    ]);
  });

  it('what is no HTTP, and headers without end, are told so on the bare connection', async () => {
    const port = await listening(setUp());
    expect(await said(port, 'GETVARS@1\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 .*application\/problem\+json.*\/problems\/bad-request/s,
    );
    expect(await said(port, `GET / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('F59 clients that are slow on purpose', () => {
  it('are ended in time, and the others notice nothing', async () => {
    const limits = { requestMs: 400, headersMs: 200, lookMs: 50 };
    const up = setUp({ limits });
    const port = await listening(up);
    const slow = Array.from({ length: 100 }, () => said(port, 'POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nX'));
    const half = said(port, 'POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/about`);
    expect(answer.status).toBe(200);
    for (const text of await Promise.all([...slow, half])) expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('headers', () => {
  it('every answer keeps browsers from doing more than to show it', async () => {
    const { app } = setUp();
    for (const url of ['/', '/api/v1/about', '/nothing']) {
      const { headers } = await app.inject(url);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['cache-control']).toBe('no-store');
    }
  });
});

describe('the description of the API', () => {
  it('is valid OpenAPI, and has every route with its problems', async () => {
    const { app } = setUp();
    const answer = await app.inject('/api/v1/openapi.json');
    const document = answer.json();
    const checked = await new Validator().validate(document);
    expect(checked.errors ?? []).toEqual([]);
    expect(checked.valid).toBe(true);
    const routes = app
      .printRoutes({ commonPrefix: false })
      .split('\n')
      .filter((line) => /\((?!HEAD\))/.test(line));
    const operations = Object.entries<Record<string, { responses: Record<string, unknown>; summary?: string }>>(
      document.paths,
    ).flatMap(([path, methods]) => Object.entries(methods).map(([method, each]) => ({ path, method, ...each })));
    expect(operations.length).toBeGreaterThanOrEqual(routes.length);
    for (const { path, method, responses, summary } of operations) {
      expect(summary, `${method} ${path}`).toMatch(/./);
      expect(Object.keys(responses), `${method} ${path}`).toEqual(expect.arrayContaining(['401', '429', '500', '503']));
      expect(JSON.stringify(responses['503'])).toContain('application/problem+json');
    }
  });

  it('says who may call a route, what it takes in its body, and gives each part of a path a name', async () => {
    const { paths } = (await setUp().app.inject('/api/v1/openapi.json')).json();
    const token = [{ token: [] }];
    expect([paths['/api/v1/about'].get.security, paths['/api/v1/nodes'].get.security]).toEqual([[{}], [{}, ...token]]);
    expect([paths['/api/v1/nodes'].post.security, paths['/api/v1/allowed'].get.security]).toEqual([token, token]);
    const bodies = ['/api/v1/records', '/ws/v2/history/save/{node}/{analyzer}'].map(
      (path) => paths[path].post.requestBody.content,
    );
    expect(bodies.map((content) => Object.keys(content))).toEqual([
      ['application/x-ndjson'],
      ['application/x-www-form-urlencoded'],
    ]);
    expect(bodies[1]?.['application/x-www-form-urlencoded'].schema.required).toEqual(['DATA_HORA', 'LECTURA']);
    expect(paths['/node/sQuery={text}'].get.parameters).toMatchObject([{ in: 'path', name: 'text' }]);
    expect(Object.keys(paths).join()).not.toContain('*');
  });
});

describe('the end', () => {
  it('what is being answered while it stops is answered', async () => {
    const up = setUp();
    const port = await listening(up);
    const gate = Promise.withResolvers<readonly never[]>();
    const asked = Promise.withResolvers<void>();
    Object.assign(up.registry, {
      nodes: () => {
        asked.resolve();
        return gate.promise;
      },
    });
    const text = said(port, 'GET /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await asked.promise;
    const closing = up.app.close();
    gate.resolve([]);
    await closing;
    expect(await text).toMatch(/^HTTP\/1\.1 200 .*\{"nodes":\[\]\}/s);
    await expect(fetch(`http://127.0.0.1:${port}/api/v1/about`)).rejects.toThrow();
  });
});
