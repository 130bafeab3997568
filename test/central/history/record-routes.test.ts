import { get } from 'node:http';
import { describe, expect, it } from 'vitest';
import { historyRoutes } from '../../../src/central/history/routes.ts';
import type { CentralRecord, History } from '../../../src/central/ports.ts';
import { LectorError } from '../../../src/domain/errors.ts';
import { afterTest } from '../../support/afterwards.ts';
import { MINUTE, oldRecord, record, variable } from './sample-records.ts';
import { memoryHistory, serving } from './serving.ts';

const counted = (power: number, energy: number, delta: number | null) => ({
  variables: { PAT: variable('mean', [power]), CEA: variable('counter', [energy], { delta: [delta] }) },
});
const RECORDS: readonly CentralRecord[] = [
  record('2026-05-04T08:15Z', counted(10, 100, null)),
  record('2026-05-04T08:30Z', counted(20, 104, 4)),
  record('2026-05-04T08:30Z', { ...counted(30, 110, 6), generation: 1 }),
  record('2026-05-04T09:15Z', counted(40, 115, 5)),
];
const ask = async (query: string, history: History = memoryHistory(RECORDS)) => {
  const { app } = await serving(historyRoutes, { history, now: Date.parse('2026-05-04T10:00Z') });
  return app.inject(`/api/v1/records?node=4&analyzer=1${query}`);
};
const MAY_4 = '&from=2026-05-04&to=2026-05-05';

describe('GET /api/v1/records', () => {
  it('gives records with the times of the node, its zone and what the values are', async () => {
    const answer = await ask(MAY_4);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const body = answer.json();
    expect(body).toMatchObject({
      ...{ node: 4, analyzer: 1, timezone: 'Europe/Madrid', resolution: 'raw' },
      ...{ from: '2026-05-04T00:00:00.000+02:00', to: '2026-05-05T00:00:00.000+02:00' },
    });
    expect(body.variables.map(({ code, unit }: { code: string; unit: string }) => `${code} ${unit}`)).toContain(
      'PAT kW',
    );
    expect(body.records.map(({ end, generation }: CentralRecord) => [end, generation])).toEqual([
      ['2026-05-04T10:15:00.000+02:00', 0],
      ['2026-05-04T10:30:00.000+02:00', 1],
      ['2026-05-04T11:15:00.000+02:00', 0],
    ]);
    expect(body.records[1]).toMatchObject({
      start: '2026-05-04T10:15:00.000+02:00',
      n: 10,
      expected: 10,
      model: 'PM710',
    });
    expect(body.records[1].variables.CEA).toMatchObject({ aggregate: 'counter', values: [110], delta: [6], flags: [] });
  });

  it('gives all generations where that is asked for', async () => {
    expect((await ask(`${MAY_4}&generations=all`)).json().records).toHaveLength(4);
  });

  it('gives an empty list where there is nothing, and null where an old lector says nothing', async () => {
    expect((await ask('&from=2020-01-01&to=2020-01-02')).json().records).toEqual([]);
    const old = memoryHistory([oldRecord('2026-05-04T08:15Z', { PAT: [1] })]);
    expect((await ask(MAY_4, old)).json().records[0]).toMatchObject({
      start: null,
      n: null,
      variables: { PAT: { n: [] } },
    });
  });

  it.each([
    ['', ['2026-05-04T11:15:00.000+02:00'], 'the last day'],
    ['&from=2026-05-04T10:15&to=2026-05-04T10:30', ['2026-05-04T10:30:00.000+02:00'], 'local times'],
    ['&from=2026-05-04T08:15:00Z&to=2026-05-04T08:30:00Z', ['2026-05-04T10:30:00.000+02:00'], 'times with a zone'],
    ['&from=2026-05-04T08:15:00%2B00:00&to=2026-05-04T08:30:00+00:00', ['2026-05-04T10:30:00.000+02:00'], 'a bare +'],
  ])('%s gives the records of %s: %s', async (query, ends) => {
    const found = (await ask(query)).json().records.map(({ end }: { end: string }) => end);
    expect(found).toEqual(expect.arrayContaining(ends));
    expect(found).toHaveLength(query === '' ? 3 : ends.length);
  });

  it.each([
    ['&from=yesterday', 400, 'expected from as 2026-05-01'],
    ['&from=2026-05-05&to=2026-05-04', 400, 'expected from before to, saw 2026-05-05 after 2026-05-04'],
    ['&variables=PAT,XYZ', 400, 'has no variable XYZ; it has TPF, PAT'],
    ['&resolution=week', 400, 'resolution'],
    ['&analyzer=9', 400, 'analyzer'],
  ])('%s is refused in words', async (query, status, words) => {
    const answer = await ask(query);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().detail).toContain(words);
  });

  it('an analyzer or node that is not there is not found', async () => {
    const { app } = await serving(historyRoutes);
    for (const query of ['node=4&analyzer=9', 'node=9&analyzer=1']) {
      const answer = await app.inject(`/api/v1/records?${query}`);
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toMatchObject({ type: '/problems/not-found' });
    }
  });

  it('gives only the variables that are asked for, in that order', async () => {
    const body = (await ask(`${MAY_4}&variables=CEA`)).json();
    expect(body.variables).toHaveLength(1);
    expect(Object.keys(body.records[0].variables)).toEqual(['CEA']);
    const csv = (await ask(`${MAY_4}&variables=CEA,PAT&format=csv`)).body.split('\n')[0];
    expect(csv).toMatch(/,expected,CEA total \[kWh\],CEA total added \[kWh\],PAT total \[kW\]$/);
  });

  it('gives whole hours, with the energy of every generation', async () => {
    const body = (await ask('&from=2026-05-04T10:20&to=2026-05-04T10:40&resolution=hour')).json();
    expect(body).toMatchObject({ from: '2026-05-04T10:00:00.000+02:00', to: '2026-05-04T11:00:00.000+02:00' });
    expect(body.records).toHaveLength(1);
    expect(body.records[0]).toMatchObject({ records: 3, covered: 0.5, n: 30 });
    expect(body.records[0].variables).toMatchObject({ PAT: { values: [20] }, CEA: { values: [110], delta: [10] } });
  });

  it('gives CSV to save, with a decimal comma where that is asked for', async () => {
    const answer = await ask(`${MAY_4}&format=csv&decimal=comma&resolution=day&variables=CEA`);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.headers['content-disposition']).toContain('records-4-1-2026-05-04-2026-05-05-day.csv');
    expect(answer.body.split('\n')[1]).toBe(
      '4;1;2026-05-04 00:00:00;2026-05-05 00:00:00;2026-05-04T22:00:00Z;4;0,0313;40;40;115;15',
    );
  });

  it('says that the database is away before anything else', async () => {
    const away = memoryHistory(RECORDS);
    const error = new LectorError('CENTRE_UNAVAILABLE', 'PostgreSQL is starting up');
    const answer = await ask('', { ...away, shape: () => Promise.reject(error) });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBeDefined();
  });
});

describe('an answer without end', () => {
  /** Records for ever; tells how many were taken and when it was ended. */
  const endless = () => {
    const over = Promise.withResolvers<void>();
    const seen = { taken: 0, over: over.promise };
    const history = memoryHistory([], async function* () {
      try {
        for (;;) {
          seen.taken += 1;
          if (seen.taken % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
          yield record(Date.parse('2026-01-01') + seen.taken * 15 * MINUTE, counted(1, 2, 3));
        }
      } finally {
        over.resolve();
      }
    });
    return { seen, history };
  };
  const reader = async (history: History, format: string) => {
    const { listen } = await serving(historyRoutes, { history });
    const url = `${await listen()}/api/v1/records?node=4&analyzer=1&from=2020-01-01&format=${format}`;
    return new Promise<import('node:http').IncomingMessage>((resolve) => {
      const request = get(url, { agent: false }, resolve);
      request.on('error', () => undefined);
      afterTest(() => request.destroy());
    });
  };
  const standing = async (look: () => number) => {
    let before = -1;
    // it stands when a hundred turns in a row bring nothing new
    for (let still = 0; still < 100; still += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (look() !== before) still = 0;
      before = look();
    }
    return before;
  };

  it.each(['csv', 'json'])('goes no further than its reader: %s', async (format) => {
    const { seen, history } = endless();
    const answer = await reader(history, format);
    const ahead = await standing(() => seen.taken);
    expect(ahead).toBeLessThan(format === 'csv' ? 200_000 : 40_000);
    answer.once('data', () => answer.pause());
    answer.resume();
    await standing(() => seen.taken);
    expect(seen.taken).toBeGreaterThan(0);
    answer.destroy();
    await seen.over;
  });

  it('ends its questions when the reader goes away', async () => {
    const { seen, history } = endless();
    const answer = await reader(history, 'csv');
    answer.destroy();
    await seen.over;
    const { taken } = seen;
    await standing(() => seen.taken);
    expect(seen.taken).toBe(taken);
  });

  it.each([
    ['breaks off is no whole answer', 5_000],
    ['cannot begin is a problem in words', 1],
  ])('that %s', async (_, good) => {
    const history = memoryHistory([], async function* () {
      for (let index = 1; index <= good; index += 1) {
        yield record(Date.parse('2026-01-01') + index * 15 * MINUTE, counted(1, 2, 3));
      }
      throw new LectorError('CENTRE_UNAVAILABLE', 'PostgreSQL is shutting down');
    });
    const { listen } = await serving(historyRoutes, { history });
    const answer = await fetch(`${await listen()}/api/v1/records?node=4&analyzer=1&format=csv`);
    expect(answer.status).toBe(good === 1 ? 503 : 200);
    if (good === 1) expect(await answer.json()).toMatchObject({ detail: 'PostgreSQL is shutting down' });
    else await expect(answer.text()).rejects.toThrow();
  });
});
