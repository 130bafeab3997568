import { describe, expect, it } from 'vitest';
import { tryHook } from '../../../src/central/rules/preview.ts';
import { systemClock } from '../../../src/clock.ts';
import { look, lookUntil, plant } from './plant.ts';

describe('the API of rules', () => {
  it('is for the admin token; adds, shows and removes, and refuses what cannot be', async () => {
    const { up, hook, server, start, draw, rules, wires } = await plant();
    const open = await up.app.inject({ method: 'GET', url: '/api/v1/rules', remoteAddress: '127.0.0.1' });
    expect(open.statusCode).toBe(401);
    const body = { when: 'demand', node: 4, limit: { value: 50, unit: 'kW' }, webhook: { url: hook.url } };
    const put = await up.call('PUT', '/api/v1/rules/high', body);
    expect(put).toMatchObject({
      code: 200,
      body: { name: 'high', graceMs: 900_000, night: null, unsent: 0, states: [] },
    });
    await draw(-1, 60);
    const watch = start();
    await look(watch);
    // sent by whoever serves, for whoever waits for what comes of it
    const trying = tryHook(rules, 'high', systemClock());
    await lookUntil(watch, () => server.seen.length === 2);
    expect(await trying).toEqual({ kind: 'arrived' });
    expect(wires().at(-1)).toMatchObject({ event: 'test', rule: 'high', value: null });
    const { body: listed } = await up.call('GET', '/api/v1/rules');
    expect(listed.rules).toMatchObject([
      { states: [{ node: 4, analyzer: 1, raised: true, last: { value: 60, share: 1 } }] },
    ]);
    const wrong = [
      [{ when: 'cost', limit: { value: 5, unit: 'money' } }, 409, /is one of demand/],
      [{ node: 5 }, 409, /node 5/],
      [{ analyzer: 9 }, 409, /analyzer 9/],
      [{ webhook: { url: 'file:///etc/passwd' } }, 400, /http or https/],
      [{ webhook: { url: 'http://a/\r\nb\0' } }, 400, /without blanks and control/],
      [{ limits: 5 }, 400, /limits/],
    ] as const;
    for (const [change, code, words] of wrong) {
      const { code: answered, body: said } = await up.call('PUT', '/api/v1/rules/high', { ...body, ...change });
      expect({ answered, words: said.detail }).toEqual({ answered: code, words: expect.stringMatching(words) });
    }
    const [test, waiting] = [await rules.askTest('high'), { kind: 'waiting', isServed: true }];
    expect(await rules.testOutcome('high', test)).toEqual(waiting);
    expect((await up.call('PUT', '/api/v1/rules/-', body)).code).toBe(400);
    const [url, headers] = ['/api/v1/rules/high', { ...up.headers, 'content-type': 'application/json' }];
    expect((await up.app.inject({ method: 'DELETE', url, headers })).statusCode).toBe(204);
    await expect(rules.testOutcome('high', test)).rejects.toThrow('the rule high was removed while');
    expect((await up.call('GET', '/api/v1/rules/high')).code).toBe(404);
  });
});
