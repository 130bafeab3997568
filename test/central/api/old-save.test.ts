import { describe, expect, it, vi } from 'vitest';
import { instantsOf } from '../../../src/central/api/routes/old-reading.ts';
import type { ApiLimits } from '../../../src/central/api/settings.ts';
import { LectorError } from '../../../src/domain/errors.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { zoneOffset } from '../../../src/zone.ts';
import { ELSEWHERE, SITE, setUp } from './setup.ts';

type Fields = Readonly<Record<string, string>>;

const FORM = { DATA_HORA: '25/11/2026 12:45:00', LECTURA: '{"TPF": [230.125, 229.5, null]}', MODEL: 'PM710' };

async function setUpSite(start?: number, limits: Partial<ApiLimits> = {}) {
  const up = setUp({ limits }, start);
  await up.app.inject({ method: 'PUT', url: '/api/v1/nodes/4/site', payload: SITE });
  const save = (fields: Fields, url = '/ws/v2/history/save/4/1/', remoteAddress = '127.0.0.1') =>
    up.app.inject({
      ...{ method: 'POST' as const, url, remoteAddress, payload: new URLSearchParams(fields).toString() },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  return { ...up, save };
}

describe("the predecessor's call", () => {
  it('stores a reading: its end in the local time of the node, what it does not say unknown', async () => {
    const up = await setUpSite();
    const answer = await up.save(FORM);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([201, 'text/plain; charset=utf-8']);
    expect(answer.body).toMatch(/^#Saved:\d+$/);
    expect(up.fake.records).toEqual([
      {
        ...{ node: 4, analyzer: 1, model: 'PM710', start: null, end: Date.UTC(2026, 10, 25, 11, 45), generation: 0 },
        ...{ n: null, expected: null, ratio: null },
        variables: {
          TPF: {
            ...{ aggregate: 'mean', values: [230.125, 229.5, null], min: [], max: [], n: [], expected: null },
            ...{ delta: [null, null, null], at: null, flags: [] },
          },
        },
      },
    ]);
  });

  it('a URL without the slash at its end is the same', async () => {
    const { save } = await setUpSite();
    expect((await save(FORM, '/ws/v2/history/save/4/1')).statusCode).toBe(201);
  });

  it('F63 a reading of a time that is there already: 409, whatever its values, and the first one stays', async () => {
    const up = await setUpSite();
    await up.save(FORM);
    const again = await up.save(FORM);
    const other = await up.save({ ...FORM, LECTURA: '{"TPF": [1, 2, 3]}' });
    expect([again.statusCode, other.statusCode]).toEqual([409, 409]);
    expect(again.body).toMatch(/^#/);
    expect(up.fake.records).toHaveLength(1);
  });

  it('a value that is a number by itself is a list of one', async () => {
    const up = await setUpSite();
    await up.save({ ...FORM, LECTURA: '{"CEA": 12.5}' });
    expect(up.fake.records[0]?.variables.CEA?.values).toEqual([12.5]);
  });

  it('an empty DATA_HORA_UTC says nothing', async () => {
    const up = await setUpSite();
    expect((await up.save({ ...FORM, DATA_HORA_UTC: '' })).statusCode).toBe(201);
    expect(up.fake.records[0]?.end).toBe(Date.UTC(2026, 10, 25, 11, 45));
  });

  it.each([
    ['a time that is none', { DATA_HORA: '31/02/2026 12:00:00' }],
    ['no time', { DATA_HORA: '' }],
    ['a time in UTC that is none', { DATA_HORA_UTC: 'x' }],
    ['values that are no JSON', { LECTURA: '{' }],
    ['no values', { LECTURA: '{}' }],
    ['a list instead of an object', { LECTURA: '[1]' }],
    ['a text as a value', { LECTURA: '{"TPF": ["x"]}' }],
    ['a text that is like a number that Python prints', { LECTURA: '{"TPF": ["NaN"]}' }],
    ['words that Python does not print', { LECTURA: '{"TPF": [NaNa, nan]}' }],
    ['lists without a value only', { LECTURA: '{"TPF": [], "IPF": []}' }],
    ['more values than any meter has', { LECTURA: JSON.stringify({ TPF: Array(65).fill(1) }) }],
    ['a code that every object has', { LECTURA: '{"constructor": [1]}' }],
    ['a code that is none', { LECTURA: '{"__proto__ ": [1]}' }],
  ])('%s: 400 and a text that begins with 1#', async (_what, fields) => {
    const up = await setUpSite();
    const answer = await up.save({ ...FORM, ...fields });
    expect([answer.statusCode, answer.body.slice(0, 2)]).toEqual([400, '1#']);
    expect(up.fake.records).toEqual([]);
  });

  it.each([
    ['{"TPF": [230.1, NaN, Infinity], "IPF": [-Infinity]}', { TPF: [230.1, null, null], IPF: [null] }],
    ['{"TPF": [1e999, -0.0, null]}', { TPF: [null, 0, null] }],
    ['{"TPF": [], "IPF": [1]}', { IPF: [1] }],
    ['{"FRE": NaN, "IPF": [1]}', { FRE: [null], IPF: [1] }],
  ])('what Python prints for values that are missing is missing: %s', async (reading, expected) => {
    const up = await setUpSite();
    expect((await up.save({ ...FORM, LECTURA: reading })).statusCode).toBe(201);
    const stored = Object.entries(up.fake.records[0]?.variables ?? {}).map(([code, { values }]) => [code, values]);
    expect(Object.fromEntries(stored)).toEqual(expected);
  });

  it('a text without end costs no more than its length', async () => {
    const up = await setUpSite();
    const began = performance.now();
    expect((await up.save({ ...FORM, LECTURA: '"\\'.repeat(40_000) })).statusCode).toBe(400);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('of a model that nobody knows a standard code is what it is on every meter', async () => {
    const up = await setUpSite();
    await up.registry.addAnalyzer(4, 2, {});
    const codes = ['CEA', 'CER', 'CEX', 'FPT', 'ERR', 'NSN', 'TPF', 'XYZ'];
    const reading = JSON.stringify(Object.fromEntries(codes.map((code) => [code, [1]])));
    await up.save({ ...FORM, LECTURA: reading }, '/ws/v2/history/save/4/2/');
    const { variables = {} } = up.fake.records[0] ?? {};
    expect(codes.map((code) => variables[code]?.aggregate)).toEqual([
      'counter',
      'counter',
      'counter',
      'powerFactor',
      'bits',
      'last',
      'mean',
      'mean',
    ]);
  });

  it('an analyzer that is not known: 404, with what makes it known', async () => {
    const up = await setUpSite();
    const answer = await up.save(FORM, '/ws/v2/history/save/4/2/');
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toMatch(/^#.*lector central analyzer add 4 2 --model PM710$/);
    const other = await up.save(FORM, '/ws/v2/history/save/9/1/');
    expect(other.statusCode).toBe(404);
    expect(other.body).toMatch(
      /: lector central node add 9 --zone .*; then lector central analyzer add 9 1 --model PM710$/,
    );
    expect(await up.registry.analyzers(null)).toHaveLength(1);
  });

  it('an analyzer that was removed just now is not known either', async () => {
    const up = await setUpSite();
    await up.save(FORM);
    await up.registry.removeAnalyzer(4, 1, true);
    expect((await up.save({ ...FORM, DATA_HORA: '25/11/2026 12:50:00' })).statusCode).toBe(404);
  });

  it('from elsewhere it needs to be allowed', async () => {
    const up = await setUpSite();
    expect((await up.save(FORM, undefined, ELSEWHERE)).statusCode).toBe(401);
    await up.registry.allow(ELSEWHERE, 5);
    await up.clock.advance(3_000);
    expect((await up.save(FORM, undefined, ELSEWHERE)).statusCode).toBe(403);
  });

  it('anything else is to be tried again: 503 while the database is away', async () => {
    const up = await setUpSite();
    up.fake.failWith(new LectorError('CENTRE_UNAVAILABLE', 'PostgreSQL is starting'));
    expect((await up.save(FORM)).statusCode).toBe(503);
  });
});

describe('the hour that repeats in autumn', () => {
  // in Madrid 2026-10-25 02:15 is 00:15Z, and again 01:15Z
  const first = Date.UTC(2026, 9, 25, 0, 15);
  const second = Date.UTC(2026, 9, 25, 1, 15);
  const twice = { ...FORM, DATA_HORA: '25/10/2026 02:15:00' };
  const ends = (up: Awaited<ReturnType<typeof setUpSite>>) => up.fake.records.map(({ end }) => end);

  it('is stored twice from a lector that says UTC', async () => {
    const up = await setUpSite(second + 1_000);
    await up.save({ ...twice, DATA_HORA_UTC: '2026-10-25T01:15:00Z' });
    await up.save({ ...twice, DATA_HORA_UTC: '2026-10-25T00:15:00.000Z' });
    expect(ends(up)).toEqual([second, first]);
  });

  it('a fresh reading of an old lector is of the hour that is now', async () => {
    const up = await setUpSite(first + 2_000);
    expect((await up.save(twice)).statusCode).toBe(201);
    await up.clock.advance(3_600_000);
    expect((await up.save({ ...twice, LECTURA: '{"TPF": [1, 2, 3]}' })).statusCode).toBe(201);
    expect(ends(up)).toEqual([first, second]);
  });

  it('also where nothing was delivered of the hour before', async () => {
    const up = await setUpSite(second + 2_000);
    expect((await up.save(twice)).statusCode).toBe(201);
    expect(ends(up)).toEqual([second]);
  });

  it('readings that waited come in order: the earlier hour first', async () => {
    const up = await setUpSite(second + 86_400_000);
    expect((await up.save(twice)).statusCode).toBe(201);
    expect((await up.save({ ...twice, LECTURA: '{"TPF": [1, 2, 3]}' })).statusCode).toBe(201);
    expect((await up.save(twice)).statusCode).toBe(409);
    expect(ends(up)).toEqual([first, second]);
  });

  it.each([
    ['Europe/Madrid', '25/11/2026 12:00:00', ['2026-11-25T11:00:00.000Z']],
    ['Europe/Madrid', '29/03/2026 02:30:00', ['2026-03-29T01:30:00.000Z']],
    ['Australia/Lord_Howe', '05/04/2026 01:45:00', ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z']],
    ['UTC', '25/10/2026 02:15:00', ['2026-10-25T02:15:00.000Z']],
  ])('in %s %s is %j', (zone, stamp, expected) => {
    const now = epochMs(Date.UTC(2026, 11, 1));
    const found = instantsOf({ stamp, stampUtc: null, reading: '', model: '' }, zoneOffset(zone), now);
    expect(found.ok && found.value.map((each) => new Date(each).toISOString())).toEqual(expected);
  });
});

describe('many readings of one address', () => {
  it('are taken at one time as far as they are small, beside what is large', async () => {
    const up = await setUpSite(undefined, { answers: 1, briefAnswers: 3 });
    const gate = Promise.withResolvers<void>();
    const waiting: string[] = [];
    Object.assign(up.registry, {
      async mayFeed() {
        waiting.push('');
        await gate.promise;
        return { ok: true };
      },
    });
    const large = { ...FORM, LECTURA: FORM.LECTURA.padEnd(10_000) };
    const at = (minute: number) => ({ DATA_HORA: `25/11/2026 12:${minute}:00` });
    const all = [10, 11].map((minute) => up.save({ ...large, ...at(minute) }));
    all.push(...[12, 13, 14, 15].map((minute) => up.save({ ...FORM, ...at(minute) })));
    await vi.waitFor(() => expect(waiting).toHaveLength(4));
    gate.resolve();
    expect((await Promise.all(all)).map(({ statusCode }) => statusCode)).toEqual(Array(6).fill(201));
    expect(up.fake.records).toHaveLength(6);
  });
});

describe('what is known of an analyzer', () => {
  it('is looked up anew after some seconds, also while it delivers all the time', async () => {
    const up = await setUpSite();
    for (const minute of [10, 11, 12]) {
      await up.save({ ...FORM, DATA_HORA: `25/11/2026 12:${minute}:00` });
      await up.registry.changeNode(4, { timezone: 'UTC' });
      await up.clock.advance(3_000);
    }
    expect(up.fake.records.map(({ end }) => new Date(end).toISOString().slice(11, 16))).toEqual([
      '11:10',
      '11:11',
      '12:12',
    ]);
  });
});

describe('what is refused of old lectors', () => {
  it('is in the log, once a minute for each analyzer', async () => {
    const up = await setUpSite();
    for (let n = 0; n < 3; n += 1) await up.save(FORM, '/ws/v2/history/save/4/2/');
    await up.save(FORM, '/ws/v2/history/save/4/3/');
    expect(up.log.matching(/analyzer add/).map(({ text }) => /add \d \d/.exec(text)?.[0])).toEqual([
      'add 4 2',
      'add 4 3',
    ]);
  });
});
