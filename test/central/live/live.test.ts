import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { LOOK_MS } from '../../../src/central/live/live.ts';
import { ANSWER_MS, CLIENTS_MAX, IDLE_MS } from '../../../src/central/live/node-clients.ts';
import { record, variable } from '../history/sample-records.ts';
import { ear, fakeLector, liveOf, nodeRow, pass, READING, settleTurns } from './plant.ts';

const answering = () => fakeLector((name, argument, peer) => peer.answer(name, { name, argument }));
const silent = () => fakeLector(() => undefined);
const problem = (code: string, words: string) => ({
  facts: { problem: code },
  message: expect.stringContaining(words),
});

describe("asking a node's own lector", () => {
  it('makes one connection, and closes it when nobody has asked for a minute', async () => {
    const lector = await answering();
    const { live, clock } = liveOf([]);
    const node = nodeRow(4, lector.port);
    const ask = () => live.ask(node, (client) => client.vars(1));
    expect(await Promise.all([ask(), ask()])).toEqual([
      { name: 'GETVARS', argument: '1' },
      { name: 'GETVARS', argument: '1' },
    ]);
    await clock.advance(IDLE_MS - 1);
    await ask();
    expect(lector.peers).toHaveLength(1);
    await clock.advance(IDLE_MS - 1);
    expect(lector.open()).toBe(1);
    await clock.advance(1);
    await lector.idle();
    await ask();
    expect(lector.peers).toHaveLength(2);
  });

  it('asks where the node is now, when it has moved', async () => {
    const [before, after] = [await answering(), await answering()];
    const { live } = liveOf([]);
    await live.ask(nodeRow(4, before.port), (client) => client.vars(1));
    await live.ask(nodeRow(4, after.port), (client) => client.vars(1));
    await before.idle();
    expect(after.requests).toHaveLength(1);
  });

  it('says in words where nobody listens, and what to do where it has no address', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { readonly port: number };
    await new Promise((resolve) => server.close(resolve));
    const { live } = liveOf([]);
    await expect(live.ask(nodeRow(4, port), (client) => client.vars(1))).rejects.toMatchObject(
      problem('lector-unreachable', `School 4 (node 4): no Lector server at 127.0.0.1:${port}: nobody listens there`),
    );
    await expect(live.ask(nodeRow(4, null), (client) => client.vars(1))).rejects.toMatchObject(
      problem('lector-unreachable', 'lector central node change 4 --lector HOST:50007'),
    );
  });

  it('waits 5 s and no longer', async () => {
    const lector = await silent();
    const { live, clock } = liveOf([]);
    const asked = live.ask(nodeRow(4, lector.port), (client) => client.vars(1)).catch((error: unknown) => error);
    await lector.asked(1);
    await clock.advance(ANSWER_MS);
    expect(await asked).toMatchObject(problem('lector-unreachable', 'School 4 (node 4)'));
  });

  it.each([
    ['NO_SUCH_ANALYZER', 'not-found'],
    ['NOT_READY', 'conflict'],
    ['MAX_CLIENTS', 'lector-unreachable'],
  ])('a refusal %s is the problem %s', async (code, kind) => {
    const lector = await fakeLector((name, _, peer) => peer.refuse(name, code, 'no analyzer 9; there are 1, 2'));
    const { live } = liveOf([]);
    const asked = live.ask(nodeRow(4, lector.port), (client) => client.vars(9));
    await expect(asked).rejects.toMatchObject(problem(kind, 'no analyzer 9; there are 1, 2'));
  });

  it('connects to so many nodes: those that are asked stay, the one idle longest goes', async () => {
    const lector = await fakeLector((name, argument, peer) => {
      if (argument === '1') peer.answer(name, {});
    });
    const { live, clock } = liveOf([]);
    const ask = (id: number, analyzer: number) => live.ask(nodeRow(id, lector.port), (client) => client.vars(analyzer));
    await ask(1, 1);
    const waiting = Array.from({ length: CLIENTS_MAX - 1 }, (_, index) => ask(index + 2, 2).catch(() => 'late'));
    await lector.asked(CLIENTS_MAX);
    // the first is idle and makes room
    const one = ask(100, 2).catch(() => 'late');
    await lector.asked(CLIENTS_MAX + 1);
    await expect(ask(101, 1)).rejects.toMatchObject(problem('unavailable', `${CLIENTS_MAX} nodes are being asked`));
    await clock.advance(ANSWER_MS);
    expect(new Set(await Promise.all([one, ...waiting]))).toEqual(new Set(['late']));
  });

  it('nothing is left open when the centre stops', async () => {
    const lector = await answering();
    const { live, clock } = liveOf([nodeRow(4, lector.port)]);
    const { listen, until, states } = ear();
    await live.ask(nodeRow(4, lector.port), (client) => client.vars(1));
    await live.watch(null, listen);
    await until(() => states().includes('4 live'));
    await live.close();
    await lector.idle();
    expect(clock.pending()).toBe(0);
    await expect(live.ask(nodeRow(4, lector.port), (client) => client.vars(1))).rejects.toMatchObject(
      problem('unavailable', 'stopping'),
    );
  });
});

describe('watching nodes', () => {
  const stored = record('2026-05-04T08:15Z', { variables: { PAT: variable('mean', [7]) } });

  it('tells how each is reached, what was read last, and what is read from then on', async () => {
    const lector = await silent();
    const { live } = liveOf([nodeRow(4, lector.port), nodeRow(5, null)]);
    const first = ear();
    await live.watch(null, first.listen);
    await first.until(() => first.readings().length === 1);
    expect(first.states()).toEqual(['4 connecting', '5 records', '4 live']);
    expect(first.readings()[0]).toMatchObject({ node: 4, analyzer: 1, source: 'live', at: READING.at });
    lector.tell('reading', { id: 1, reading: { ...READING, values: { PAT: [13] } } });
    await first.until(() => first.readings().length === 2);
    const second = ear();
    await live.watch(new Set([4]), second.listen);
    expect(second.states()).toEqual(['4 live']);
    expect(second.readings()).toMatchObject([{ values: { PAT: [13] } }]);
    expect(lector.peers).toHaveLength(1);
  });

  it('tells the records of a node that is not reached, and only of nodes that are asked for', async () => {
    const lector = await silent();
    const { live, store } = liveOf([nodeRow(4, lector.port), nodeRow(5, null), nodeRow(6, null)]);
    const { listen, until, readings, states } = ear();
    await live.watch(new Set([4, 5]), listen);
    await until(() => states().includes('4 live'));
    for (const node of [4, 5, 6]) store({ ...stored, node });
    const means = readings().filter(({ source }) => source === 'record');
    expect(means).toEqual([
      {
        ...{ node: 5, analyzer: 1, source: 'record', at: '2026-05-04T10:15:00.000+02:00' },
        values: { PAT: [7] },
        flags: {},
        failure: null,
      },
    ]);
  });

  it('tells records while the lector is away, and readings again when it is back', async () => {
    const lector = await silent();
    const { live, store, clock } = liveOf([nodeRow(4, lector.port)]);
    const { listen, until, readings, states } = ear();
    await live.watch(null, listen);
    await until(() => states().at(-1) === '4 live');
    await lector.stop();
    await until(() => states().at(-1) === '4 unreachable');
    store(stored);
    expect(readings().at(-1)).toMatchObject({ source: 'record' });
    const late = ear();
    await live.watch(null, late.listen);
    expect(late.readings()).toEqual([]);
    const again = await fakeLector(() => undefined, lector.port);
    while (states().at(-1) !== '4 live') await clock.advance(1_000);
    again.tell('reading', { id: 1, reading: { ...READING, values: { PAT: [99] } } });
    await until(() => readings().at(-1)?.values.PAT?.[0] === 99);
  });

  it('leaves out readings that were asked for by hand, and what is no reading', async () => {
    const lector = await silent();
    const { live } = liveOf([nodeRow(4, lector.port)]);
    const { listen, until, readings } = ear();
    await live.watch(null, listen);
    await until(() => readings().length === 1);
    for (const reading of [{ ...READING, forced: true }, { ...READING, values: { PAT: 'x' } }, null, { at: 'never' }]) {
      lector.tell('reading', { id: 1, reading });
    }
    lector.tell('reading', { id: 1, reading: { ...READING, values: { PAT: [1] } } });
    await until(() => readings().length === 2);
    expect(readings()[1]?.values).toEqual({ PAT: [1] });
  });

  it('goes on for a minute when nobody watches any more, then disconnects', async () => {
    const lector = await silent();
    const { live, clock } = liveOf([nodeRow(4, lector.port)]);
    const { listen, until, states } = ear();
    const end = await live.watch(null, listen);
    await until(() => states().includes('4 live'));
    end();
    await pass(clock, IDLE_MS - 1);
    const endAgain = await live.watch(null, listen);
    endAgain();
    await pass(clock, IDLE_MS - 1);
    expect(lector.open()).toBe(1);
    await clock.advance(1);
    await lector.idle();
    expect(lector.peers).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });

  it('learns of nodes that are new, have moved, or are gone', async () => {
    const [one, two] = [await silent(), await silent()];
    const nodes = [nodeRow(4, null)];
    const { live, clock } = liveOf(nodes);
    const { listen, until, states } = ear();
    await live.watch(null, listen);
    nodes.splice(0, 1, nodeRow(4, one.port));
    await pass(clock, LOOK_MS);
    await until(() => states().includes('4 live'));
    nodes.splice(0, 1, nodeRow(4, two.port));
    await pass(clock, LOOK_MS);
    await two.asked(1);
    await one.idle();
    nodes.splice(0, 1);
    await pass(clock, LOOK_MS);
    await two.idle();
    await settleTurns();
    expect(one.peers).toHaveLength(1);
  });
});
