import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { sampleRecord } from '../store/sample-rows.ts';
import { analyzerConfig } from '../support/installation.ts';
import { createBench } from './live-bench.ts';

const CENTRE = 'clientRest:https://centre.example/ws/v2';
const OTHER = 'clientRest:https://other.example/ws/v2';
const FILES = 'localFile:/var/dades';

async function refusing(count = 3) {
  const store = createMemoryStore();
  const destinations = [CENTRE, OTHER, FILES].map((id) => {
    const at = id.indexOf(':');
    return { id, type: id.slice(0, at), target: id.slice(at + 1), analyzerIds: [1] };
  });
  for (const { id } of destinations) await store.outbox.register(id, [1]);
  for (let n = 1; n <= count; n += 1) await store.putRecord(sampleRecord(1, n));
  const owed = store.outbox.next(CENTRE, count).map(({ sequence }) => sequence);
  for (const sequence of owed.slice(0, count - 1)) await store.outbox.park(CENTRE, sequence, 'another\u001b[2J record');
  const bench = createBench({ analyzers: [analyzerConfig()], destinations, store });
  const askedFor = (text: string | null) => {
    const answer = bench.operator.parked(text);
    return answer.ok ? answer.data.deliveries.map(({ exporter }) => exporter) : answer.error.code;
  };
  return { ...bench, store, askedFor };
}

describe('records that a destination refuses', () => {
  it('are listed with their reasons, oldest first, and nothing in them moves a cursor', async () => {
    const { operator } = await refusing();
    const answer = operator.parked('centre.example');
    expect(answer).toMatchObject({ ok: true, data: { deliveries: [{ exporter: CENTRE, parked: 2 }] } });
    const [delivery] = answer.ok ? answer.data.deliveries : [];
    expect(delivery?.records).toEqual([
      { analyzer: 1, end: expect.stringMatching(/:15:00/), reason: 'another\\x1b[2J record' },
      { analyzer: 1, end: expect.stringMatching(/:30:00/), reason: 'another\\x1b[2J record' },
    ]);
  });

  it.each([
    [null, [CENTRE, OTHER, FILES]],
    [CENTRE, [CENTRE]],
    ['LOCALFILE', [FILES]],
    ['Centre.Example', [CENTRE]],
    ['dades', [FILES]],
    ['clientRest', 'BAD_ARGUMENT'],
    ['example', 'BAD_ARGUMENT'],
    ['mqtt', 'NO_SUCH_EXPORTER'],
    [' ', 'NO_SUCH_EXPORTER'],
  ])('%j is whom by its id, its type or a part of its id', async (asked, expected) => {
    const { askedFor } = await refusing();
    expect(askedFor(asked)).toEqual(expected);
  });

  it('who is none is told who there is', async () => {
    const { operator } = await refusing();
    const answer = operator.parked('mq\u0007tt');
    expect(answer).toMatchObject({ error: { message: expect.stringContaining(`"mq\\x07tt"; there are ${CENTRE}, `) } });
  });

  it('are owed again when somebody asks for it, and the delivery is told not to wait', async () => {
    const { operator, store, retried } = await refusing();
    const answer = await operator.retry('centre.example');
    const words = `${CENTRE} is tried now; 2 records that it refused are owed again`;
    expect(answer).toEqual({ ok: true, data: { analyzers: [1], exporter: CENTRE, owedAgain: 2, words } });
    expect(retried).toEqual([`delivery:${CENTRE}`]);
    expect(store.outbox.owed(CENTRE)).toMatchObject({ count: 3, parked: 0 });
    expect(await operator.retry('centre.example')).toMatchObject({ data: { words: `${CENTRE} is tried now` } });
  });

  it('one whose actor is held is started again for it', async () => {
    const { operator, root, sent } = await refusing();
    root.held = { [`delivery:${CENTRE}`]: { code: 'UNEXPECTED', message: 'a bug', facts: {} } };
    await operator.retry(CENTRE);
    expect(sent).toContainEqual({ type: 'UNHOLD', systemId: `delivery:${CENTRE}` });
  });

  it('nothing begins while the server is being stopped', async () => {
    const { operator, root, store } = await refusing();
    root.state = 'draining';
    expect(await operator.retry(CENTRE)).toMatchObject({ error: { code: 'SHUTTING_DOWN' } });
    expect(store.outbox.owed(CENTRE).parked).toBe(2);
  });
});

describe('a delivery that keeps some apart', () => {
  it('shows why, since when and until when, and that of a delivery that fails as a whole comes first', async () => {
    const { operator, holdings, witness, clock, act } = await refusing();
    const view = () => operator.owed().deliveries.find(({ exporter }) => exporter === OTHER);
    const failure = { code: 'EXPORT_FAILED', message: 'it does not know analyzer 1', facts: {} } as const;
    holdings.set(OTHER, { failure, forMs: 60_000 });
    witness.apart(OTHER);
    act(`delivery:${OTHER}`, 'holding');
    await clock.advance(5_000);
    const since = new Date(clock.now() - 5_000).toISOString().slice(14, 19);
    expect(view()).toMatchObject({ state: 'backingOff', owed: 3, error: { message: failure.message } });
    expect(view()?.since).toContain(since);
    expect(Date.parse(view()?.nextTry ?? '')).toBe(clock.now() + 60_000);
    witness.delivery(OTHER, { news: 'failed', failure: { ...failure, message: 'it is away' } });
    act(`delivery:${OTHER}`, 'backingOff');
    expect(view()).toMatchObject({ state: 'backingOff', error: { message: 'it is away' } });
    holdings.delete(OTHER);
    witness.delivery(OTHER, { news: 'recovered', failure: null });
    act(`delivery:${OTHER}`, 'idle');
    expect(view()).toMatchObject({ state: 'idle', error: null, nextTry: null });
  });
});
