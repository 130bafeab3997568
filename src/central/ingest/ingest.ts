import { setImmediate } from 'node:timers/promises';
import { LectorError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import type { MonoMs } from '../../domain/units.ts';
import type { CentralRecord, Ingest, Verdict } from '../ports.ts';
import type { Database } from '../schema/database.ts';
import { centreFailure, failureKind } from '../schema/failure.ts';
import { createStoreBatch, type Item } from './batch.ts';
import { createTwoQueues } from './two-queues.ts';

/** Records that may wait, of calls of few and of calls of many: beyond, who sends them waits. */
export const WAITING_MAX = 20_000;
/** Records in one commit: printing more of them at once would keep everything else of this process waiting. */
const BATCH_MAX = 200;
/** Batches on their way at once: while one is made durable, the next is read by PostgreSQL. */
const LANES = 2;
/**
 * A batch goes beside another when as many records wait as that one has, or so many, or when that one has been on its
 * way for so long, ms: each batch costs as much as a dozen records, and what arrives first is mostly one of many.
 */
const BESIDE_RECORDS = 16;
const BESIDE_MS = 20;

/** A call of `put` that waits. */
type Call = {
  readonly items: readonly Item[];
  readonly verdicts: Map<Item, Verdict>;
  readonly resolve: (verdicts: readonly Verdict[]) => void;
  readonly reject: (error: LectorError) => void;
};
type Waiting = { readonly item: Item; readonly call: Call };

/**
 * Stores records in PostgreSQL, each once. What arrives while a commit is on its way goes into the next, or beside it
 * where that is worth it: nobody waits for others to come, many share a commit, and fresh records do not wait behind a
 * backlog. A call is rejected whole when the database takes a part of it not: sent again, what was stored is a
 * duplicate.
 */
export function createIngest(o: { readonly database: Database; readonly clock: Clock; readonly log: Log }): Ingest {
  const storeBatch = createStoreBatch(o);
  const listeners = new Set<(record: CentralRecord) => void>();
  const waiting = createTwoQueues<Waiting>();
  let lanes = 0;
  /** The batches that are on their way. */
  const sent = new Set<{ readonly count: number; readonly at: MonoMs }>();
  let looksAgain = false;
  let isClosed = false;
  let onIdle: (() => void) | null = null;

  const tell = (record: CentralRecord) => {
    for (const listener of listeners) {
      try {
        listener(record);
      } catch (error) {
        // who listens must not make the sender believe that it was not stored
        o.log.error({ error: String(error) }, 'a listener of stored records failed');
      }
    }
  };

  async function storeNext(): Promise<void> {
    const batch = waiting.take(BATCH_MAX);
    const way = { count: batch.length, at: o.clock.mono() };
    sent.add(way);
    try {
      const verdicts = await storeBatch(batch.map(({ item }) => item));
      for (const { item, call } of batch) settle(call, item, verdicts.get(item) ?? { status: 'later' });
      for (const { item } of batch) if (verdicts.get(item)?.status === 'stored') tell(item.record);
    } catch (error) {
      if (failureKind(error) === 'bug') o.log.error({ error: String(error) }, 'records cannot be stored');
      // the others would wait as long, one after the other: who sent them tries again, all at once
      const all = [...batch, ...waiting.takeAll()];
      const failure = unavailable(error);
      for (const call of new Set(all.map(({ call }) => call))) call.reject(failure);
    } finally {
      sent.delete(way);
    }
  }

  /** Whether what waits is better taken by the one that is on its way, once it is there. */
  function isSoonTaken(): boolean {
    const now = o.clock.mono();
    const few = (count: number) => waiting.size() < Math.min(count, BESIDE_RECORDS);
    return [...sent].some(({ count, at }) => few(count) && now - at < BESIDE_MS);
  }

  function lookAgain(): void {
    if (looksAgain) return;
    looksAgain = true;
    o.clock.setTimeout(() => {
      looksAgain = false;
      if (lanes < LANES && !waiting.isEmpty()) void run();
    }, BESIDE_MS);
  }

  async function run(): Promise<void> {
    lanes += 1;
    while (!waiting.isEmpty()) {
      // what has arrived by now is still being read from its connections
      await setImmediate();
      // another batch took it meanwhile, or will
      if (waiting.isEmpty()) break;
      if (isSoonTaken()) {
        lookAgain();
        break;
      }
      await storeNext();
    }
    lanes -= 1;
    if (lanes === 0) onIdle?.();
  }

  return {
    put(records, register) {
      if (isClosed) return Promise.reject(new LectorError('CENTRE_UNAVAILABLE', 'the centre is shutting down'));
      const before = waiting.waiting(records.length);
      if (before > 0 && before + records.length > WAITING_MAX) {
        const words = `the database does not keep up: ${before} records wait to be stored`;
        return Promise.reject(new LectorError('CENTRE_UNAVAILABLE', words));
      }
      if (records.length === 0) return Promise.resolve([]);
      return new Promise((resolve, reject) => {
        const items = records.map((record) => ({ record, register }));
        const call: Call = { items, verdicts: new Map(), resolve, reject };
        waiting.add(items.map((item) => ({ item, call })));
        if (lanes < LANES) void run();
      });
    },
    onStored(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      if (lanes > 0)
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
    },
  };
}

function settle(call: Call, item: Item, verdict: Verdict): void {
  call.verdicts.set(item, verdict);
  if (call.verdicts.size === call.items.length) call.resolve(call.items.map((each) => call.verdicts.get(each)!));
}

function unavailable(error: unknown): LectorError {
  const failure = centreFailure(error);
  return failure.code === 'CENTRE_UNAVAILABLE'
    ? failure
    : new LectorError('CENTRE_UNAVAILABLE', failure.message, failure.facts, error);
}
