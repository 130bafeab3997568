import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LectorError } from '../../../src/domain/errors.ts';
import type { Answer } from '../../exporters/http/fake-server.ts';
import { PLAIN, QUARTER_MS, quarterHours } from '../cost/supply.ts';
import { look, lookUntil, plant, T } from './plant.ts';

const MINUTE_MS = 60_000;

describe('a rule on power', () => {
  it('calls its webhook once, signed, also after a restart, and once more when it is over', async () => {
    const { clock, draw, put, start, server, told, wires } = await plant();
    await put();
    await draw(-4, 10, 10, 10, 61.5);
    const first = start();
    await look(first);
    await look(first);
    await first.stop();
    const [sent] = server.seen;
    const { 'lector-timestamp': timestamp, 'lector-signature': signature } = sent?.headers ?? {};
    const hmac = createHmac('sha256', 'key of the test').update(`${timestamp}.${sent?.body}`).digest('hex');
    expect(signature).toBe(`sha256=${hmac}`);
    expect(wires()[0]).toMatchObject({
      ...{ event: 'raised', rule: 'high', when: 'demand', value: 61.5, limit: 50, unit: 'kW', share: 1, late: false },
      ...{ from: '2026-01-20T09:45:00.000+01:00', to: '2026-01-20T10:00:00.000+01:00' },
      ...{ node: { id: 4, name: 'School' }, analyzer: { id: 1, name: 'Main' } },
      message:
        'analyzer 1 ("Main") of node 4 ("School") drew 61.5 kW in the quarter hour until 2026-01-20 10:00, ' +
        'above the limit of 50 kW',
    });
    await draw(0, 55, 30);
    await clock.advance(30 * MINUTE_MS);
    await look(start());
    expect(told()).toEqual([
      ['raised', 61.5],
      ['cleared', 30],
    ]);
    expect(wires()[1]).toMatchObject({ id: wires()[0]?.id, most: 61.5, since: '2026-01-20T10:00:00.000+01:00' });
  });

  it('in percent of what is contracted in the period, and says why where nobody knows', async () => {
    const { draw, put, start, up, wires, rules } = await plant();
    await put({ limit: { value: 80, unit: '%' } });
    await draw(-1, 35);
    const watch = start();
    await look(watch);
    const [unknown] = await rules.rules();
    expect(unknown?.states[0]?.state.why).toContain('has no contract');
    const contractedKw = [{ from: '2020-01-01', all: 40 }];
    await up.call('PUT', '/api/v1/contracts/plain', { contract: { ...PLAIN, contractedKw } });
    await up.call('POST', '/api/v1/assignments', { node: 4, contract: 'plain' });
    // judged again: as if it were new
    await rules.removeRule('high');
    await put({ limit: { value: 80, unit: '%' } });
    await look(watch);
    expect(wires()).toMatchObject([{ value: 35, limit: 32, message: expect.stringContaining('80 % of the 40 kW') }]);
  });

  it('of a virtual meter, and of every analyzer of a site', async () => {
    const { draw, put, start, up, wires } = await plant();
    await up.registry.addAnalyzer(4, 2, { name: 'Shed' });
    await up.database.pool.query(
      'UPDATE analyzers SET recording_ms = a.recording_ms, variables = a.variables FROM analyzers a WHERE a.id = 1',
    );
    await draw(-1, 40);
    const shed = quarterHours(T - 2 * QUARTER_MS, T, () => 30).map((each) => ({ ...each, analyzer: 2 }));
    await up.store(shed);
    await up.meters.putVirtual({ node: 4, id: 100, name: 'Both', location: '', of: '1 + 2' });
    await put({ analyzer: null, limit: { value: 35, unit: 'kW' } });
    const watch = start();
    await look(watch);
    expect(wires().map(({ analyzer, value }) => [analyzer?.id, value])).toEqual([
      [1, 40],
      [100, expect.closeTo(70, 6)],
    ]);
    // of those that it is about no more it is told
    await put({ analyzer: 2, limit: { value: 35, unit: 'kW' } });
    await look(watch);
    expect(wires().slice(2)).toMatchObject([
      { event: 'cleared', value: null, analyzer: { id: 1 }, message: expect.stringContaining('not watched any more') },
      { event: 'cleared', analyzer: { id: 100 } },
    ]);
  });
});

describe('what is told', () => {
  it('goes out once where two serve one database, and goes on when the first ends', async () => {
    const { clock, draw, put, start, told } = await plant();
    await put();
    // what ended before is judged when its records come, whatever has passed since
    const early = start();
    await early.judge();
    await early.stop();
    await clock.advance(15 * MINUTE_MS);
    await draw(-1, 60);
    const [first, second] = [start(), start()];
    await Promise.all([look(first), look(second), look(first), look(second)]);
    expect(told()).toEqual([['raised', 60]]);
    await first.stop();
    await draw(0, 10);
    await look(second);
    expect(told()).toEqual([
      ['raised', 60],
      ['cleared', 10],
    ]);
  });

  it('is kept, in its order, until the webhook takes it, with longer and longer waits', async () => {
    const state: { answer: Answer } = { answer: { status: 503 } };
    const { clock, draw, put, start, rules, server, told, log } = await plant(() => state.answer);
    await put();
    await draw(-3, 60, 10, 70);
    const first = start();
    await look(first);
    const again = start();
    await first.stop();
    for (let minute = 0; minute < 10; minute += 1) {
      await clock.advance(MINUTE_MS);
      await again.send();
    }
    // 5, 10, 20 ... 300 s, looked at each minute
    expect(server.seen.length).toBeGreaterThan(3);
    expect(server.seen.length).toBeLessThan(9);
    expect(new Set(told().map(([event]) => event))).toEqual(new Set(['raised']));
    expect((await rules.rule('high'))?.error).toContain('answered 503');
    // once by each of the two that served
    expect(log.matching(/did not take a message/)).toHaveLength(2);
    const before = server.seen.length;
    state.answer = { status: 200 };
    await clock.advance(6 * MINUTE_MS);
    // what its own timer began may be older
    await again.send();
    await again.send();
    expect(told().slice(before)).toEqual([['raised', 70]]);
    expect(await rules.rule('high')).toMatchObject({ unsent: 0, error: null });
  });

  it('a redirect is no receipt; what comes after what is not accepted waits, and no other alarm', async () => {
    const answers: Answer[] = [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { status: 400 }];
    const { clock, draw, log, put, start, rules, told, up } = await plant(() => answers.shift() ?? { status: 200 });
    await put();
    await draw(-1, 60);
    const watch = start();
    await look(watch);
    expect((await rules.rule('high'))?.error).toContain('answered 302');
    await draw(0, 10, 70);
    // its own timers do nothing meanwhile
    clock.stall(30 * MINUTE_MS);
    await look(watch);
    expect(told().slice(1)).toEqual([
      ['raised', 60],
      ['raised', 70],
    ]);
    await watch.send();
    expect(await rules.rule('high')).toMatchObject({ unsent: 2 });
    clock.stall(MINUTE_MS);
    await watch.send();
    expect(told().slice(3)).toEqual([
      ['raised', 60],
      ['cleared', 10],
    ]);
    // what it has to tell is bounded: it waits, and is judged later
    const full = "SELECT 'high', 'raised', '{}', now(), now() + interval '1 hour' FROM generate_series(1, 1000)";
    await up.database.pool.query(`INSERT INTO rule_messages (rule, event, body, made_at, next_at) ${full}`);
    await draw(2, 80);
    clock.stall(15 * MINUTE_MS);
    await watch.judge();
    expect((await rules.rule('high'))?.states[0]?.state.last?.value).toBe(70);
    expect(log.matching(/waits: its webhook has 1000 messages to take first/)).toHaveLength(1);
  });

  it.each([
    ['hold up no other, however many there are', false, ['raised', 60]],
    ['hold up the others, but for a test that somebody waits for', true, ['test', null]],
  ] as const)('messages that wait %s', async (_, blocks, told) => {
    const { clock, draw, put, start, rules, told: arrived, up } = await plant();
    await put();
    const wait = `INSERT INTO rule_messages (rule, event, body, made_at, next_at, blocks)
      SELECT 'high', 'raised', '{}', now(), $1, $2 FROM generate_series(1, 60)`;
    await up.database.pool.query(wait, [new Date(clock.now() + 60 * MINUTE_MS), blocks]);
    await draw(-1, 60);
    if (blocks) await rules.askTest('high');
    await look(start());
    expect(arrived()).toEqual([told]);
    expect(await rules.rule('high')).toMatchObject({ unsent: blocks ? 61 : 60 });
  });
});

describe('what goes wrong', () => {
  it('with one rule, also by a bug, keeps no other from being judged, and is said once', async () => {
    const { draw, log, put, start, told, up } = await plant();
    await put({}, 'another');
    await up.registry.addAnalyzer(4, 2, {});
    await put({ analyzer: 2 }, 'far');
    await put();
    const { readUsage } = up.deps;
    await up.database.pool.query("UPDATE rules SET rule = rule || '{\"limit\": null}' WHERE name = 'another'");
    await draw(-1, 60);
    await up.database.pool.query('UPDATE analyzers SET last_end = (SELECT max(last_end) FROM analyzers)');
    const away = new LectorError('CENTRE_UNAVAILABLE', 'it takes too long');
    const watch = start((query, places) => (query.analyzer === 2 ? Promise.reject(away) : readUsage(query, places)));
    await lookUntil(watch, () => told().length > 0);
    expect(told()).toEqual([['raised', 60]]);
    expect(log.matching(/rule another cannot judge analyzer 1 .* bug of Lector/)).toHaveLength(1);
  });

  it('when they are judged is said once, for as long as it lasts, also where they can be told', async () => {
    const { log, put, start, up } = await plant();
    await put();
    const watch = start();
    await up.database.pool.query('ALTER TABLE rule_states RENAME TO aside');
    for (let turn = 0; turn < 3; turn += 1) await look(watch);
    expect(log.matching(/rules wait: they could not be judged/)).toHaveLength(1);
    expect(log.matching(/again/)).toEqual([]);
    await up.database.pool.query('ALTER TABLE aside RENAME TO rule_states');
    await lookUntil(watch, () => log.matching(/again/).length > 0);
    expect(log.matching(/rules are judged again/)).toHaveLength(1);
  });
});

describe('rules on the night and on money', () => {
  it('the base load of a night against the nights before it', async () => {
    const { put, start, up, wires } = await plant();
    await put({ when: 'baseLoad', limit: { value: 30, unit: '%' }, night: '01:00-05:00', graceMs: 0 });
    const kwAt = (end: number) => (end > T - 12 * 3_600_000 ? 3 : 2);
    await up.store(quarterHours(T - 12 * 86_400_000, T, kwAt));
    await look(start());
    expect(wires()).toMatchObject([
      {
        ...{ event: 'raised', value: expect.closeTo(3, 9), limit: expect.closeTo(2.6, 9), share: 1 },
        ...{ from: '2026-01-20T01:00:00.000+01:00', to: '2026-01-20T05:00:00.000+01:00' },
        message: expect.stringContaining('30 % above the median of 11 nights, 2 kW'),
      },
    ]);
  });

  it('what the month will have cost', async () => {
    const { put, start, up, wires, rules } = await plant();
    await put({ when: 'cost', limit: { value: 300, unit: 'money' }, graceMs: 0 });
    await up.call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
    await up.call('POST', '/api/v1/assignments', { node: 4, contract: 'plain' });
    const watch = start();
    await look(watch);
    expect((await rules.rule('high'))?.states[0]?.state.why).toContain('no records of the last four weeks');
    await up.store(quarterHours(Date.parse('2025-12-31T00:00:00+01:00'), T, () => 2));
    await rules.removeRule('high');
    await put({ when: 'cost', limit: { value: 300, unit: 'money' }, graceMs: 0 });
    await look(watch);
    // 31 x 48 kWh x 0.20 = 297.60, VAT 29.76
    expect(wires()).toMatchObject([
      {
        value: 327.36,
        limit: 300,
        unit: 'EUR',
        message: expect.stringContaining('cost 327.36 EUR at the end of 2026-01'),
      },
    ]);
  });
});
