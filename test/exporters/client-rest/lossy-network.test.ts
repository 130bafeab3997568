import { describe, expect, it } from 'vitest';
import type { DeliveryResult } from '../../../src/domain/store-port.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { exporterFor, quarters } from '../http/context.ts';
import { type Answer, listen, type Seen } from '../http/fake-server.ts';
import { oldCentre, ourCentre, page } from './fake-centres.ts';

const COUNT = process.env.LECTOR_TEST_CRASH === '1' ? 10_000 : 1_000;
const ANALYZERS = 4;
const BATCH = 10;
const LOST = 0.3;

/** Mulberry32: a seed gives the same losses each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Fates = { request: number; reply: number; both: number; arrived: number };

/** What a network does that loses three of ten: the request, the reply, or both; by a cut, or in silence. */
function losing(answer: (seen: Seen) => Answer, random: () => number, onSilence: () => void) {
  const fates: Fates = { request: 0, reply: 0, both: 0, arrived: 0 };
  const lost = (): Answer => {
    if (random() < 0.5) return 'cut';
    onSilence();
    return 'silent';
  };
  const through = (seen: Seen): Answer => {
    const fate = random();
    if (fate >= LOST) {
      fates.arrived += 1;
      return answer(seen);
    }
    const kind = fate < LOST / 3 ? 'request' : fate < (2 * LOST) / 3 ? 'reply' : 'both';
    fates[kind] += 1;
    // a reply that is lost has been a request that arrived
    if (kind === 'reply') answer(seen);
    return lost();
  };
  return { through, fates };
}

describe.each([
  { name: 'our centre', seeds: [11, 12, 13], centre: () => ourCentre() },
  { name: 'the predecessor’s', seeds: [11], centre: () => withoutApi(oldCentre([1, 2, 3, 4])) },
])('a network that loses three of ten, towards $name', ({ centre, seeds }) => {
  it.each(seeds)(`D8 ${COUNT} records arrive, each once (seed %i)`, async (seed) => {
    const { answer, stored } = centre();
    const network = losing(answer, seeded(seed), () => void clock.advance(30_000));
    const server = await listen(network.through);
    const { exporter, clock } = exporterFor('clientRest', `${server.url}/ws/v2`);
    const store = createMemoryStore();
    await store.outbox.register(exporter.id, [1, 2, 3, 4]);
    const each = COUNT / ANALYZERS;
    const records = Array.from({ length: ANALYZERS }, (_, index) => quarters(each, index + 1)).flat();
    for (const { record } of records) await store.putRecord(record);
    let attempts = 0;
    while (store.outbox.owed(exporter.id).count > 0) {
      attempts += 1;
      const results = await exporter.deliver(store.outbox.next(exporter.id, BATCH)).catch(() => []);
      await store.outbox.acknowledge(exporter.id, delivered(results));
      if (attempts > 20 * COUNT) break;
    }
    expect(store.outbox.owed(exporter.id)).toMatchObject({ count: 0, parked: 0 });
    expect(stored.size).toBe(COUNT);
    expect(Math.min(network.fates.request, network.fates.reply, network.fates.both)).toBeGreaterThan(3);
  });
});

const delivered = (results: readonly DeliveryResult[]): readonly number[] =>
  results.flatMap(({ kind, sequence }) => (kind === 'delivered' ? [sequence] : []));

/** Knows nothing of `/api`, as the predecessor's centre. */
function withoutApi({ answer, stored }: ReturnType<typeof oldCentre>) {
  const without = (seen: Seen): Answer => (seen.path.startsWith('/api/') ? page(404) : answer(seen));
  return { answer: without, stored };
}
