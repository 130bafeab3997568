import type { DeliveryResult, OwedRecord } from '../../domain/store-port.ts';

/** Sends records, and finds the one at which a broker ends the connection each time. */
export type Suspects = {
  /** `isOver`: the connection has ended, and nothing more can be sent by it. */
  deliver(
    records: readonly OwedRecord[],
    send: (record: OwedRecord) => Promise<DeliveryResult>,
    isOver: () => boolean,
  ): Promise<readonly DeliveryResult[]>;
};

/**
 * All at once, as a rule. After a connection that ended meanwhile, one by one: a record that was alone on its way as
 * the next ended is sent after all others, so that these arrive whatever comes of it.
 */
export function createSuspects(): Suspects {
  const suspects = new Set<number>();
  let isCareful = false;
  return {
    async deliver(records, send, isOver) {
      const wasCareful = isCareful;
      const last = records.filter(({ sequence }) => suspects.has(sequence));
      const first = records.filter(({ sequence }) => !suspects.has(sequence));
      const results: DeliveryResult[] = [];
      if (!wasCareful) results.push(...(await Promise.all(records.map(send))));
      else for (const each of [...first, ...last]) results.push(await carefully(each, send, isOver));
      isCareful = isOver();
      for (const { sequence, kind } of results) if (kind === 'delivered') suspects.delete(sequence);
      return results;
    },
  };

  async function carefully(
    record: OwedRecord,
    send: (record: OwedRecord) => Promise<DeliveryResult>,
    isOver: () => boolean,
  ): Promise<DeliveryResult> {
    const wasOver = isOver();
    const result = await send(record);
    if (!wasOver && isOver() && result.kind === 'failed') suspects.add(record.sequence);
    return result;
  }
}
