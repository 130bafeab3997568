import type { InjectOptions } from 'fastify';
import { describe, expect, it } from 'vitest';
import { bearer, ndjson, SITE, setUp, wire } from './setup.ts';

async function asAdmin() {
  const up = setUp();
  const headers = bearer(await up.registry.issueAdminToken('test'));
  const call = async (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object) => {
    const options: InjectOptions = { method, url: `/api/v1${path}`, headers, ...(payload && { payload }) };
    const answer = await up.app.inject(options);
    return { code: answer.statusCode, body: answer.body === '' ? null : answer.json() };
  };
  return { ...up, call };
}

describe('nodes', () => {
  it('are added, changed, listed and removed', async () => {
    const { call } = await asAdmin();
    const added = await call('POST', '/nodes', { id: 4, name: 'School', timezone: 'Europe/Madrid' });
    expect(added).toMatchObject({ code: 201, body: { id: 4, name: 'School', lector: null, seenAt: null, tokens: 0 } });
    const lector = { host: '10.0.0.5', port: 50_007 };
    expect((await call('PATCH', '/nodes/4', { lector })).body).toMatchObject({ name: 'School', lector });
    expect((await call('PATCH', '/nodes/4', { lector: null })).body.lector).toBeNull();
    expect((await call('GET', '/nodes')).body.nodes).toHaveLength(1);
    expect(await call('DELETE', '/nodes/4')).toEqual({ code: 204, body: null });
    expect((await call('GET', '/nodes/4')).code).toBe(404);
  });

  it('one that is there already, or is not there, is a problem in words', async () => {
    const { call } = await asAdmin();
    await call('POST', '/nodes', { id: 4 });
    expect(await call('POST', '/nodes', { id: 4 })).toMatchObject({ code: 409, body: { type: '/problems/conflict' } });
    expect((await call('PATCH', '/nodes/5', { name: 'x' })).code).toBe(404);
    expect((await call('DELETE', '/nodes/5')).code).toBe(404);
    expect((await call('POST', '/nodes/5/tokens', {})).code).toBe(404);
    expect((await call('POST', '/nodes/4/tokens')).code).toBe(201);
    expect((await call('POST', '/nodes/4/tokens', { name: 'x' })).code).toBe(400);
    expect((await call('POST', '/nodes/5/analyzers', { id: 1 })).code).toBe(404);
  });

  it('one with records is removed only when that is said', async () => {
    const up = await asAdmin();
    await up.app.inject({ method: 'POST', url: '/api/v1/records', payload: ndjson(wire()) });
    expect((await up.call('DELETE', '/nodes/4')).code).toBe(409);
    expect((await up.call('DELETE', '/nodes/4?records=remove')).code).toBe(204);
  });

  it('tokens are shown once, work, and are revoked', async () => {
    const up = await asAdmin();
    await up.call('POST', '/nodes', { id: 4 });
    const { token } = (await up.call('POST', '/nodes/4/tokens', { label: 'school' })).body;
    const deliver = () =>
      up.app.inject({
        ...{ method: 'POST', url: '/api/v1/records', payload: ndjson(wire()) },
        ...{ headers: bearer(token), remoteAddress: '192.0.2.7' },
      });
    expect((await deliver()).statusCode).toBe(200);
    expect((await up.call('DELETE', '/nodes/4/tokens')).body).toEqual({ revoked: 1 });
    expect((await deliver()).statusCode).toBe(401);
  });

  it('another lector may feed a node once that is said', async () => {
    const up = await asAdmin();
    const say = (instance: string) =>
      up.app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload: { ...SITE, instance } });
    await say('one');
    expect((await say('two')).statusCode).toBe(409);
    expect((await up.call('POST', '/nodes/4/replace-lector')).code).toBe(204);
    expect((await say('two')).statusCode).toBe(204);
  });
});

describe('analyzers and models', () => {
  it('are added, changed, listed and removed', async () => {
    const { call } = await asAdmin();
    const variables = SITE.analyzers[0]?.variables ?? [];
    expect((await call('PUT', '/models/My%20meter', { vendor: 'Mine', variables })).code).toBe(204);
    expect((await call('GET', '/models/My%20meter')).body).toMatchObject({ edited: true, variables });
    await call('POST', '/nodes', { id: 4 });
    const added = await call('POST', '/nodes/4/analyzers', { id: 1, model: 'My meter', name: 'Main' });
    expect(added).toMatchObject({ code: 201, body: { node: 4, id: 1, variables } });
    expect((await call('PATCH', '/nodes/4/analyzers/1', { name: 'Other' })).body.name).toBe('Other');
    expect((await call('GET', '/analyzers')).body.analyzers).toHaveLength(1);
    expect((await call('GET', '/nodes/4/analyzers/1')).body.name).toBe('Other');
    expect((await call('DELETE', '/nodes/4/analyzers/1')).code).toBe(204);
    expect((await call('GET', '/nodes/4/analyzers/1')).code).toBe(404);
    expect((await call('DELETE', '/models/My%20meter')).code).toBe(204);
    expect((await call('GET', '/models')).body).toEqual({ models: [] });
    expect((await call('GET', '/models/My%20meter')).code).toBe(404);
    expect((await call('GET', '/nodes/9/analyzers')).code).toBe(404);
  });

  it('variables of a shape that is not known are refused with their place', async () => {
    const { call } = await asAdmin();
    const answer = await call('PUT', '/models/X', { vendor: '', variables: [{ code: 'TPF' }] });
    expect(answer.body).toMatchObject({ status: 400, detail: expect.stringContaining('body.variables.0.quantity') });
  });
});

describe('settings', () => {
  it('who may deliver without a token is shown and changed', async () => {
    const { call } = await asAdmin();
    expect((await call('POST', '/allowed', { cidr: '10.0.0.0/8' })).code).toBe(204);
    expect((await call('POST', '/allowed', { cidr: '10.0.0.0/99' })).code).toBe(400);
    expect((await call('GET', '/allowed')).body.allowed).toContainEqual({ cidr: '10.0.0.0/8', node: null });
    expect((await call('DELETE', '/allowed?cidr=10.0.0.0/8')).code).toBe(204);
    expect((await call('DELETE', '/allowed?cidr=10.0.0.0/8')).code).toBe(404);
  });

  it('how long records are kept', async () => {
    const { call } = await asAdmin();
    expect((await call('GET', '/retention')).body).toEqual({ days: null });
    expect((await call('PUT', '/retention', { days: 365 })).code).toBe(204);
    expect((await call('GET', '/retention')).body).toEqual({ days: 365 });
    expect((await call('PUT', '/retention', { days: 0 })).code).toBe(400);
  });
});
