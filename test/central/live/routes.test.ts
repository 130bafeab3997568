import { get, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { oldReadRoutes } from '../../../src/central/live/old-read-routes.ts';
import { liveRoutes } from '../../../src/central/live/routes.ts';
import { afterTest } from '../../support/afterwards.ts';
import { oldRecord, record, variable } from '../history/sample-records.ts';
import { memoryHistory, serving } from '../history/serving.ts';
import { fakeLector, liveOf, nodeRow, READING } from './plant.ts';

const LIST = {
  GETVARS: { id: 1, reading: READING, ageMs: 5 },
  GETDEFS: { id: 1, definitions: { PAT: { registre: 4006, compost: false } } },
  GETID: { id: 1, identification: 'SCHNEIDER ELECTRIC PM710 ' },
  GETCONF: { devices: { 1: { type: 'serial' } }, equips: {} },
  STATUS: { id: 1, state: 'recording', comm: true, error: null },
} as const;

/** The school with a lector that answers so. */
async function withLector(answers: Readonly<Record<string, unknown>> = LIST, records = [record('2026-05-04T08:15Z')]) {
  const lector = await fakeLector((name, argument, peer) => {
    if (name !== 'GETCONF' && argument !== '1')
      peer.refuse(name, 'NO_SUCH_ANALYZER', `no analyzer ${argument}; there is 1`);
    else if (answers[name] === undefined) peer.refuse(name, 'NOT_READY', 'the meter has not been identified yet');
    else peer.answer(name, answers[name]);
  });
  const view = liveOf([nodeRow(4, lector.port)]);
  const served = await serving(
    async (app, deps) => {
      await liveRoutes(app, deps);
      await oldReadRoutes(app, deps);
    },
    { live: view.live, history: memoryHistory(records) },
  );
  await served.deps.registry.changeNode(4, { lector: { host: '127.0.0.1', port: lector.port } });
  return { ...served, ...view, lector };
}

describe('readings', () => {
  const values = { variables: { PAT: variable('mean', [7]), TPF: variable('mean', [1, null, 3]) } };

  it('are the newest record of every analyzer, with its age', async () => {
    const { app } = await withLector(LIST, [record('2026-05-04T08:45Z', values)]);
    const expected = { node: 4, analyzer: 1, source: 'record', at: '2026-05-04T10:45:00.000+02:00', ageMs: 900_000 };
    const readings = [{ ...expected, values: { PAT: [7], TPF: [1, null, 3] }, flags: {}, failure: null }];
    expect((await app.inject('/api/v1/readings')).json()).toEqual({ readings });
    expect((await app.inject('/api/v1/readings?node=4')).json()).toEqual({ readings });
    expect((await app.inject('/api/v1/readings?node=5')).statusCode).toBe(404);
    expect((await app.inject('/api/v1/readings?node=x')).statusCode).toBe(400);
  });

  it("of one analyzer are asked of the node's own lector", async () => {
    const { app } = await withLector();
    const answer = await app.inject('/api/v1/nodes/4/analyzers/1/reading');
    expect(answer.json()).toMatchObject({ source: 'live', at: READING.at, values: READING.values, failure: null });
    expect((await app.inject('/api/v1/nodes/4/analyzers/9/reading')).json()).toMatchObject({
      ...{ status: 404, detail: 'School (node 4): no analyzer 9; there is 1' },
    });
    expect((await app.inject('/api/v1/nodes/5/analyzers/1/reading')).statusCode).toBe(404);
  });

  it('of a lector that is gone are a problem in words, not an old value', async () => {
    const { app, lector } = await withLector();
    await lector.stop();
    const answer = await app.inject('/api/v1/nodes/4/analyzers/1/reading');
    expect(answer.statusCode).toBe(502);
    expect(answer.json()).toMatchObject({ type: '/problems/lector-unreachable' });
    expect(answer.json().detail).toMatch(
      /^School \(node 4\): no Lector server at 127\.0\.0\.1:\d+: nobody listens there/,
    );
  });

  it('of a node without an address are its newest record', async () => {
    const { app, deps } = await withLector(LIST, [oldRecord('2026-05-04T08:45Z', { PAT: [7] })]);
    await deps.registry.changeNode(4, { lector: null });
    expect((await app.inject('/api/v1/nodes/4/analyzers/1/reading')).json()).toMatchObject({ source: 'record' });
    const none = await app.inject('/api/v1/nodes/4/analyzers/2/reading');
    expect(none.json()).toMatchObject({
      status: 404,
      detail: 'nothing of analyzer 2 of School (node 4) has been delivered yet',
    });
  });

  it('before the first one are not there', async () => {
    const { app } = await withLector({ GETVARS: { id: 1, reading: null, ageMs: null } });
    expect((await app.inject('/api/v1/nodes/4/analyzers/1/reading')).json()).toMatchObject({
      ...{ status: 404, detail: 'analyzer 1 of School (node 4) has not been read yet' },
    });
  });
});

describe('GET /api/v1/stream', () => {
  const open = async (url: string) => {
    const answer = await new Promise<IncomingMessage>((resolve) => {
      const request = get(url, { agent: false }, resolve);
      request.on('error', () => undefined);
      afterTest(() => request.destroy());
    });
    let text = '';
    const waiting = new Set<() => void>();
    answer.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      for (const each of waiting) each();
    });
    answer.on('error', () => undefined);
    const until = (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        const look = () => pattern.test(text) && resolve();
        waiting.add(look);
        look();
      });
    return { answer, until, text: () => text };
  };

  it('tells what is read as it is read, and records of nodes that are not reached', async () => {
    const { listen, lector, store } = await withLector();
    const { answer, until } = await open(`${await listen()}/api/v1/stream`);
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await until(/"values":\{"TPF":\[230\.12/);
    lector.tell('reading', { id: 1, reading: { ...READING, values: { PAT: [13] } } });
    await until(/event: reading\ndata: .*"source":"live".*"values":\{"PAT":\[13\]\}/);
    store(record('2026-05-04T08:15Z', { node: 77 }));
    await until(/event: reading\ndata: \{"node":77,.*"source":"record"/);
  });

  it('of some nodes tells nothing of others, and its connection ends with its reader', async () => {
    const { listen, store, clock, lector } = await withLector();
    const { answer, until, text } = await open(`${await listen()}/api/v1/stream?node=5,6`);
    await until(/retry/);
    store(record('2026-05-04T08:15Z', { node: 4 }));
    store(record('2026-05-04T08:15Z', { node: 6 }));
    await until(/"node":6/);
    expect(text()).not.toContain('"node":4');
    expect(lector.peers).toHaveLength(0);
    answer.destroy();
    while (clock.pending() > 0) await new Promise((resolve) => setImmediate(resolve)).then(() => clock.advance(60_000));
  });

  it('ends when the centre stops', async () => {
    const { app, listen } = await withLector();
    const { answer, until } = await open(`${await listen()}/api/v1/stream`);
    await until(/retry/);
    const over = new Promise((resolve) => answer.once('close', resolve));
    await app.close();
    await over;
  });

  it('refuses what is no list of nodes', async () => {
    const { app } = await withLector();
    expect((await app.inject('/api/v1/stream?node=4;5')).statusCode).toBe(400);
  });
});

describe("the predecessor's calls", () => {
  it.each([
    ['Vars', { lastRead: '25/11/2026 18:05:42', values: READING.values }],
    ['Defs', { PAT: { registre: 4006, compost: false } }],
    ['Id', 'SCHNEIDER ELECTRIC PM710 '],
    ['Conf', { devices: { 1: { type: 'serial' } }, equips: {} }],
    ['Status', [1, 255]],
  ])('lector/get/%s asks the lector', async (what, expected) => {
    const { app } = await withLector();
    const answer = await app.inject(`/ws/v2/lector/get/${what}/4/1/`);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(JSON.parse(answer.body)).toEqual(expected);
  });

  it.each([
    ['stopped', false, [0, 240]],
    ['disabled', false, [0, 240]],
    ['paused', true, [2, 255]],
    ['failed', false, [1, 240]],
    ['polling', true, [1, 255]],
  ])('the status of one that is %s', async (state, comm, expected) => {
    const { app } = await withLector({ STATUS: { id: 1, state, comm, error: { code: 'X', message: 'a\tb' } } });
    expect((await app.inject('/ws/v2/lector/get/Status/4/1')).json()).toEqual(expected);
  });

  it('what is not there yet is as it was', async () => {
    const { app } = await withLector({ GETVARS: { id: 1, reading: null, ageMs: null } });
    expect((await app.inject('/ws/v2/lector/get/Vars/4/1/')).json()).toEqual({ lastRead: '', values: {} });
    expect((await app.inject('/ws/v2/lector/get/Id/4/1/')).json()).toBe('INT_ERR');
  });

  it.each([
    ['lector/get/Vars/4/9', 404],
    ['lector/get/Vars/5/1', 404],
    ['lector/get/Other/4/1', 400],
    ['lector/get/Defs/4/1', 409],
  ])('%s is answered with %i', async (path, status) => {
    const { app } = await withLector({});
    expect((await app.inject(`/ws/v2/${path}/`)).statusCode).toBe(status);
  });

  it('lists nodes, and those whose name or place has a text', async () => {
    const { app, deps } = await withLector();
    await deps.registry.addNode(5, { name: 'Piscina municipal', location: 'Sa Pobla' });
    const four = { id: 4, nom: 'School', host: '127.0.0.1', ubicacio: 'Girona' };
    const five = { id: 5, nom: 'Piscina municipal', host: '', ubicacio: 'Sa Pobla' };
    const nodes = async (path: string) => (await app.inject(path)).json().ResultSet.Nodes;
    expect(await nodes('/nodes')).toEqual([four, five]);
    expect(await nodes('/nodes/')).toEqual([four, five]);
    expect(await nodes('/node/sQuery=pisc')).toEqual([five]);
    expect(await nodes('/node/sQuery=Sa%20Pobla/')).toEqual([five]);
    expect(await nodes('/node/sQuery=Sa+Pobla')).toEqual([five]);
    expect(await nodes('/node/sQuery=')).toEqual([four, five]);
    expect(await nodes('/node/sQuery=nowhere')).toEqual([]);
    await deps.registry.changeNode(5, { name: "Escola d'Aviació, 3 + 1" });
    // composed, in capitals, and as Apple's file systems write it
    for (const text of ['AVIACI%C3%93', 'aviaci%C3%B3', 'aviacio%CC%81', "d'avi", '3%20%2B']) {
      expect(
        (await nodes(`/node/sQuery=${text}`)).map(({ id }: { id: number }) => id),
        text,
      ).toEqual([5]);
    }
  });

  it('lists analyzers and their variables by <node>-<analyzer>', async () => {
    const { app } = await withLector();
    const list = (await app.inject('/node/4/analizers')).json().ResultSet.Analitzadors;
    expect(list).toMatchObject([{ id: '4-1', model: 'PM710', addr: 1 }]);
    expect((await app.inject('/node/9/analizers')).statusCode).toBe(404);
    const variables = (await app.inject('/parametres/4-1/')).json();
    expect(variables).toMatchObject({ ALL: 'Totes les variables', TPF: 'TPF in words' });
    expect(Object.keys(variables)[0]).toBe('ALL');
    expect((await app.inject('/parametres/4-9')).statusCode).toBe(404);
    expect((await app.inject('/parametres/4')).statusCode).toBe(400);
  });
});
