import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadProfiles } from '../../../drivers/profiles/load.ts';
import { linesOf } from '../../../src/central/api/routes/batch.ts';
import { createTurns } from '../../../src/central/few-at-once.ts';
import { variablesOf } from '../../../src/central/schema/models.ts';
import { LectorError } from '../../../src/domain/errors.ts';
import { bearer, ELSEWHERE, ndjson, SITE, setUp, wire } from './setup.ts';

type Up = ReturnType<typeof setUp>;
type Post = { readonly headers?: Record<string, string>; readonly remoteAddress?: string };

const post = ({ app }: Up, payload: string | Buffer, { headers = {}, remoteAddress = '127.0.0.1' }: Post = {}) =>
  app.inject({ method: 'POST', url: '/api/v1/records', payload, headers, remoteAddress });

const statuses = (answer: { json(): { results: readonly { status: string }[] } }) =>
  answer.json().results.map(({ status }) => status);

describe('the batch call', () => {
  it('stores each record once and says so, one result a line', async () => {
    const up = setUp();
    const body = ndjson(wire(), wire('2026-11-25T13:00:00.000+01:00'));
    const first = await post(up, body, { headers: { 'content-type': 'application/x-ndjson' } });
    expect(first.statusCode).toBe(200);
    expect(first.json()).toEqual({ product: 'lector', results: [{ status: 'stored' }, { status: 'stored' }] });
    expect(statuses(await post(up, body))).toEqual(['duplicate', 'duplicate']);
    expect(up.fake.records).toHaveLength(2);
  });

  it('takes gzip, and NDJSON without an end of its last line', async () => {
    const up = setUp();
    const body = gzipSync(ndjson(wire()).trimEnd());
    expect(statuses(await post(up, body, { headers: { 'content-encoding': 'gzip' } }))).toEqual(['stored']);
  });

  it('refuses the bad lines of a batch alone, each with its reason', async () => {
    const up = setUp();
    const bad = Buffer.concat([Buffer.from(ndjson(wire(), '{"node": 4', '')), Buffer.from([0xff, 0xfe, 0x0a])]);
    const answer = await post(up, bad);
    expect(statuses(answer)).toEqual(['stored', 'refused', 'refused', 'refused']);
    expect(up.log.matching(/^3 of 4 records from 127\.0\.0\.1 were not stored: /)).toHaveLength(1);
    for (const { status, reason } of answer.json().results.slice(1))
      expect({ status, reason }).toMatchObject({ reason: expect.stringMatching(/expected/) });
  });

  it.each([
    ['more records than one batch may have', ndjson(...Array.from({ length: 501 }, () => '{}')), {}, 413],
    ['more bytes than may be sent', Buffer.alloc(1_048_577, 0x20), {}, 413],
    ['a small body that grows too large', gzipSync(Buffer.alloc(9_000_000)), { 'content-encoding': 'gzip' }, 413],
    ['gzip that was cut off', gzipSync(ndjson(wire())).subarray(0, 60), { 'content-encoding': 'gzip' }, 400],
    ['a packing that is not known', 'x', { 'content-encoding': 'br' }, 415],
  ])('%s: a problem, and nothing is stored', async (_what, body, headers, status) => {
    const up = setUp();
    const answer = await post(up, body, { headers: headers as Record<string, string> });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({
      type: status === 413 ? '/problems/too-large' : '/problems/bad-request',
      status,
    });
    expect(up.fake.records).toEqual([]);
  });

  it('an empty body has an empty answer', async () => {
    const answer = await post(setUp(), '');
    expect(answer.json()).toEqual({ product: 'lector', results: [] });
  });

  it('the token of a node is for its records alone', async () => {
    const up = setUp();
    await up.registry.addNode(4, {});
    const headers = bearer(await up.registry.issueNodeToken(4, ''));
    const other = wire(undefined, { node: 5 });
    const mixed = await post(up, ndjson(wire(), other), { headers, remoteAddress: ELSEWHERE });
    expect(statuses(mixed)).toEqual(['stored', 'refused']);
    expect(mixed.json().results[1].reason).toBe('the token of node 4 may not deliver for node 5');
    const wrong = await post(up, ndjson(other), { headers, remoteAddress: ELSEWHERE });
    expect(wrong.statusCode).toBe(403);
    expect(up.fake.records).toHaveLength(1);
  });

  it('without a token: from an address that is allowed, for its node', async () => {
    const up = setUp();
    const from = { remoteAddress: ELSEWHERE };
    expect((await post(up, ndjson(wire()), from)).statusCode).toBe(401);
    await up.registry.allow('192.0.2.0/24', 4);
    await up.clock.advance(3_000);
    expect(statuses(await post(up, ndjson(wire()), from))).toEqual(['stored']);
    expect((await post(up, ndjson(wire(undefined, { node: 5 })), from)).statusCode).toBe(403);
  });

  it('a second lector of the same node is told so, and stores nothing', async () => {
    const up = setUp();
    await up.app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload: SITE });
    const headers = { 'lector-instance': 'another' };
    const answer = await post(up, ndjson(wire()), { headers });
    expect(answer.json()).toMatchObject({
      type: '/problems/node-taken',
      status: 409,
      detail: expect.stringContaining('feeds'),
    });
    const own = await post(up, ndjson(wire()), { headers: { 'lector-instance': SITE.instance } });
    expect(statuses(own)).toEqual(['stored']);
  });

  it('a database that is away: 503 with the time to come back, and nothing is acknowledged', async () => {
    const up = setUp();
    up.fake.failWith(new LectorError('CENTRE_UNAVAILABLE', 'PostgreSQL is starting', { retryAfterMs: 7_500 }));
    const answer = await post(up, ndjson(wire()));
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('8');
    expect(answer.json()).toMatchObject({ type: '/problems/unavailable', detail: 'PostgreSQL is starting' });
  });

  it('many deliveries of one who may are no flood', async () => {
    const up = setUp({ limits: { reads: { perSecond: 1, burst: 2 }, wrongTokens: { perSecond: 1, burst: 2 } } });
    await up.registry.addNode(4, {});
    const headers = bearer(await up.registry.issueNodeToken(4, ''));
    for (let n = 0; n < 20; n += 1) {
      expect((await post(up, ndjson(wire()), { headers, remoteAddress: ELSEWHERE })).statusCode).toBe(200);
    }
  });

  it('a large batch leaves others their turn while it is read', async () => {
    const line = JSON.stringify(wire());
    const lines = Array.from({ length: 400 }, () => line + ' '.repeat(10_000)).join('\n');
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      timer = setImmediate(turn);
    };
    let timer = setImmediate(turn);
    const found = await linesOf(Buffer.from(lines), createTurns()).finally(() => clearImmediate(timer));
    expect([found.length, new Set(found.map(({ kind }) => kind))]).toEqual([400, new Set(['record'])]);
    expect(turns).toBeGreaterThan(10);
  });

  it('what grows too large is not unpacked first', async () => {
    const body = gzipSync(Buffer.alloc(60_000_000));
    const answer = await post(setUp(), body, { headers: { 'content-encoding': 'gzip' } });
    expect(answer.json()).toMatchObject({ status: 413, detail: expect.stringMatching(/once unpacked/) });
  });
});

describe('what else a lector calls', () => {
  it('says who it is, and the node is there with its analyzers and the error of its clock', async () => {
    const up = setUp();
    const answer = await up.app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload: SITE });
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    const node = (await up.app.inject('/api/v1/nodes/4')).json();
    expect(node).toMatchObject({ id: 4, name: 'School', version: '1.0.0', clockOffsetMs: 240_000 });
    expect(up.log.lines.map(({ text }) => text)).toEqual(['the clock of node 4 is 4 min ahead of this one']);
    const { analyzers } = (await up.app.inject('/api/v1/nodes/4/analyzers')).json();
    expect(analyzers[0]).toMatchObject({
      id: 1,
      model: 'PM710',
      variables: [{ code: 'TPF', phases: ['L1', 'L2', 'L3'] }],
    });
  });

  it('takes the site of a lector of as many analyzers as it is made for, with all that they measure', async () => {
    const up = setUp();
    const [profile] = [...loadProfiles().profiles.values()].filter(({ id }) => id === 'cvmk-4c');
    const all = SITE.analyzers.flatMap((each) =>
      Array.from({ length: 2_000 }, (_, n) => ({ ...each, id: n + 1, variables: variablesOf(profile!) })),
    );
    const payload = { ...SITE, analyzers: all };
    const answer = await up.app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload });
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(await up.registry.analyzers(4)).toHaveLength(2_000);
  });

  it.each([
    'constructor',
    '__proto__',
    'toString',
  ])('a variable %s is refused: it would be found in every record', async (code) => {
    const { app } = setUp();
    const [analyzer] = SITE.analyzers;
    const variables = [{ ...analyzer!.variables[0]!, code }];
    const payload = { ...SITE, analyzers: [{ ...analyzer!, variables }] };
    const answer = await app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload });
    expect(answer.json()).toMatchObject({ status: 400, detail: expect.stringContaining('another code') });
  });

  it('the site of another node than that of the path is refused', async () => {
    const { app } = setUp();
    const answer = await app.inject({ method: 'PUT', url: '/api/v1/nodes/5/site', payload: SITE });
    expect(answer.json()).toMatchObject({ status: 400, detail: expect.stringContaining('node 5') });
  });

  it('another data folder that says it is the same node is told in words', async () => {
    const { app } = setUp();
    await app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload: SITE });
    const payload = { ...SITE, instance: 'another' };
    const answer = await app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload });
    expect(answer.json()).toMatchObject({ type: '/problems/node-taken', status: 409 });
  });

  it('asks what is here: from exclusive, to inclusive', async () => {
    const up = setUp();
    await post(up, ndjson(wire('2026-11-25T12:00:00Z'), wire('2026-11-25T12:15:00Z'), wire('2026-11-25T12:30:00Z')));
    const ask = (query: string) => up.app.inject(`/api/v1/nodes/4/holdings?${query}`);
    const answer = await ask('from=2026-11-25T12:00:00Z&to=2026-11-25T12:30:00Z');
    expect(answer.json()).toEqual({
      node: 4,
      records: [
        [1, Date.UTC(2026, 10, 25, 12, 15), 0],
        [1, Date.UTC(2026, 10, 25, 12, 30), 0],
      ],
      since: null,
    });
    await up.registry.setRetention(2);
    const since = Date.UTC(2026, 10, 23, 12);
    expect((await ask('from=2026-11-25T12:15:00Z&to=2026-11-25T12:20:00Z')).json()).toEqual({
      node: 4,
      records: [],
      since,
    });
    expect((await ask('from=2026-10-01T00:00:00Z&to=2026-11-25T12:30:00Z')).statusCode).toBe(400);
    expect((await ask('from=2026-11-25T12:00:00Z')).json().detail).toMatch(/^query\.to: /);
  });
});
