import type { Clock } from '../domain/ports.ts';
import type { Operator } from '../protocol/operator.ts';
import type { RecordWire } from '../protocol/record-wire.ts';
import { TURN_BUDGET_MS, type Turns } from './turns.ts';

/** The last record of each analyzer, by its id. */
export type LastRecords = ReadonlyMap<number, RecordWire>;

/**
 * Collects the last record of each analyzer, little by little. However many ask, one collection is made at a time; who
 * asks while one is made gets the next, so that everything is at least as new as the question.
 */
export function createLastRecords(operator: Operator, clock: Clock, turns: Turns): () => Promise<LastRecords> {
  let running: Promise<LastRecords> | null = null;
  let next: Promise<LastRecords> | null = null;

  async function collect(): Promise<LastRecords> {
    const found = new Map<number, RecordWire>();
    let since = clock.mono();
    for (const { id } of operator.list().analyzers) {
      const answered = await operator.records(id, 1);
      const last = answered.ok ? answered.data.records.at(-1) : undefined;
      if (last !== undefined) found.set(id, last);
      if (clock.mono() - since < TURN_BUDGET_MS) continue;
      await turns.nextPass();
      since = clock.mono();
    }
    return found;
  }

  function start(): Promise<LastRecords> {
    const mine = collect().finally(() => {
      if (running === mine) running = null;
    });
    running = mine;
    return mine;
  }

  return () => {
    if (running === null) return start();
    const before = running;
    next ??= before.then(ignore, ignore).then(() => {
      next = null;
      return start();
    });
    return next;
  };
}

const ignore = (): void => undefined;
