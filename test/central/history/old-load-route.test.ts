import { describe, expect, it } from 'vitest';
import { historyRoutes } from '../../../src/central/history/routes.ts';
import { oldRecord, record, variable } from './sample-records.ts';
import { memoryHistory, serving } from './serving.ts';

const values = (tension: readonly number[]) => ({
  variables: { TPF: variable('mean', tension), PAT: variable('mean', [1.005]) },
});
const RECORDS = [
  record('2014-04-30T21:45Z', values([1, 2, 3])),
  record('2014-04-30T22:00Z', values([230.124, 229, 231])),
  oldRecord('2014-05-01T10:15Z', { TPF: [230.126, 1, 2] }),
  record('2014-05-01T21:59:59Z', values([5, 6, 7])),
  record('2014-05-01T22:00Z', values([8, 9, 10])),
];
const load = async (path: string) => {
  const { app } = await serving(historyRoutes, { history: memoryHistory(RECORDS) });
  return app.inject(`/ws/v2/history/load/${path}`);
};

describe("the predecessor's history/load", () => {
  it('gives its rows in its shape, of both days whole, with and without the slash at the end', async () => {
    for (const slash of ['', '/']) {
      const answer = await load(`4/1/TPF/01-05-2014/01-05-2014${slash}`);
      expect(answer.headers['content-type']).toContain('application/json');
      expect(answer.body.replaceAll('\n', '')).toBe(
        '{"ResultSet":{"Lectures":[' +
          '{"dataHora":"2014-05-01T00:00:00","variable":"TPF","descripcio":"TPF in words","valor":[230.12,229,231],' +
          '"unitats":"V"},' +
          '{"dataHora":"2014-05-01T12:15:00","variable":"TPF","descripcio":"TPF in words","valor":[230.13,1,2],' +
          '"unitats":"V"},' +
          '{"dataHora":"2014-05-01T23:59:59","variable":"TPF","descripcio":"TPF in words","valor":[5,6,7],' +
          '"unitats":"V"}]}}',
      );
    }
  });

  it('gives every variable of ALL, in any case of letters, and nothing where there is nothing', async () => {
    const all = (await load('4/1/all/30-04-2014/02-05-2014/')).json().ResultSet.Lectures;
    expect(all.map(({ variable: code }: { variable: string }) => code)).toEqual([
      'TPF',
      'PAT',
      'TPF',
      'PAT',
      'TPF',
      'TPF',
      'PAT',
      'TPF',
      'PAT',
    ]);
    expect((await load('4/1/XXX/30-04-2014/02-05-2014/')).body).toBe('{"ResultSet":{"Lectures":[]}}');
    expect((await load('4/1/ALL/01-05-2020/01-05-2020/')).json()).toEqual({ ResultSet: { Lectures: [] } });
  });

  it('codes that differ in case alone are two, and a code in small letters is that in capitals', async () => {
    const variables = { RPM: variable('last', [9]), RPm: variable('last', [1]), TPF: variable('mean', [230]) };
    const { app } = await serving(historyRoutes, {
      history: memoryHistory([record('2014-05-01T10:15Z', { variables })]),
    });
    const rowsOf = async (code: string) => {
      const answer = await app.inject(`/ws/v2/history/load/4/1/${code}/01-05-2014/01-05-2014/`);
      return answer
        .json()
        .ResultSet.Lectures.map((each: { variable: string; valor: number }) => [each.variable, each.valor]);
    };
    expect(await rowsOf('RPm')).toEqual([['RPm', 1]]);
    expect(await rowsOf('RPM')).toEqual([['RPM', 9]]);
    expect(await rowsOf('tpf')).toEqual([['TPF', 230]]);
    expect(await rowsOf('Tpf')).toEqual([]);
  });

  it.each([
    ['4/1/ALL/02-05-2014/01-05-2014/', 400, 'expected from before until, saw 02-05-2014 after 01-05-2014'],
    ['4/1/ALL/2014-05-01/01-05-2014/', 400, 'expected a day as dd-mm-YYYY'],
    ['4/1/ALL/31-02-2014/01-05-2014/', 400, 'expected a day as dd-mm-YYYY'],
    ['4/9/ALL/01-05-2014/01-05-2014/', 404, 'no analyzer 9 of node 4'],
    ['9/1/ALL/01-05-2014/01-05-2014/', 404, 'no analyzer 1 of node 9'],
    ['x/1/ALL/01-05-2014/01-05-2014/', 400, 'expected a whole number'],
  ])('%s is answered with %i', async (path, status, words) => {
    const answer = await load(path);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().detail).toContain(words);
  });

  it('F50 the hour that comes twice is there twice, with the same local times', async () => {
    const history = memoryHistory([
      record('2026-10-25T00:15Z', values([1, 1, 1])),
      record('2026-10-25T01:15Z', values([2, 2, 2])),
    ]);
    const { app } = await serving(historyRoutes, { history });
    const rows = (await app.inject('/ws/v2/history/load/4/1/TPF/25-10-2026/25-10-2026/')).json().ResultSet.Lectures;
    expect(rows).toMatchObject([
      { dataHora: '2026-10-25T02:15:00', valor: [1, 1, 1] },
      { dataHora: '2026-10-25T02:15:00', valor: [2, 2, 2] },
    ]);
  });
});
