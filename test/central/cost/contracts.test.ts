import { describe, expect, it } from 'vitest';
import { termsOf } from '../../../src/central/cost/terms.ts';
import { DAY_NIGHT, PLAIN, supply } from './supply.ts';

const NOW = '2026-02-10T12:00:00+01:00';

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
    const hourlyPrices = '2026-01-01T00:00+01:00,0.1\n';
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

describe('what an analyzer is charged by', () => {
  const of = (analyzer: number | null, from: string, contract: string) => ({ node: 4, analyzer, from, contract });
  const SPAN = { analyzer: 1, from: '2026-01-01', to: '2026-03-01' };

  it('its own contract counts before that of its site, from its date on', () => {
    const list = [of(1, '2026-02-01', 'own'), of(null, '2026-01-15', 'site'), of(null, '2026-02-15', 'later')];
    expect(termsOf(list, SPAN)).toEqual([
      { from: '2026-01-01', to: '2026-01-15', contract: null },
      { from: '2026-01-15', to: '2026-02-01', contract: 'site' },
      { from: '2026-02-01', to: '2026-03-01', contract: 'own' },
    ]);
  });

  it('others do not matter, and what goes on by the same contract is one', () => {
    const list = [of(null, '1970-01-01', 'site'), of(2, '2026-01-10', 'own'), of(1, '2026-02-01', 'site')];
    expect(termsOf(list, SPAN)).toEqual([{ from: '2026-01-01', to: '2026-03-01', contract: 'site' }]);
  });
});
