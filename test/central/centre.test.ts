import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { API_SETTINGS } from '../../src/central/api/settings.ts';
import { type Centre, createCentre } from '../../src/central/centre.ts';
import { systemClock } from '../../src/clock.ts';
import { zoneOffset } from '../../src/zone.ts';
import { emptyDatabase } from '../support/database.ts';
import { createLogLines } from '../support/log-lines.ts';
import { ndjson, SITE, wire } from './api/setup.ts';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function database(): Promise<string> {
  const { url, drop } = await emptyDatabase();
  ends.push(drop);
  return url;
}

async function start(url: string, change: { readonly port?: number; readonly host?: string } = {}) {
  const log = createLogLines();
  const settings = { ...API_SETTINGS, host: change.host ?? '127.0.0.1' };
  const about = { database: { url }, port: change.port ?? 0, settings, version: '9.9.9', zoneOffset };
  const centre = await createCentre({ ...about, clock: systemClock(), log });
  ends.push(() => centre.close());
  return { centre, log };
}

const deliver = async ({ origin }: Centre, ...ends: readonly string[]): Promise<readonly string[]> => {
  const answer = await fetch(`${origin}/api/v1/records`, {
    method: 'POST',
    body: ndjson(...ends.map((end) => wire(end))),
  });
  const { results } = (await answer.json()) as { results: readonly { status: string }[] };
  return results.map(({ status }) => status);
};

describe('a centre', () => {
  it('makes its tables, takes records, and still has them after it was stopped and started', async () => {
    const url = await database();
    const { centre, log } = await start(url);
    expect(log.lines[0]?.text).toMatch(
      /^the centre listens at http:\/\/127\.0\.0\.1:\d+ and keeps records in the Post/,
    );
    expect(log.matching(/may deliver from 127\.0\.0\.0\/8, ::1/)).toHaveLength(1);
    expect(
      log.matching(/no site has delivered yet: write <dataexports> <dataexport type="clientRest" target="http:/),
    ).toHaveLength(1);
    expect(await deliver(centre, '2026-11-25T10:00:00Z')).toEqual(['stored']);
    await centre.close();
    await expect(fetch(`${centre.origin}/api/v1/about`)).rejects.toThrow();
    const again = await start(url);
    expect(await deliver(again.centre, '2026-11-25T10:00:00Z')).toEqual(['duplicate']);
    expect(again.log.matching(/no site has delivered/)).toEqual([]);
  });

  it('several start at once on one database, and store each record once', async () => {
    const url = await database();
    const centres = await Promise.all([start(url), start(url), start(url)]);
    const stamps = Array.from({ length: 20 }, (_, n) => new Date(Date.UTC(2026, 10, 25) + n * 900_000).toISOString());
    const told = await Promise.all(centres.map(({ centre }) => deliver(centre, ...stamps)));
    const all = told.flat();
    expect(all.filter((status) => status === 'stored')).toHaveLength(20);
    expect(all.filter((status) => status === 'duplicate')).toHaveLength(40);
  });

  it('a port that another program has is said in words, and nothing stays open', async () => {
    const url = await database();
    const other = createServer().listen(0, '127.0.0.1');
    ends.push(async () => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { readonly port: number };
    await expect(start(url, { port })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^cannot listen on port \d+ of 127\.0\.0\.1: another program .* another --port$/),
    });
  });

  it('an address that this machine does not have is said in words', async () => {
    const url = await database();
    await expect(start(url, { host: '192.0.2.1' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('plain HTTP beyond this machine is warned of once', async () => {
    const { log } = await start(await database(), { host: '0.0.0.0' });
    expect(log.lines.filter(({ level }) => level === 'warn').map(({ text }) => text)).toEqual([
      expect.stringMatching(/is plain HTTP: .*--tls-cert/),
    ]);
  });

  it('ends though somebody reads the stream', async () => {
    const { centre } = await start(await database());
    const answer = await fetch(`${centre.origin}/api/v1/stream`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const from = performance.now();
    await centre.close();
    // and not when the time for answers is over
    expect(performance.now() - from).toBeLessThan(4_500);
    await answer.text().catch(() => undefined);
  });

  it('closing twice is fine', async () => {
    const { centre } = await start(await database());
    await centre.close();
    await centre.close();
  });
});

describe('over the real database', () => {
  const call = async ({ origin }: Centre, path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${origin}${path}`, init);
    const text = await answer.text();
    return { code: answer.status, text, json: () => JSON.parse(text) as Record<string, unknown> };
  };
  const asJson = (body: unknown, token?: string) => ({
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });

  it('a site says who it is, delivers, asks what is here, and is shown', async () => {
    const { centre } = await start(await database());
    const put = { method: 'PUT', ...asJson(SITE) };
    expect((await call(centre, '/api/v1/nodes/4/site', put)).code).toBe(204);
    const other = { method: 'PUT', ...asJson({ ...SITE, instance: '7d9c0f1e-0000-4000-8000-000000000002' }) };
    expect((await call(centre, '/api/v1/nodes/4/site', other)).json()).toMatchObject({ type: '/problems/node-taken' });
    await deliver(centre, '2026-11-25T10:00:00Z', '2026-11-25T10:15:00Z');
    const held = await call(centre, '/api/v1/nodes/4/holdings?from=2026-11-25T00:00:00Z&to=2026-11-25T10:15:00Z');
    expect(held.json().records).toEqual([
      [1, Date.UTC(2026, 10, 25, 10), 0],
      [1, Date.UTC(2026, 10, 25, 10, 15), 0],
    ]);
    const page = await call(centre, '/');
    expect(page.text).toContain('School <span class="soft">node 4</span>');
    expect(page.text).toContain('230.1 / 229.5 / 231.0 V');
  });

  it('an admin token changes things; a node with records is not removed by mistake', async () => {
    const { centre } = await start(await database());
    const token = await centre.registry.issueAdminToken('test');
    await deliver(centre, '2026-11-25T10:00:00Z');
    const remove = { method: 'DELETE', headers: { authorization: `Bearer ${token}` } };
    expect((await call(centre, '/api/v1/nodes/4', remove)).json()).toMatchObject({ type: '/problems/conflict' });
    expect((await call(centre, '/api/v1/nodes/4?records=remove', remove)).code).toBe(204);
    expect((await call(centre, '/api/v1/nodes/4')).code).toBe(404);
    const add = { method: 'POST', ...asJson({ id: 4, timezone: 'Europe/Nowhere' }, token) };
    expect((await call(centre, '/api/v1/nodes', add)).json().detail).toMatch(/time zone/);
  });

  it("the predecessor's call stores, and tells again what it has", async () => {
    const { centre } = await start(await database());
    await centre.registry.addNode(4, { timezone: 'Europe/Madrid' });
    await centre.registry.addAnalyzer(4, 1, { model: 'PM710' });
    const body =
      'DATA_HORA=25%2F11%2F2026+12%3A45%3A00&LECTURA=%7B%22TPF%22%3A%5B230.125%2C229.5%2C231%5D%7D&MODEL=PM710';
    const form = { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect(await call(centre, '/ws/v2/history/save/4/1/', form)).toMatchObject({
      code: 201,
      text: expect.stringMatching(/^#Saved:\d+$/),
    });
    expect((await call(centre, '/ws/v2/history/save/4/1', form)).code).toBe(409);
    expect((await call(centre, '/ws/v2/history/save/4/2/', form)).code).toBe(404);
    const load = await call(centre, '/ws/v2/history/load/4/1/TPF/25-11-2026/25-11-2026/');
    expect(load.json()).toMatchObject({
      ResultSet: {
        Lectures: [{ dataHora: '2026-11-25T12:45:00', variable: 'TPF', valor: [230.13, 229.5, 231], unitats: 'V' }],
      },
    });
  });
});
