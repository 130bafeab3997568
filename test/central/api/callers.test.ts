import { describe, expect, it } from 'vitest';
import { callerKey, createNets, isNet } from '../../../src/central/api/addresses.ts';
import { bearer, ELSEWHERE, setUp } from './setup.ts';

type Up = ReturnType<typeof setUp>;
type Ask = { readonly url?: string; readonly headers?: Record<string, string>; readonly remoteAddress?: string };

const ask = async ({ app }: Up, { url = '/api/v1/nodes', headers = {}, remoteAddress = '127.0.0.1' }: Ask) => {
  const host = { host: 'localhost:50080' };
  return (await app.inject({ url, headers: { ...host, ...headers }, remoteAddress })).statusCode;
};

describe('who may read', () => {
  it.each([
    ['this machine', {}, {}, 200],
    ['this machine, by IPv6', {}, { remoteAddress: '::1' }, 200],
    ['this machine, as an IPv6 server sees it', {}, { remoteAddress: '::ffff:127.0.0.1' }, 200],
    ['another machine', {}, { remoteAddress: ELSEWHERE }, 401],
    ['one that is trusted', { trust: ['192.0.2.0/24'] }, { remoteAddress: ELSEWHERE }, 200],
    ['one beside those trusted', { trust: ['192.0.2.0/29'] }, { remoteAddress: '192.0.2.9' }, 401],
    ['somebody behind a proxy here', {}, { headers: { 'x-forwarded-for': '127.0.0.1' } }, 401],
    ['somebody behind another kind of proxy', {}, { headers: { forwarded: 'for=127.0.0.1' } }, 401],
    ['one trusted, behind a proxy that is known', BEHIND(), { headers: { 'x-forwarded-for': ELSEWHERE } }, 200],
    ['one who says to be this machine', BEHIND(), { headers: { 'x-forwarded-for': '127.0.0.1' } }, 401],
    ['one trusted, behind a proxy unknown', { trust: [ELSEWHERE] }, { headers: { 'x-forwarded-for': ELSEWHERE } }, 401],
    ['a page under a foreign name', {}, { headers: { host: 'evil.example:50080' } }, 403],
    ['a name that was told', { names: ['centre.example'] }, { headers: { host: 'Centre.Example:50080' } }, 200],
    ['an address as the name', {}, { headers: { host: '[::1]:50080' } }, 200],
    ['a foreign name on all addresses', { host: '0.0.0.0' }, { headers: { host: 'evil.example' } }, 401],
  ] as const)('%s', async (_who, settings, request, status) => {
    expect(await ask(setUp(settings), request)).toBe(status);
  });

  it('anybody with the admin token, wherever it comes from and whatever the name', async () => {
    const up = setUp({ host: '0.0.0.0' });
    const headers = { ...bearer(await up.registry.issueAdminToken('')), host: 'centre.example' };
    expect(await ask(up, { headers, remoteAddress: ELSEWHERE })).toBe(200);
    expect(await ask(up, { headers: { ...headers, 'x-forwarded-for': '1.2.3.4' }, remoteAddress: ELSEWHERE })).toBe(
      200,
    );
  });

  it('what may not be read is not told by HEAD either', async () => {
    const { app } = setUp();
    const answer = await app.inject({ method: 'HEAD', url: '/api/v1/nodes', remoteAddress: ELSEWHERE });
    expect(answer.statusCode).toBe(401);
  });

  it('who may not is told what would let it', async () => {
    const detail = async (remoteAddress: string, headers = {}) =>
      (await setUp().app.inject({ url: '/api/v1/nodes', remoteAddress, headers })).json().detail;
    expect(await detail(ELSEWHERE)).toContain(`"lector central serve --trust ${ELSEWHERE}"`);
    expect(await detail('fd00::2:7')).toContain('"lector central serve --trust fd00::2:7"');
    expect(await detail('127.0.0.1', { 'x-forwarded-for': '1.2.3.4' })).toContain('--trust-proxy 127.0.0.1"');
    const behind = { url: '/api/v1/nodes', headers: { 'x-forwarded-for': '127.0.0.1' } };
    expect((await setUp(BEHIND()).app.inject(behind)).json().detail).not.toContain('--trust');
  });

  it('the token of a node does not read', async () => {
    const up = setUp();
    await up.registry.addNode(4, {});
    const headers = bearer(await up.registry.issueNodeToken(4, ''));
    expect(await ask(up, { headers, remoteAddress: ELSEWHERE })).toBe(401);
  });

  it('what it is, and whether it works, is told to all', async () => {
    expect(await ask(setUp(), { url: '/api/v1/about', remoteAddress: ELSEWHERE })).toBe(200);
    expect(await ask(setUp(), { url: '/api/v1/about', headers: { host: 'centre.example' } })).toBe(200);
    expect(await ask(setUp(), { url: '/api/v1/health', remoteAddress: ELSEWHERE })).toBe(200);
    expect(await ask(setUp({ databaseUp: false }), { url: '/api/v1/health' })).toBe(503);
  });
});

function BEHIND() {
  return { trust: [ELSEWHERE], proxies: ['127.0.0.1'] };
}

describe('who may change and deliver', () => {
  const add = (up: Up, headers: Record<string, string> = {}) =>
    up.app.inject({ method: 'POST', url: '/api/v1/nodes', payload: { id: 4 }, headers });

  it('changing needs the admin token, here too; the answer says how it is sent and where it comes from', async () => {
    const up = setUp();
    const answer = await add(up);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="lector"');
    expect(answer.json().detail).toContain('Authorization: Bearer');
    expect((await add(up, bearer('wrong'))).json().detail).toContain('lector central admin-token');
    const token = await up.registry.issueAdminToken('');
    expect((await add(up, bearer(token))).statusCode).toBe(201);
    await up.registry.revokeAdminTokens();
    expect((await add(up, bearer(token))).statusCode).toBe(401);
  });

  it('a form of a foreign page does not deliver with the rights of this machine', async () => {
    const { app } = setUp();
    const headers = { origin: 'http://evil.example', 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await app.inject({ method: 'POST', url: '/ws/v2/history/save/4/1/', headers, payload: 'MODEL=x' });
    expect([answer.statusCode, answer.json().type]).toEqual([403, '/problems/not-allowed']);
  });

  it('somebody behind a proxy on this machine does not deliver as this machine', async () => {
    const { app } = setUp();
    const headers = { 'x-forwarded-for': ELSEWHERE };
    const answer = await app.inject({ method: 'POST', url: '/api/v1/records', headers, payload: '' });
    expect(answer.statusCode).toBe(401);
  });
});

describe('F62 tokens that are wrong', () => {
  const limits = { wrongTokens: { perSecond: 1 / 6, burst: 3 } };

  it('slow down who sends them, and ask the database no more', async () => {
    const up = setUp({ limits });
    const tries = async () => ask(up, { headers: bearer('wrong'), remoteAddress: ELSEWHERE });
    expect([await tries(), await tries(), await tries(), await tries()]).toEqual([401, 401, 401, 429]);
    expect(up.fake.lookups()).toBe(3);
    await up.clock.advance(6_000);
    expect(await tries()).toBe(401);
  });

  it('do not shut out a right one of the same address that was seen before', async () => {
    const up = setUp({ limits });
    const good = bearer(await up.registry.issueAdminToken(''));
    const from = { remoteAddress: ELSEWHERE };
    expect(await ask(up, { headers: good, ...from })).toBe(200);
    for (let n = 0; n < 5; n += 1) await ask(up, { headers: bearer('wrong'), ...from });
    expect(await ask(up, { headers: good, ...from })).toBe(200);
    expect(await ask(up, { headers: bearer('wrong'), ...from })).toBe(429);
  });

  it('say how long to wait, and fill no log', async () => {
    const up = setUp({ limits });
    let last = await up.app.inject({ url: '/api/v1/nodes', headers: bearer('wrong'), remoteAddress: ELSEWHERE });
    for (let n = 0; n < 50; n += 1) {
      last = await up.app.inject({ url: '/api/v1/nodes', headers: bearer('wrong'), remoteAddress: ELSEWHERE });
    }
    expect(last.headers['retry-after']).toBe('6');
    expect(up.log.lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
    await up.clock.advance(60_000);
    await up.app.inject({ url: '/api/v1/nodes', headers: bearer('wrong'), remoteAddress: ELSEWHERE });
    expect(up.log.lines.at(-1)?.text).toContain('(and 2 times before)');
    expect(JSON.stringify(up.log.lines)).not.toContain('wrong"');
  });
});

describe('how often one may read', () => {
  it('a flood is slowed down, by address', async () => {
    const up = setUp({ limits: { reads: { perSecond: 2, burst: 3 } } });
    const codes = [];
    for (let n = 0; n < 5; n += 1) codes.push(await ask(up, {}));
    expect(codes).toEqual([200, 200, 200, 429, 429]);
    expect(await ask(up, { url: '/api/v1/about', remoteAddress: ELSEWHERE })).toBe(200);
    await up.clock.advance(1_000);
    expect([await ask(up, {}), await ask(up, {}), await ask(up, {})]).toEqual([200, 200, 429]);
  });
});

describe('addresses', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '::1'],
  ])('%s is counted as %s', (address, key) => {
    expect(callerKey(address)).toBe(key);
  });

  it.each(['10.0.0.0/8', '::1', '2001:db8::/32', '127.0.0.1'])('%s is a net', (text) => {
    expect(isNet(text)).toBe(true);
  });

  it.each(['10.0.0.0/33', 'x', '10.0.0.0/8/8', '', '::1/129', '10.0.0/8'])('"%s" is none', (text) => {
    expect(isNet(text)).toBe(false);
    expect(createNets([text])('10.0.0.1')).toBe(false);
  });
});
