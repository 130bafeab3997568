import type pg from 'pg';
import type { Clock, Log } from '../../domain/ports.ts';
import type { EpochMs } from '../../domain/units.ts';
import { failureKind } from '../schema/failure.ts';
import { makePartition, monthOf, type Partition } from '../schema/partitions.ts';

/** A month that is there is looked up again after this, ms: retention of another process may have dropped it. */
const THERE_MS = 600_000;
/** A month that could not be made is tried again after this, ms. */
const RETRY_MS = 60_000;

/** Partitions as they are wanted. */
export type Months = {
  /** Makes those of these ends that are not there; where that is not possible now, the default one takes records. */
  ensure(ends: readonly EpochMs[]): Promise<void>;
};

export function createMonths(o: { readonly pool: pg.Pool; readonly clock: Clock; readonly log: Log }): Months {
  const lookAgain = new Map<string, number>();
  /** The one that was last asked for: mostly all is of it. */
  let last: Partition | null = null;
  const isOfLast = (end: EpochMs) => last !== null && end >= last.from! && end < last.to!;
  const isKnown = (name: string) => (lookAgain.get(name) ?? 0) > o.clock.mono();
  return {
    async ensure(ends) {
      if (last !== null && isKnown(last.name) && ends.every(isOfLast)) return;
      const now = o.clock.now();
      const months = new Map(ends.map((end) => monthOf(end, now)).map((month) => [month?.name, month] as const));
      for (const [name, month] of months) {
        if (name === undefined || !month) continue;
        last = month;
        if (isKnown(name)) continue;
        const isThere = await makePartition(o.pool, month).catch((error: unknown) => {
          if (failureKind(error) === 'away') throw error;
          o.log.error({ partition: name, error: String(error) }, `the partition ${name} cannot be made`);
          return false;
        });
        lookAgain.set(name, o.clock.mono() + (isThere ? THERE_MS : RETRY_MS));
        if (!isThere) o.log.warn({ partition: name }, `${name} is not there yet: records_default takes its records`);
      }
    },
  };
}
