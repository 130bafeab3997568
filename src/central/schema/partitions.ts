import type pg from 'pg';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { failureKind } from './failure.ts';

const DAY_MS = 86_400_000;
/** Ends beyond these are those of a wrong clock: they are kept, in the default partition. */
const FIRST_END = Date.UTC(2000, 0, 1);
const AHEAD_MS = 40 * DAY_MS;
/** Longest wait for the default partition, ms: while one waits for it, others wait behind. */
const LOCK_MS = 1_000;
/** Key of the advisory lock under which partitions are made and dropped: "lec" and a number. */
const PARTITION_LOCK = 0x6c656301;

/** A month of records, UTC: `[from, to)`; both null: the default partition. */
export type Partition = { readonly name: string; readonly from: EpochMs | null; readonly to: EpochMs | null };

/** The month that a record lies in, or null for the default partition. */
export function monthOf(end: EpochMs, now: EpochMs): Partition | null {
  if (end < FIRST_END || end > now + AHEAD_MS) return null;
  const date = new Date(end);
  return monthNamed(date.getUTCFullYear(), date.getUTCMonth());
}

function monthNamed(year: number, month: number): Partition {
  const name = `records_${year}_${String(month + 1).padStart(2, '0')}`;
  return { name, from: epochMs(Date.UTC(year, month)), to: epochMs(Date.UTC(year, month + 1)) };
}

/** All partitions of `records`, the default one last. */
export async function partitionsOf(pool: pg.Pool): Promise<readonly Partition[]> {
  const { rows } = await pool.query<{ name: string }>(`SELECT child.relname AS name FROM pg_inherits
    JOIN pg_class AS child ON child.oid = inhrelid WHERE inhparent = 'records'::regclass ORDER BY child.relname`);
  return rows.map(({ name }) => {
    const parts = /^records_(\d{4})_(\d\d)$/.exec(name);
    return parts === null ? { name, from: null, to: null } : monthNamed(Number(parts[1]), Number(parts[2]) - 1);
  });
}

/**
 * Makes the partition of a month and moves there what of it lay in the default partition. False: the default partition
 * is in use for long; records of that month go there until it is tried again.
 */
export async function makePartition(pool: pg.Pool, { name, from, to }: Partition): Promise<boolean> {
  if (from === null || to === null) return true;
  const [since, until] = [new Date(from).toISOString(), new Date(to).toISOString()];
  return alone(pool, async (client) => {
    const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS made', [name]);
    if (rows[0].made) return;
    await client.query(`CREATE TABLE "${name}" (LIKE records INCLUDING ALL)`);
    await client.query('LOCK TABLE records_default IN ACCESS EXCLUSIVE MODE');
    await client.query(`WITH moved AS (DELETE FROM records_default WHERE end_at >= '${since}' AND end_at < '${until}'
      RETURNING *) INSERT INTO "${name}" SELECT * FROM moved`);
    // less of a lock than CREATE TABLE ... PARTITION OF takes: others go on storing and reading
    await client.query(`ALTER TABLE records ATTACH PARTITION "${name}" FOR VALUES FROM ('${since}') TO ('${until}')`);
  });
}

/** False: it is in use for long. */
export const dropPartition = (pool: pg.Pool, name: string): Promise<boolean> =>
  alone(pool, async (client) => {
    await client.query(`DROP TABLE IF EXISTS "${name}"`);
  });

/** Runs under the lock of partitions, in one transaction; false when a table was not to be had in time. */
async function alone(pool: pg.Pool, change: (client: pg.PoolClient) => Promise<void>): Promise<boolean> {
  const client = await pool.connect();
  let failed = true;
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
    await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
    await change(client);
    await client.query('COMMIT');
    failed = false;
    return true;
  } catch (error) {
    if (isLocked(error)) return false;
    throw error;
  } finally {
    if (failed) await client.query('ROLLBACK').catch(() => undefined);
    client.release(failed);
  }
}

/** The lock was not to be had in time, or another was given up for it. */
const isLocked = (error: unknown): boolean =>
  (error as { readonly code?: string }).code === '55P03' || failureKind(error) === 'again';
