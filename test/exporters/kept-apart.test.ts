import { describe, expect, it } from 'vitest';
import { type DeliveryTold, deliverOnce } from '../../src/deliver.ts';
import { createDeliveryMemory, POISON_ATTEMPTS } from '../../src/delivery-memory.ts';
import { type Failure, LectorError } from '../../src/domain/errors.ts';
import type { DeliveryResult, Exporter } from '../../src/domain/store-port.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { owed } from './written.ts';

const ID = 'clientRest:https://centre';
const START = Date.parse('2026-05-04T10:00:00Z');
const NOT_NOW: Failure = { code: 'EXPORT_FAILED', message: 'the centre said 500', facts: {} };

type Fate = 'delivered' | 'failed' | 'refused' | 'held' | 'silence';
const HOUR_MS = 3_600_000;

function resultOf(sequence: number, fate: Fate): DeliveryResult[] {
  if (fate === 'silence') return [];
  if (fate === 'delivered') return [{ sequence, kind: 'delivered' }];
  if (fate === 'refused') return [{ sequence, kind: 'refused', reason: 'the centre has another one' }];
  if (fate === 'failed') return [{ sequence, kind: 'failed', failure: NOT_NOW }];
  return [{ sequence, kind: 'held', forMs: HOUR_MS, failure: { ...NOT_NOW, message: 'the centre does not know it' } }];
}

/** A destination whose mind a test makes up, and the deliveries to it: names are `analyzer.minute`. */
async function createBench(o: Partial<Exporter> & { readonly ids?: readonly number[] } = {}) {
  const clock = createSteppedClock(START);
  const { outbox, putRecord } = createMemoryStore();
  const { ids = [1, 2], ...own } = o;
  await outbox.register(ID, ids);
  let fateOf: (name: string) => Fate = () => 'delivered';
  let whole: LectorError | null = null;
  const tried: string[] = [];
  const said: string[] = [];
  const exporter: Exporter = {
    ...{ id: ID, order: 'freshFirst', batchMax: 2 },
    async deliver(records) {
      if (whole !== null) throw whole;
      const behind = new Map<number, Fate>();
      return records.flatMap(({ sequence, record }) => {
        const name = `${record.analyzerId}.${(record.end - START) / 60_000}`;
        const fate = behind.get(record.analyzerId) ?? fateOf(name);
        if (!behind.has(record.analyzerId)) tried.push(name);
        if (fate === 'failed' || fate === 'held') behind.set(record.analyzerId, fate);
        return resultOf(sequence, fate);
      });
    },
    async close() {},
    ...own,
  };
  const told: DeliveryTold = {
    delivered: (count) => void said.push(`delivered ${count}`),
    parked: ({ analyzerId, reason }) => void said.push(`parked of ${analyzerId}: ${reason}`),
    apart: (analyzerIds, { message }) => void said.push(`apart ${analyzerIds}: ${message}`),
    taken: (analyzerIds) => void said.push(`taken ${analyzerIds}`),
  };
  const memory = createDeliveryMemory({ clock, random: () => 0 });
  return {
    ...{ clock, outbox, memory },
    say: (fate: typeof fateOf) => {
      fateOf = fate;
    },
    fail: (error: LectorError | null) => {
      whole = error;
    },
    put: async (...names: readonly string[]) => {
      for (const name of names) {
        const [analyzerId = 0, minute = 0] = name.split('.').map(Number);
        const end = new Date(START + minute * 60_000).toISOString();
        await putRecord(owed(0, end, { TPF: [minute] }, { analyzerId }).record);
      }
    },
    attempt: () => deliverOnce(outbox, exporter, { memory, told }),
    async drain() {
      for (;;) {
        const attempt = await deliverOnce(outbox, exporter, { memory, told });
        if (attempt.left === 'nothing') return attempt;
      }
    },
    /** What was tried since it was asked the last time. */
    tried: () => tried.splice(0),
    news: () => said.splice(0).filter((text) => !text.startsWith('delivered')),
    owes: () => outbox.owed(ID),
  };
}

describe('records whose time is not now', () => {
  it('an analyzer that is held is not tried for so long, and the others go on as if it were not there', async () => {
    const bench = await createBench();
    bench.say((name) => (name.startsWith('1.') ? 'held' : 'delivered'));
    await bench.put('1.1', '2.1', '1.2', '2.2');
    expect(await bench.drain()).toMatchObject({ left: 'nothing', againInMs: HOUR_MS });
    expect(bench.tried()).toEqual(['1.1', '2.1', '2.2']);
    expect(bench.news()).toEqual(['apart 1: the centre does not know it']);
    await bench.clock.advance(HOUR_MS / 2);
    await bench.put('1.3', '2.3');
    expect((await bench.drain()).againInMs).toBe(HOUR_MS / 2);
    expect(bench.tried()).toEqual(['2.3']);
    bench.say(() => 'delivered');
    await bench.clock.advance(HOUR_MS / 2);
    await bench.drain();
    expect(bench.tried()).toEqual(['1.1', '1.2', '1.3']);
    expect(bench.news()).toEqual(['taken 1']);
    expect([bench.owes().count, bench.memory.holding()]).toEqual([0, null]);
  });

  it('what is kept apart is not looked through again for each piece of what is not', async () => {
    const bench = await createBench();
    bench.say((name) => (name.startsWith('1.') ? 'held' : 'delivered'));
    await bench.put('1.1', ...Array.from({ length: 20 }, (_, n) => [`1.${n + 2}`, `2.${n + 1}`]).flat());
    const looked: number[] = [];
    const next = bench.outbox.next;
    bench.outbox.next = (id, max, without, after = 0) => {
      if (after < bench.outbox.lastSequence()) looked.push(after);
      return next(id, max, without, after);
    };
    await bench.drain();
    expect(looked.slice(2)).toEqual(looked.slice(2).toSorted((a, b) => a - b));
    expect(looked.filter((after) => after === 0)).toHaveLength(1);
    expect(bench.owes().count).toBe(21);
  });

  it('one that is freed by hand is tried at once', async () => {
    const bench = await createBench();
    bench.say(() => 'held');
    await bench.put('1.1', '2.1');
    await bench.drain();
    bench.memory.freeAll();
    bench.say(() => 'delivered');
    bench.tried();
    await bench.drain();
    expect(bench.tried()).toEqual(['1.1', '2.1']);
  });

  it('of an analyzer whose oldest fails while others are taken, waits grow and are its own', async () => {
    const bench = await createBench();
    bench.say((name) => (name.startsWith('1.') ? 'failed' : 'delivered'));
    await bench.put('1.1', '2.1', '1.2');
    const waits: (number | null)[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { againInMs } = await bench.drain();
      waits.push(againInMs);
      await bench.clock.advance(againInMs ?? 0);
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000]);
    expect(bench.news()).toEqual(['apart 1: the centre said 500']);
  });

  it('rejects with what the exporter says where it cannot be tried at all', async () => {
    const bench = await createBench();
    await bench.put('1.1', '2.1');
    bench.fail(new LectorError('EXPORT_REFUSED', 'no such site'));
    await expect(bench.attempt()).rejects.toMatchObject({ code: 'EXPORT_REFUSED' });
    expect(bench.owes()).toMatchObject({ count: 2, parked: 0 });
  });

  it('what the exporter says nothing of has failed, and what it was not given counts for nothing', async () => {
    const bench = await createBench({ deliver: async () => [{ sequence: 3, kind: 'delivered' }] });
    await bench.put('1.1', '2.1', '1.2');
    await expect(bench.attempt()).rejects.toMatchObject({ message: `${ID} took no record` });
    expect(bench.owes().count).toBe(3);
  });
});

describe('what is recorded while a backlog is delivered', () => {
  it('goes before each piece of it, oldest first', async () => {
    const bench = await createBench();
    await bench.put('1.1', '2.1', '1.2', '2.2', '1.3', '2.3');
    await bench.attempt();
    await bench.put('1.4', '2.4', '1.5');
    await bench.drain();
    expect(bench.tried()).toEqual(['1.1', '2.1', '1.4', '2.4', '1.5', '1.2', '2.2', '1.3', '2.3']);
    expect(bench.owes().count).toBe(0);
  });

  it('waits its turn where lines stand in the order of time', async () => {
    const bench = await createBench({ order: 'oldest' });
    await bench.put('1.1', '2.1', '1.2');
    await bench.attempt();
    await bench.put('2.2');
    await bench.drain();
    expect(bench.tried()).toEqual(['1.1', '2.1', '1.2', '2.2']);
  });

  it('goes first too when the destination was away meanwhile', async () => {
    const bench = await createBench();
    await bench.put('1.1', '2.1', '1.2');
    await bench.attempt();
    bench.fail(new LectorError('EXPORT_FAILED', 'away'));
    await expect(bench.attempt()).rejects.toThrow('away');
    await bench.put('1.3', '2.3');
    bench.fail(null);
    bench.tried();
    await bench.attempt();
    await bench.put('1.4');
    await bench.drain();
    expect(bench.tried()).toEqual(['1.3', '2.3', '1.4', '1.2']);
  });

  it('goes on though the backlog of its own analyzer does not', async () => {
    const bench = await createBench({ ids: [1] });
    bench.say((name) => (name === '1.1' ? 'failed' : 'delivered'));
    await bench.put('1.1', '1.2');
    await expect(bench.attempt()).rejects.toThrow('500');
    await bench.put('1.3');
    await bench.drain();
    expect(bench.outbox.next(ID, 10).map(({ record }) => (record.end - START) / 60_000)).toEqual([1, 2]);
  });
});

describe('F64 a poison record', () => {
  it(`is set aside after ${POISON_ATTEMPTS} attempts in which others were taken`, async () => {
    const bench = await createBench();
    bench.say((name) => (name === '1.1' ? 'failed' : 'delivered'));
    await bench.put('1.1', '1.2', '2.1');
    for (let n = 1; n < POISON_ATTEMPTS; n += 1) {
      const { againInMs } = await bench.drain();
      expect(bench.owes()).toMatchObject({ count: 2, parked: 0 });
      await bench.put(`2.${n + 1}`);
      await bench.clock.advance(againInMs ?? 0);
    }
    await bench.drain();
    expect(bench.owes()).toMatchObject({ count: 0, parked: 1 });
    expect(bench.news().at(-1)).toMatch(/^parked of 1: tried 10 times while others were taken, .* said 500$/);
    expect(bench.outbox.parked(ID, 5)[0]).toMatchObject({ analyzerId: 1, end: START + 60_000 });
  });

  it('is found out also where its analyzer is the only one', async () => {
    const bench = await createBench({ ids: [1], order: 'oldest' });
    bench.say((name) => (name === '1.1' ? 'failed' : 'delivered'));
    await bench.put('1.1', '1.2', '1.3');
    for (let n = 1; n < POISON_ATTEMPTS; n += 1) await expect(bench.attempt()).rejects.toThrow('500');
    await bench.drain();
    expect(bench.owes()).toMatchObject({ count: 0, parked: 1 });
  });

  it('is none that gets through after all, at the moment in which the others do', async () => {
    const bench = await createBench({ ids: [1], order: 'oldest' });
    let fails = POISON_ATTEMPTS;
    bench.say((name) => {
      if (name !== '1.1' || fails === 0) return 'delivered';
      fails -= 1;
      return 'failed';
    });
    await bench.put('1.1', '1.2', '1.3');
    for (let n = 1; n < POISON_ATTEMPTS; n += 1) await expect(bench.attempt()).rejects.toThrow('500');
    await bench.drain().catch(() => undefined);
    await bench.drain();
    expect(bench.owes()).toMatchObject({ count: 0, parked: 0 });
  });

  it('is none that fails because everything does, however long', async () => {
    const bench = await createBench();
    bench.say(() => 'failed');
    await bench.put('1.1', '1.2', '2.1');
    for (let n = 0; n < 40; n += 1) await expect(bench.attempt()).rejects.toThrow('500');
    expect(bench.owes()).toMatchObject({ count: 3, parked: 0 });
    bench.say(() => 'delivered');
    await bench.drain();
    expect(bench.owes()).toMatchObject({ count: 0, parked: 0 });
  });

  it('that is refused is set aside at once, and is sent again when somebody asks for it', async () => {
    const bench = await createBench();
    bench.say((name) => (name === '1.1' ? 'refused' : 'delivered'));
    await bench.put('1.1', '2.1', '1.2');
    await bench.drain();
    expect(bench.news()).toEqual(['parked of 1: the centre has another one']);
    bench.say(() => 'delivered');
    expect(await bench.outbox.unpark(ID)).toBe(1);
    bench.memory.freeAll();
    bench.tried();
    await bench.drain();
    expect(bench.tried()).toEqual(['1.1']);
    expect(bench.owes()).toMatchObject({ count: 0, parked: 0 });
  });
});
