import { setImmediate } from 'node:timers/promises';
import { LectorError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
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

/** A call of `put` that waits. */
type Call = {
  readonly items: readonly Item[];
  readonly verdicts: Map<Item, Verdict>;
  readonly resolve: (verdicts: readonly Verdict[]) => void;
  readonly reject: (error: LectorError) => void;
};
type Waiting = { readonly item: Item; readonly call: Call };

/**
 * Stores records in PostgreSQL, each once. What arrives while a commit is on its way goes into the next: few calls wait
 * for nothing, many share a commit, and fresh records do not wait behind a backlog. A call is rejected whole when the
 * database takes a part of it not: sent again, what was stored is a duplicate.
 */
export function createIngest(o: { readonly database: Database; readonly clock: Clock; readonly log: Log }): Ingest {
  const storeBatch = createStoreBatch(o);
  const listeners = new Set<(record: CentralRecord) => void>();
  const waiting = createTwoQueues<Waiting>();
  let lanes = 0;
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
    }
  }

  async function run(): Promise<void> {
    lanes += 1;
    while (!waiting.isEmpty()) {
      // what has arrived by now is still being read from its connections
      await setImmediate();
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
