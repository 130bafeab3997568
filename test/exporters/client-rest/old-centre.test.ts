import { describe, expect, it } from 'vitest';
import { exporterFor, kinds, quarters } from '../http/context.ts';
import { type Answer, listen, type Seen } from '../http/fake-server.ts';
import { owed } from '../written.ts';
import { oldCentre, page } from './fake-centres.ts';

const END = '2014-05-01T10:15:00Z';

/** An old centre that answers readings as told, and an exporter to it. */
async function against(answer: (seen: Seen) => Answer, options: Readonly<Record<string, string>> = {}) {
  const server = await listen((seen) => (seen.path.startsWith('/api/') ? page(404) : answer(seen)));
  const made = exporterFor('clientRest', `${server.url}/ws/v2`, options);
  const posts = () => server.seen.filter(({ method }) => method === 'POST');
  return { ...made, server, posts };
}

describe('a record to the predecessor’s centre', () => {
  it('goes as its form, byte for byte, with the instant that local time cannot tell', async () => {
    const { exporter, posts } = await against(oldCentre([1]).answer);
    const record = owed(7, END, { TPF: [230.123456, null], PAT: [null], CEA: [-1] });
    expect(await exporter.deliver([record])).toEqual([{ sequence: 7, kind: 'delivered' }]);
    expect(posts()).toMatchObject([{ path: '/ws/v2/history/save/4/1/' }]);
    expect(posts()[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(posts()[0]?.body).toBe(
      'DATA_HORA=01%2F05%2F2014+12%3A15%3A00&DATA_HORA_UTC=2014-05-01T10%3A15%3A00Z&' +
        'LECTURA=%7B%22TPF%22%3A%5B230.123456%2Cnull%5D%2C%22CEA%22%3A%5B-1%5D%7D&MODEL=PM710',
    );
  });

  it('without a value is not sent, and is delivered', async () => {
    const { exporter, posts } = await against(oldCentre([1]).answer);
    const empty = owed(1, END, { TPF: [null, null] }, { n: 0 });
    expect(kinds(await exporter.deliver([empty]))).toEqual(['delivered']);
    expect(posts()).toHaveLength(0);
  });

  it('is there once, however often it is sent', async () => {
    const centre = oldCentre([1]);
    const { exporter } = await against(centre.answer);
    const records = quarters(3);
    await exporter.deliver(records);
    expect(kinds(await exporter.deliver(records))).toEqual(['delivered', 'delivered', 'delivered']);
    expect(centre.stored.size).toBe(3);
  });

  it('F63 that the centre saved before the answer was lost is sent again, and is there once', async () => {
    const centre = oldCentre([1]);
    let isLost = true;
    const { exporter, clock, server } = await against((seen) => {
      const answer = centre.answer(seen);
      if (!isLost) return answer;
      isLost = false;
      return 'silent';
    });
    const first = exporter.deliver(quarters(2));
    const outcome = expect(first).rejects.toMatchObject({ facts: { cause: 'ANSWER_TIMEOUT' } });
    await server.arrived(2);
    await clock.advance(30_000);
    await outcome;
    expect(kinds(await exporter.deliver(quarters(2)))).toEqual(['delivered', 'delivered']);
    expect(centre.stored.size).toBe(2);
  });

  it.each([
    { what: 'made again after the clock was put back', end: END, generation: 1, kind: 'refused', says: /put back/ },
    { what: 'of the second of the hours that look alike', end: '2026-10-25T01:15:00Z', kind: 'refused', says: /twice/ },
    { what: 'of the first of them', end: '2026-10-25T00:15:00Z', kind: 'delivered', says: null },
  ])('$what is $kind where its local time is taken', async ({ end, generation = 0, kind, says }) => {
    const { exporter } = await against(() => ({ status: 409, body: '#Duplicated' }));
    const [result] = await exporter.deliver([owed(1, end, { TPF: [1] }, { generation })]);
    expect(result).toMatchObject({ sequence: 1, kind, ...(says !== null && { reason: expect.stringMatching(says) }) });
  });
});

describe('what the predecessor’s centre answers', () => {
  it.each([
    { answer: { status: 201, body: '#Saved:77' }, kind: 'delivered' },
    { answer: { status: 400, body: '1#Bad reading' }, kind: 'refused' },
    { answer: { status: 400, body: '<html>proxy</html>' }, kind: 'failed' },
    { answer: { status: 409, body: 'someone else' }, kind: 'failed' },
    { answer: { status: 404, body: '' }, kind: 'held' },
    { answer: { status: 413, body: '' }, kind: 'refused' },
    { answer: { status: 500, body: 'Traceback' }, kind: 'failed' },
  ])('F64 $answer.status "$answer.body" makes a record $kind', async ({ answer, kind }) => {
    const { exporter } = await against(() => answer);
    expect(kinds(await exporter.deliver(quarters(1)))).toEqual([kind]);
  });

  it.each([
    { answer: page(200), says: /answered 200: .*; what came is a web page/ },
    { answer: { status: 200, body: '#Saved:1' }, says: /not how a centre says that it saved/ },
    { answer: { status: 201, body: '{"ok":true' }, says: /not how a centre says that it saved/ },
    { answer: { status: 301, headers: { location: '/x' } }, says: /answered 301: it sends elsewhere/ },
    { answer: { status: 401 }, says: /asks for a token/ },
    { answer: { status: 429, headers: { 'retry-after': '90' } }, says: /too many/, wait: 90_000 },
    { answer: { status: 502 }, says: /a proxy answers/ },
    { answer: { status: 503, headers: { 'retry-after': '5' } }, says: /not available/, wait: 5_000 },
    { answer: 'cut' as const, says: /closed the connection/ },
  ])('F64 $says ends the attempt for all, and nothing is lost', async ({ answer, says, wait }) => {
    const { exporter, posts } = await against(() => answer);
    await expect(exporter.deliver([...quarters(3, 1), ...quarters(3, 2)])).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: expect.stringMatching(says),
      facts: wait === undefined ? {} : { retryAfterMs: wait },
    });
    // one for each analyzer may be under way already, and one of them is sent anew by another connection
    expect(posts().length).toBeLessThanOrEqual(3);
  });

  it('an analyzer that it does not know is held for an hour, and the others go', async () => {
    const { exporter, posts } = await against(oldCentre([2]).answer);
    const results = await exporter.deliver([...quarters(3, 1), ...quarters(3, 2)]);
    expect(kinds(results)).toEqual(['held', 'held', 'held', 'delivered', 'delivered', 'delivered']);
    expect(results[0]).toMatchObject({ forMs: 3_600_000, failure: { message: expect.stringMatching(/add it there/) } });
    expect(posts().filter(({ path }) => path.endsWith('/1/'))).toHaveLength(1);
  });

  it('F64 one record that breaks the centre does not keep the others back', async () => {
    const centre = oldCentre([1]);
    const { exporter } = await against((seen) =>
      seen.body.includes('%2C1%5D') ? { status: 500, body: 'Traceback' } : centre.answer(seen),
    );
    expect(kinds(await exporter.deliver(quarters(4)))).toEqual(['delivered', 'failed', 'delivered', 'delivered']);
  });

  it('F64 a centre that breaks over each record is left alone after a few', async () => {
    const { exporter, posts } = await against(() => ({ status: 500, body: 'Traceback' }));
    await expect(exporter.deliver(quarters(50))).rejects.toThrow('it failed over it');
    expect(posts()).toHaveLength(4);
  });

  it('analyzers go side by side, on four connections', async () => {
    const { exporter, server } = await against(oldCentre([1, 2, 3, 4, 5, 6]).answer);
    const records = [1, 2, 3, 4, 5, 6].flatMap((id) => quarters(5, id));
    expect(new Set(kinds(await exporter.deliver(records)))).toEqual(new Set(['delivered']));
    expect(new Set(server.seen.map(({ connection }) => connection)).size).toBe(4);
  });
});

describe('who is there', () => {
  it('is asked once for the connection, and again hourly and after a failure', async () => {
    let isDown = false;
    const { exporter, server, clock } = await against((seen) => (isDown ? 'cut' : oldCentre([1]).answer(seen)));
    const asked = () => server.seen.filter(({ path }) => path === '/api/v1/about').length;
    await exporter.deliver(quarters(1));
    await exporter.deliver(quarters(1));
    expect(asked()).toBe(1);
    isDown = true;
    await expect(exporter.deliver(quarters(1))).rejects.toThrow('closed the connection');
    isDown = false;
    await exporter.deliver(quarters(1));
    expect(asked()).toBe(2);
    await clock.advance(3_600_000);
    await exporter.deliver(quarters(1));
    expect(asked()).toBe(3);
  });

  it.each([500, 502, 503, 429])('F64 %i to that question sends nothing: it may be ours', async (status) => {
    const server = await listen(() => ({ status }));
    const { exporter } = exporterFor('clientRest', server.url);
    await expect(exporter.deliver(quarters(1))).rejects.toMatchObject({ code: 'EXPORT_FAILED', facts: { status } });
    expect(server.seen).toHaveLength(1);
  });
});
