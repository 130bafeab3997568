import type pg from 'pg';
import { toFailure } from '../domain/errors.ts';
import type { Clock, Log } from '../domain/ports.ts';
import { within } from './within.ts';

const LOOK_EVERY_MS = 5_000;
const ANSWER_MS = 3_000;
/** A connection that does not answer is given up, not kept for as long as that lasts. */
const ASKED = { text: 'SELECT 1', query_timeout: ANSWER_MS } as pg.QueryConfig;

/**
 * Whether a PostgreSQL answers: looked at now and then, told when it changes. `isRunning`: of one that is known to be
 * down nothing is asked.
 */
export function watchDatabase(pool: Pick<pg.Pool, 'query'>, clock: Clock, log: Log, isRunning = () => true) {
  let isUp = true;
  let timer: unknown = null;
  let isStopped = false;
  const look = async () => {
    try {
      if (isRunning()) await within(clock, ANSWER_MS, pool.query(ASKED));
      if (!isUp) log.info({}, 'PostgreSQL answers again');
      isUp = true;
    } catch (error) {
      if (isUp) log.warn({ reason: toFailure(error, 'DATABASE_FAILED').message }, 'PostgreSQL does not answer');
      isUp = false;
    }
    if (!isStopped) timer = clock.setTimeout(() => void look(), LOOK_EVERY_MS);
  };
  timer = clock.setTimeout(() => void look(), LOOK_EVERY_MS);
  return {
    isUp: () => isUp,
    stop() {
      isStopped = true;
      clock.clearTimeout(timer);
    },
  };
}
