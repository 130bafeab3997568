import { toFailure } from '../domain/errors.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Database } from './schema/database.ts';
import { applyRetention } from './schema/retention.ts';

/** The first after a start, so that a centre that is restarted often removes too. */
const FIRST_MS = 60_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

type Options = { readonly database: Database; readonly clock: Clock; readonly log: Log };

/** Removes what is older than the days that are kept, daily; after a failure in an hour. */
export function keepRetention({ database, clock, log }: Options, apply = applyRetention): { stop(): void } {
  let timer: unknown = null;
  let isStopped = false;
  const plan = (ms: number) => {
    if (!isStopped) timer = clock.setTimeout(() => void remove(), ms);
  };
  const remove = async () => {
    try {
      const { partitions, records } = await apply(database, clock.now());
      const months = partitions === 1 ? '1 whole month' : `${partitions} whole months`;
      if (partitions + records > 0)
        log.info({ partitions, records }, `removed what is too old: ${months}, ${records} records`);
      plan(DAY_MS);
    } catch (error) {
      log.warn({ reason: toFailure(error, 'DATABASE_FAILED').message }, 'old records could not be removed');
      plan(HOUR_MS);
    }
  };
  plan(FIRST_MS);
  return {
    stop() {
      isStopped = true;
      clock.clearTimeout(timer);
    },
  };
}
