import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../src/central/cost/ports.ts';
import type { CentralRecord } from '../../../src/central/ports.ts';
import type { Database } from '../../../src/central/schema/database.ts';
import type { CostEvent } from '../../../src/domain/cost-event.ts';
import { epochMs } from '../../../src/domain/units.ts';
import type { SiteWire } from '../../../src/protocol/site-wire.ts';
import { afterTest } from '../../support/afterwards.ts';
import { VIEWS } from '../history/sample-records.ts';
import { DAY_NIGHT, PLAIN, QUARTER_MS, quarterHours, supply, winter } from './supply.ts';

const NOW = '2026-01-20T00:00:00+01:00';
const HOUR_MS = 3_600_000;

const of = (analyzer: number, records: readonly CentralRecord[]): readonly CentralRecord[] =>
  records.map((record) => ({ ...record, analyzer }));

/** A building of 5 kW in a time, of which its workshop takes 2 kW, by the plain contract of its site. */
async function building(from = '2026-01-20', to = '2026-01-20') {
  const up = await supply(NOW);
  await up.registry.addAnalyzer(4, 2, { name: 'Workshop' });
  const columns = 'UPDATE analyzers SET recording_ms = $1, variables = $2';
  await up.database.pool.query(columns, [QUARTER_MS, JSON.stringify(VIEWS)]);
  const [first, last] = [winter(from), winter(to)];
  await up.store([
    ...quarterHours(first, last, () => 5),
    ...of(
      2,
      quarterHours(first, last, () => 2),
    ),
  ]);
  await up.call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
  await up.call('POST', '/api/v1/assignments', { node: 4, contract: 'plain' });
  return up;
}

const SITE: SiteWire = {
  ...{ node: 4, name: 'School', location: '', timezone: 'Europe/Madrid', version: '1.0.0' },
  ...{ instance: '11111111-aaaa', now: NOW, analyzers: [] },
};
const SUM = { id: 100, name: 'Building', location: 'Vic', of: '1 - 2' };
const NOTE: CostEvent = { id: 1, analyzerId: 1, text: 'a\u0000note', kind: 'note', at: epochMs(Date.parse(NOW)) };

describe('virtual meters of the centre', () => {
  it('are made, listed, charged by a contract of their own, and removed with it', async () => {
    const { call } = await building('2026-01-04', '2026-01-07');
    const made = await call('PUT', '/api/v1/nodes/4/virtuals/100', { name: 'Rest', of: '1 - 2' });
    const row = { node: 4, id: 100, name: 'Rest', location: '', of: '1 - 2', origin: 'centre' };
    expect(made).toMatchObject({ code: 200, body: row });
    await call('PUT', '/api/v1/nodes/4/virtuals/100', { name: 'Building', of: '1 - 2' });
    const { body } = await call('GET', '/api/v1/nodes/4/virtuals');
    expect(body).toEqual({ virtuals: [{ ...row, name: 'Building' }] });
    expect((await call('GET', '/api/v1/virtuals')).body).toEqual(body);
    const dear = { ...PLAIN, energyPrices: [{ from: '2020-01-01', all: 1 }] };
    await call('PUT', '/api/v1/contracts/dear', { contract: dear });
    await call('POST', '/api/v1/assignments', { node: 4, analyzer: 100, contract: 'dear' });
    const bill = 'node=4&analyzer=100&from=2026-01-05&to=2026-01-06';
    // 24 h x (5 - 2) kW x 1.00, and 10 % of VAT
    expect((await call('GET', `/api/v1/bills?${bill}`)).body).toMatchObject({ name: 'Building', total: '79.20' });
    expect((await call('DELETE', '/api/v1/nodes/4/virtuals/100')).code).toBe(204);
    expect((await call('GET', '/api/v1/assignments')).body.assignments).toHaveLength(1);
    expect((await call('GET', `/api/v1/bills?${bill}`)).body.detail).toContain('no analyzer 100, and no virtual meter');
  });

  it('what is none, or could be something else, is refused', async () => {
    const { call, registry } = await building();
    const put = (id: number, body: object) => call('PUT', `/api/v1/nodes/4/virtuals/${id}`, body);
    expect((await put(100, { of: '1' })).body.detail).toContain('1 - 5');
    expect((await put(100, { of: '1 + 7' })).body.detail).toContain('no analyzer 7');
    expect((await put(2, { of: '1 - 2' })).body.detail).toContain('2 is an analyzer of node 4 (Workshop)');
    expect((await call('PUT', '/api/v1/nodes/9/virtuals/100', { of: '1 - 2' })).body.detail).toContain('no node 9');
    expect((await call('DELETE', '/api/v1/nodes/4/virtuals/100')).body.detail).toContain('no virtual meter 100');
    await put(100, { of: '1 - 2' });
    const bill = () => call('GET', '/api/v1/bills?node=4&analyzer=100');
    await registry.removeAnalyzer(4, 2, true);
    expect(await bill()).toMatchObject({
      code: 404,
      body: { detail: expect.stringContaining('analyzer 2 of node 4') },
    });
    await registry.addAnalyzer(4, 100, {});
    expect(await bill()).toMatchObject({ code: 409, body: { detail: expect.stringContaining('another id') } });
  });

  it('are forecast, and cost by the old call', async () => {
    const { call } = await building('2026-01-01', '2026-01-20');
    await call('PUT', '/api/v1/nodes/4/virtuals/100', { of: '1 - 2' });
    const { body } = await call('GET', '/api/v1/forecast?node=4&analyzer=100');
    // 31 x 24 h x 3 kW = 2232 kWh x 0.20 = 446.40, VAT 44.64; until the 20th 19 x 72 = 1368 kWh, 273.60 + 27.36
    expect(body).toMatchObject({ total: '491.04', soFar: { total: '300.96' } });
    const old = await call('GET', '/costs/4-100/05-01-2026/05-01-2026');
    expect(old.body.ResultSet.Linies).toMatchObject([{ consumTotal: '72.00', costTotal: '14.40' }]);
  });
});

describe('events of the centre', () => {
  it('are entered, listed, and taken back; what cannot be is refused', async () => {
    const { call } = await building();
    const add = (body: object) => call('POST', '/api/v1/events', { node: 4, analyzer: 1, ...body });
    const time = { from: '2026-01-05T08:00:00+01:00', to: '2026-01-05T12:00:00+01:00' };
    const [first, second] = await Promise.all([
      add({ kind: 'maintenance', ...time, text: 'boiler' }),
      add({ kind: 'note', text: 'new tenant' }),
    ]);
    expect(new Set([first.body.id, second.body.id])).toEqual(new Set([1, 2]));
    const { events } = (await call('GET', '/api/v1/events?node=4')).body;
    const told = { kind: 'maintenance', origin: 'centre', text: 'boiler', from: '2026-01-05T07:00:00.000Z' };
    expect(events).toMatchObject([told, { kind: 'note', at: '2026-01-19T23:00:00.000Z' }]);
    expect((await add({ kind: 'maintenance', from: time.to, to: time.from })).body.detail).toContain('after');
    expect((await add({ kind: 'note', text: 'x', analyzer: 7 })).body.detail).toContain('no analyzer 7');
    const shown = { kind: 'exchange', at: time.from, old: 1 };
    expect((await add(shown)).code).toBe(400);
    const counter = (code: string) => add({ ...shown, new: 0, counter: code });
    expect((await counter('PAT')).body.detail).toMatch(/expected one of CEA.*; saw "PAT"/);
    const exchange = (await counter('cea')).body;
    expect(exchange.counter).toBe('CEA');
    expect((await call('DELETE', `/api/v1/events?node=4&id=${exchange.id}`)).code).toBe(204);
    // its number is not given again
    expect((await add({ kind: 'note', text: 'later' })).body.id).toBe(exchange.id + 1);
    const { id } = first.body;
    expect((await call('DELETE', `/api/v1/events?node=4&id=${id}`)).code).toBe(204);
    expect((await call('DELETE', `/api/v1/events?node=4&id=${id}`)).code).toBe(409);
    expect((await call('DELETE', '/api/v1/events?node=4&id=9999999999')).code).toBe(400);
    expect((await call('GET', '/api/v1/events')).body.events).toHaveLength(2);
  });

  it('change the bill of the analyzer and of the sums that it is in', async () => {
    const { call } = await building('2026-01-04', '2026-01-07');
    await call('PUT', '/api/v1/nodes/4/virtuals/100', { of: '1 - 2' });
    const time = { from: '2026-01-05T08:00:00+01:00', to: '2026-01-05T12:00:00+01:00' };
    await call('POST', '/api/v1/events', { node: 4, analyzer: 1, kind: 'maintenance', ...time });
    const bill = async (analyzer: number) =>
      (await call('GET', `/api/v1/bills?node=4&analyzer=${analyzer}&from=2026-01-05&to=2026-01-06`)).body;
    // 20 h x 5 kW x 0.20 = 20.00, VAT 2.00; 20 h x 3 kW x 0.20 = 12.00, VAT 1.20
    expect(await bill(1)).toMatchObject({ total: '22.00' });
    const sum = await bill(100);
    expect(sum).toMatchObject({ total: '13.20' });
    expect(sum.bills[0].notes).toContain('analyzer 1: 2026-01-05 08:00 to 2026-01-05 12:00 not billed');
  });

  it('a meter that was exchanged: its counter began anew, and nothing of the energy is lost', async () => {
    const { call, store, registry, database } = await supply('2026-01-20T00:00:00+01:00');
    await registry.addAnalyzer(4, 3, { name: 'Exchanged' });
    const columns = 'UPDATE analyzers SET recording_ms = $1, variables = $2';
    await database.pool.query(columns, [QUARTER_MS, JSON.stringify(VIEWS)]);
    const noon = winter('2026-01-05') + 12 * HOUR_MS;
    // the counter shows 1000 less from noon on; the record of that quarter tells no difference, and no power
    const exchanged = quarterHours(winter('2026-01-04'), winter('2026-01-07'), () => 4).map((record) => {
      const { CEA, PAT } = record.variables;
      if (record.end <= noon || CEA === undefined || PAT === undefined) return record;
      const after = { ...CEA, values: CEA.values.map((value) => (value ?? 0) - 1000) };
      const isFirst = record.end === noon + QUARTER_MS;
      const first = { PAT: { ...PAT, values: [null] }, CEA: { ...after, delta: [null] } };
      return { ...record, variables: { ...record.variables, ...(isFirst ? first : { CEA: after }) } };
    });
    await store(of(3, exchanged));
    await call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
    const bill = async () =>
      (await call('GET', '/api/v1/bills?node=4&analyzer=3&from=2026-01-05&to=2026-01-06&contract=plain')).body.bills[0];
    expect((await bill()).kwh).toBeCloseTo(95, 6);
    const shown = { at: new Date(noon).toISOString(), old: 1000 + 4 * 36, new: 4 * 36 };
    await call('POST', '/api/v1/events', { node: 4, analyzer: 3, kind: 'exchange', ...shown });
    const whole = await bill();
    expect(whole.kwh).toBeCloseTo(96, 6);
    expect(whole.coverage).toBe(1);
  });
});

describe('what a site tells of its sums and events', () => {
  it('takes the place of what it told before; what was made here stays', async () => {
    const { call, registry, meters, deps } = await building();
    const tell = (told: Partial<SiteWire>) => registry.acceptSite({ ...SITE, ...told }, deps.clock.now(), true);
    await call('PUT', '/api/v1/nodes/4/virtuals/200', { of: '1 + 2' });
    await call('POST', '/api/v1/events', { node: 4, analyzer: 2, kind: 'note', text: 'here' });
    await tell({ virtuals: [SUM, { ...SUM, id: 101 }], events: [NOTE, { ...NOTE, id: 2, text: '' }] });
    const sums = async () => (await meters.virtuals(4)).map(({ id, origin, of: terms }) => `${id} ${origin} ${terms}`);
    const events = async () => (await meters.events(4)).map(({ origin, event }) => `${origin} ${event.text}`);
    expect(await sums()).toEqual(['100 site 1 - 2', '101 site 1 - 2', '200 centre 1 + 2']);
    expect((await events()).toSorted()).toEqual(['centre here', 'site ', 'site a note']);
    await tell({ virtuals: [{ ...SUM, of: '2 - 1' }], events: null });
    expect(await sums()).toEqual(['100 site 2 - 1', '200 centre 1 + 2']);
    expect(await events()).toHaveLength(3);
    const refused = { put: meters.putVirtual({ node: 4, ...SUM }), remove: meters.removeVirtual(4, 100) };
    await expect(refused.put).rejects.toThrow('the site tells the virtual meter 100');
    await expect(refused.remove).rejects.toThrow('config.xml');
    await expect(meters.removeEvent(4, 2)).rejects.toThrow('lector event remove 2 there');
    await tell({ virtuals: [{ ...SUM, id: 200, of: '1 - 2' }] });
    expect(await sums()).toEqual(['200 site 1 - 2']);
    await tell({});
    expect(await sums()).toEqual([]);
    expect(await events()).toEqual(['centre here']);
  });

  it('that cannot be kept is a bad request, after which a lector delivers its records all the same', async () => {
    const { app, registry } = await building();
    const headers = { authorization: `Bearer ${await registry.issueNodeToken(4, 'test')}` };
    const tell = async (event: object) => {
      const payload = { ...SITE, events: [{ ...NOTE, ...event }] };
      const { statusCode } = await app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', headers, payload });
      return statusCode;
    };
    expect(await tell({ id: 3_000_000_000 })).toBe(400);
    expect(await tell({ analyzerId: 70_000 })).toBe(400);
    expect(await tell({ id: 2_147_483_647 })).toBe(204);
  });
});

describe('contracts of the centre', () => {
  it('are added, listed, shown as written, replaced, and removed when nothing is charged by them', async () => {
    const { call } = await supply(NOW);
    const added = await call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
    expect(added).toMatchObject({ code: 200, body: { name: 'plain', title: 'Plain', timezone: 'Europe/Madrid' } });
    await call('PUT', '/api/v1/contracts/plain', { contract: { ...PLAIN, name: 'Plainer' } });
    expect((await call('GET', '/api/v1/contracts')).body.contracts).toMatchObject([{ title: 'Plainer' }]);
    expect((await call('GET', '/api/v1/contracts/plain')).body.contract).toEqual({ ...PLAIN, name: 'Plainer' });
    await call('POST', '/api/v1/assignments', { node: 4, contract: 'plain' });
    const refused = await call('DELETE', '/api/v1/contracts/plain');
    expect(refused).toMatchObject({
      code: 409,
      body: { detail: expect.stringContaining('node 4 is charged by plain') },
    });
    expect((await call('DELETE', '/api/v1/assignments?node=4')).code).toBe(204);
    expect((await call('DELETE', '/api/v1/contracts/plain')).code).toBe(204);
    expect((await call('GET', '/api/v1/contracts/plain')).code).toBe(404);
  });

  it('one that is wrong is refused with what is wrong with it', async () => {
    const { call } = await supply(NOW);
    const { code, body } = await call('PUT', '/api/v1/contracts/plain', { contract: { ...PLAIN, vat: [{}] } });
    expect({ code, detail: body.detail }).toMatchObject({
      code: 409,
      detail: expect.stringContaining('plain: vat[0]'),
    });
    const dynamic = { ...PLAIN, hourlyPrices: 'prices.csv' };
    const missing = await call('PUT', '/api/v1/contracts/plain', { contract: dynamic });
    expect(missing.body.detail).toContain('expected the prices by the hour, saw none');
    const hourlyPrices = `2026-01-01T00:00+01:00,0.1\n${'\n'.repeat(2_000_000)}`;
    expect((await call('PUT', '/api/v1/contracts/plain', { contract: dynamic, hourlyPrices })).code).toBe(200);
  });

  it('nodes and analyzers are charged by them from a date on; what is not there is refused', async () => {
    const { call, registry } = await supply(NOW);
    await call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
    await call('PUT', '/api/v1/contracts/night', { contract: DAY_NIGHT });
    await call('POST', '/api/v1/assignments', { node: 4, contract: 'plain' });
    await call('POST', '/api/v1/assignments', { node: 4, analyzer: 1, from: '2026-01-16', contract: 'plain' });
    await call('POST', '/api/v1/assignments', { node: 4, analyzer: 1, from: '2026-01-16', contract: 'night' });
    expect((await call('GET', '/api/v1/assignments?node=4')).body.assignments).toEqual([
      { node: 4, analyzer: 1, from: '2026-01-16', contract: 'night' },
      { node: 4, analyzer: null, from: '1970-01-01', contract: 'plain' },
    ]);
    const none = (change: object) => call('POST', '/api/v1/assignments', { node: 4, contract: 'plain', ...change });
    expect((await none({ node: 5 })).body.detail).toContain('no node 5');
    expect((await none({ analyzer: 2 })).body.detail).toContain('no analyzer 2');
    expect((await none({ contract: 'other' })).body.detail).toContain('no contract other');
    expect((await none({ from: '2026-02-30' })).code).toBe(400);
    await registry.removeAnalyzer(4, 1, true);
    expect((await call('GET', '/api/v1/assignments')).body.assignments).toHaveLength(1);
  });

  it('only who may change things changes them', async () => {
    const { app } = await supply(NOW);
    const payload = { contract: PLAIN };
    expect((await app.inject({ method: 'PUT', url: '/api/v1/contracts/plain', payload })).statusCode).toBe(401);
    expect((await app.inject({ method: 'GET', url: '/api/v1/contracts' })).statusCode).toBe(200);
  });
});

describe('what is removed', () => {
  it.each(['analyzer', 'virtual'])('while something is entered of it leaves nothing behind: %s', async (kind) => {
    const { call, contracts, meters, database, registry } = await building();
    await call('PUT', '/api/v1/nodes/4/virtuals/100', { of: '1 - 2' });
    const [id, table] = kind === 'analyzer' ? [2, 'analyzers'] : [100, 'virtuals'];
    const own = { node: 4, analyzer: id, from: '2026-01-01', contract: 'plain' };
    const { analyzerId: _, id: __, ...note } = { ...NOTE, text: 'x' };
    const other = await database.pool.connect();
    afterTest(async () => other.release(true));
    await other.query(`BEGIN; DELETE FROM ${table} WHERE id = ${id}`);
    const [charged, entered] = [contracts.assign(own), meters.addEvent(4, { ...note, analyzerId: 2 } as NewEvent)];
    const both = Promise.allSettled(kind === 'analyzer' ? [charged, entered] : [charged]);
    await waiting(database, kind === 'analyzer' ? 2 : 1);
    await other.query('COMMIT; BEGIN');
    for (const { status } of await both) expect(status).toBe('rejected');
    await expect(charged).rejects.toThrow(`no analyzer ${id}`);
    if (kind === 'analyzer') await registry.addAnalyzer(4, 2, {});
    else await call('PUT', '/api/v1/nodes/4/virtuals/100', { of: '1 - 2' });
    await other.query(`SELECT FROM ${table} WHERE id = ${id} FOR KEY SHARE;
      INSERT INTO assignments VALUES (4, ${id}, '2026-01-01', 'plain')`);
    const gone = kind === 'analyzer' ? registry.removeAnalyzer(4, 2, true) : meters.removeVirtual(4, 100);
    await waiting(database, 1);
    await other.query('COMMIT');
    await gone;
    expect(await contracts.assignments(4)).toMatchObject([{ analyzer: null }]);
  });
});

/** So many wait for a lock. */
async function waiting({ pool }: Database, count: number) {
  const asked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
  while ((await pool.query(asked)).rowCount !== count);
}
