import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exporterFor, kinds, quarters, SITE } from '../http/context.ts';
import { type Answer, listen, type Seen } from '../http/fake-server.ts';
import { owed, temporaryFolder } from '../written.ts';
import { ABOUT, json, ourCentre, page, problem } from './fake-centres.ts';

const isBatch = ({ path }: Seen) => path === '/api/v1/records';

/** Ours, with something else in the way of batches where `onBatch` says so. */
async function against(
  onBatch: (seen: Seen, answer: () => Answer) => Answer = (_, answer) => answer(),
  options: Readonly<Record<string, string>> = {},
) {
  const centre = ourCentre();
  const server = await listen((seen) =>
    isBatch(seen) ? onBatch(seen, () => centre.answer(seen)) : centre.answer(seen),
  );
  const made = exporterFor('clientRest', `${server.url}/ws/v2`, options);
  const batches = () => server.seen.filter(isBatch);
  return { ...made, server, centre, batches };
}

describe('records to our centre', () => {
  it('go in packed batches, after the site was told', async () => {
    const { exporter, server, centre, batches } = await against();
    expect(new Set(kinds(await exporter.deliver(quarters(200))))).toEqual(new Set(['delivered']));
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v1/about',
      'PUT /api/v1/nodes/4/site',
      'POST /api/v1/records',
    ]);
    expect(centre.sites).toEqual([SITE]);
    expect(batches()[0]?.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/x-ndjson',
      'lector-instance': SITE.instance,
      'lector-sent': '2026-05-04T12:00:00.000Z',
    });
    expect(centre.stored.size).toBe(200);
  });

  it('without a value are sent too', async () => {
    const { exporter, centre } = await against();
    await exporter.deliver([owed(1, '2026-05-04T10:15:00Z', { TPF: [null] }, { n: 0 })]);
    const [{ text } = { text: '' }] = [...centre.stored.values()];
    expect(JSON.parse(text)).toMatchObject({ n: 0, end: '2026-05-04T12:15:00.000+02:00' });
  });

  it('carry the token as the file holds it now', async () => {
    const file = join(temporaryFolder(), 'token');
    writeFileSync(file, 'first\n', { mode: 0o600 });
    const { exporter, server, batches } = await against(
      ({ headers }, answer) =>
        headers.authorization === 'Bearer second' ? answer() : problem(401, 'not-authenticated', 'who are you?'),
      { token_file: file },
    );
    await expect(exporter.deliver(quarters(1))).rejects.toThrow('who are you?');
    writeFileSync(file, 'second\n');
    expect(kinds(await exporter.deliver(quarters(1)))).toEqual(['delivered']);
    expect(batches().map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('a token that cannot be read fails in words, without it', async () => {
    const { exporter } = await against(undefined, { token_file: '/no/such/token' });
    await expect(exporter.deliver(quarters(1))).rejects.toThrow('/no/such/token of <token_file> cannot be read');
  });

  it('each verdict has its result', async () => {
    const verdicts = ['stored', 'duplicate', 'differs', 'refused', 'later'];
    const results = verdicts.map((status) => ({ status, reason: `because ${status}` }));
    const { exporter } = await against(() => json(200, { product: 'lector', results }));
    const found = await exporter.deliver(quarters(5));
    expect(kinds(found)).toEqual(['delivered', 'delivered', 'refused', 'refused', 'failed']);
    expect(found.slice(2)).toMatchObject([
      { reason: 'the centre has another record of that time: because differs' },
      { reason: 'because refused' },
      { failure: { message: 'because later' } },
    ]);
  });

  it('F63 that the centre committed before the answer was lost are sent again, and are there once', async () => {
    let isLost = true;
    const { exporter, centre, server, clock } = await against((_, answer) => {
      const given = answer();
      if (!isLost) return given;
      isLost = false;
      return 'silent';
    });
    const first = exporter.deliver(quarters(20));
    const outcome = expect(first).rejects.toThrow('it may have got the request all the same');
    await server.arrived(3);
    await clock.advance(30_000);
    await outcome;
    expect(centre.stored.size).toBe(20);
    expect(new Set(kinds(await exporter.deliver(quarters(20))))).toEqual(new Set(['delivered']));
    expect([...centre.stored.values()].map(({ times }) => times)).toEqual(Array.from({ length: 20 }, () => 2));
  });

  it('F64 a batch that is too large is halved', async () => {
    const { exporter, batches, centre } = await against((seen, answer) =>
      seen.body.split('\n').length > 100 ? problem(413, 'too-large', 'at most 99') : answer(),
    );
    expect(new Set(kinds(await exporter.deliver(quarters(200))))).toEqual(new Set(['delivered']));
    expect(batches().map(({ body }) => body.split('\n').length - 1)).toEqual([200, 100, 50, 50, 50, 50]);
    expect(centre.stored.size).toBe(200);
  });

  it.each([
    { what: 'unpacked', limits: { bytes: 1_000_000, unpackedBytes: 12_000 } },
    { what: 'packed', limits: { bytes: 900, unpackedBytes: 8_000_000 } },
  ])('what is more than the centre takes at once, $what, is halved before it is sent', async ({ limits }) => {
    const centre = ourCentre();
    const about = json(200, { ...ABOUT, batch: { records: 50, ...limits } });
    const server = await listen((seen) => (seen.path === '/api/v1/about' ? about : centre.answer(seen)));
    const { exporter } = exporterFor('clientRest', server.url);
    expect(new Set(kinds(await exporter.deliver(quarters(100))))).toEqual(new Set(['delivered']));
    const sent = server.seen.filter(isBatch);
    expect(Math.max(...sent.map(({ body }) => body.length))).toBeLessThanOrEqual(limits.unpackedBytes);
    expect(Math.max(...sent.map(({ headers }) => Number(headers['content-length'])))).toBeLessThanOrEqual(limits.bytes);
    expect(sent.length).toBeGreaterThan(2);
    expect(sent.length).toBeLessThan(10);
  });

  it('F64 one record that breaks the centre is found, and the others arrive', async () => {
    const { exporter, server } = await against((seen, answer) =>
      seen.body.includes('229.8,3]') ? problem(500, 'unexpected', 'it broke') : answer(),
    );
    const results = await exporter.deliver(quarters(8));
    expect(kinds(results)).toEqual([
      ...['delivered', 'delivered', 'delivered', 'failed'],
      ...['delivered', 'delivered', 'delivered', 'delivered'],
    ]);
    await exporter.deliver(quarters(1));
    expect(server.seen.filter(({ path }) => path === '/api/v1/about')).toHaveLength(1);
  });
});

describe('what is no receipt', () => {
  const cases: readonly { what: string; answer: Answer; says: RegExp; wait?: number }[] = [
    { what: 'a web page with 200', answer: page(200), says: /what came is a web page/ },
    { what: 'an empty 200', answer: { status: 200 }, says: /no receipt for each record/ },
    {
      what: 'a 200 with half of a JSON',
      answer: { status: 200, body: '{"product":"lector","results":[{"st' },
      says: /no receipt/,
    },
    { what: 'a 200 of another product', answer: json(200, { results: [{ status: 'stored' }] }), says: /no receipt/ },
    {
      what: 'one result for two records',
      answer: json(200, { product: 'lector', results: [{ status: 'stored' }] }),
      says: /no receipt/,
    },
    {
      what: 'a verdict that is none',
      answer: json(200, { product: 'lector', results: [{ status: 'ok' }, { status: 'ok' }] }),
      says: /no receipt/,
    },
    { what: 'a 204', answer: { status: 204 }, says: /no receipt/ },
    { what: 'a redirect', answer: { status: 301, headers: { location: 'https://x' } }, says: /it sends elsewhere/ },
    { what: 'a 429', answer: json(429, {}, { 'retry-after': '40' }), says: /too many requests/, wait: 40_000 },
    { what: 'a 503', answer: json(503, {}, { 'retry-after': '7' }), says: /not available/, wait: 7_000 },
    {
      what: 'a 503 with a date',
      answer: json(503, {}, { 'retry-after': 'Mon, 04 May 2026 12:01:00 GMT', date: 'Mon, 04 May 2026 12:00:00 GMT' }),
      says: /not available/,
      wait: 60_000,
    },
    { what: 'a 401', answer: problem(401, 'not-authenticated', 'give the token'), says: /give the token/ },
    { what: 'a 403', answer: problem(403, 'not-allowed', 'not from there'), says: /not from there/ },
    { what: 'a connection that is cut', answer: 'cut', says: /closed the connection/ },
  ];
  it.each(cases)('F64 $what acknowledges nothing', async ({ answer, says, wait }) => {
    const { exporter, centre } = await against(() => answer);
    await expect(exporter.deliver(quarters(2))).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: expect.stringMatching(says),
      facts: wait === undefined ? {} : { retryAfterMs: wait },
    });
    expect(centre.stored.size).toBe(0);
  });

  it('F64 a 500 to two records fails both, since it may be either', async () => {
    const { exporter } = await against(() => problem(500, 'unexpected', 'it broke'));
    expect(kinds(await exporter.deliver(quarters(2)))).toEqual(['failed', 'failed']);
  });
});

describe('the site', () => {
  it('that another lector feeds ends the attempt with the words of the centre, tried hourly', async () => {
    const server = await listen((seen) =>
      seen.path === '/api/v1/about' ? json(200, ABOUT) : problem(409, 'node-taken', 'node 4 is fed by another lector'),
    );
    const { exporter, live } = exporterFor('clientRest', server.url);
    await expect(exporter.deliver(quarters(2))).rejects.toMatchObject({
      message: expect.stringContaining('node 4 is fed by another lector'),
      facts: { retryAfterMs: 3_600_000 },
    });
    expect(live?.trouble()).toContain('node 4 is fed by another lector');
  });

  it.each([400, 413])('that the centre does not take (%i) keeps no record back, and is said', async (status) => {
    const centre = ourCentre();
    const server = await listen((seen) =>
      seen.method === 'PUT' ? problem(status, 'bad-request', 'too many analyzers') : centre.answer(seen),
    );
    const { exporter, log } = exporterFor('clientRest', server.url);
    expect(kinds(await exporter.deliver(quarters(2)))).toEqual(['delivered', 'delivered']);
    expect(log.matching(/what this site .* too many analyzers/)).toHaveLength(1);
  });

  it('is told at the start, and again after a reload', async () => {
    const { centre, live, exporter, server } = await against();
    live?.start();
    await server.arrived(2);
    await exporter.deliver(quarters(1));
    expect(centre.sites).toHaveLength(1);
    expect(live?.trouble()).toBeNull();
    live?.installed();
    await server.arrived(5);
    expect(centre.sites).toHaveLength(2);
    live?.siteChanged?.();
    await server.arrived(7);
    expect(centre.sites).toHaveLength(3);
  });

  it('is told again where it changed while the centre was asked who it is', async () => {
    const centre = ourCentre();
    const changed: { tell?: () => void } = {};
    const server = await listen((seen) => {
      // it is told as it is afterwards, and once more, for it changed while that was on its way
      if (seen.method === 'PUT' && centre.sites.length === 0) changed.tell?.();
      return centre.answer(seen);
    });
    const { exporter, live } = exporterFor('clientRest', server.url);
    changed.tell = () => live?.siteChanged?.();
    await exporter.deliver(quarters(1));
    await exporter.deliver(quarters(1));
    await exporter.deliver(quarters(1));
    expect(centre.sites).toHaveLength(2);
  });

  it('is not taken for an old centre’s when a proxy hides what it is', async () => {
    let isHidden = false;
    const centre = ourCentre();
    const server = await listen((seen) => (isHidden ? page(404) : centre.answer(seen)));
    const { exporter, clock } = exporterFor('clientRest', server.url);
    await exporter.deliver(quarters(1));
    isHidden = true;
    await clock.advance(3_600_000);
    await expect(exporter.deliver(quarters(1))).rejects.toThrow('it was a centre of Lector before');
    isHidden = false;
    expect(kinds(await exporter.deliver(quarters(1)))).toEqual(['delivered']);
  });

  it('of a newer centre is not spoken to', async () => {
    const server = await listen(() => json(200, { ...ABOUT, api: 2 }));
    const { exporter } = exporterFor('clientRest', server.url);
    await expect(exporter.deliver(quarters(1))).rejects.toThrow('update this one');
  });
});
