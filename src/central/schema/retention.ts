import type pg from 'pg';
import { LectorError } from '../../domain/errors.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { Database } from './database.ts';
import { centreFailure } from './failure.ts';
import { dropPartition, type Partition, partitionsOf } from './partitions.ts';

const DAY_MS = 86_400_000;
const DAYS_MAX = 36_500;
const KEY = 'retention_days';
/** Rows deleted in one statement: others are served in between. */
const PIECE = 10_000;

/** Days that records are kept; null: for ever. */
export async function retentionDays(pool: pg.Pool): Promise<number | null> {
  const { rows } = await pool.query('SELECT value FROM settings WHERE key = $1', [KEY]);
  return rows.length === 0 ? null : Number(rows[0].value);
}

export async function setRetentionDays(pool: pg.Pool, days: number | null): Promise<void> {
  if (days === null) {
    await pool.query('DELETE FROM settings WHERE key = $1', [KEY]);
    return;
  }
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) {
    throw new LectorError('CENTRE_REFUSED', `expected 1 to ${DAYS_MAX} days, or none to keep all, saw ${days}`);
  }
  const text =
    'INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
  await pool.query(text, [KEY, JSON.stringify(days)]);
}

export type Retained = { readonly partitions: number; readonly records: number };

/**
 * Removes what is older than the days that are kept: whole months at once, else rows in pieces. The days count back
 * from `now` or from the newest record, whichever is earlier: a clock that jumped ahead, and sites that were silent for
 * long, cost no record. Rejects with CENTRE_UNAVAILABLE when the database is away.
 */
export async function applyRetention({ pool }: Database, now: EpochMs): Promise<Retained> {
  try {
    return await removeOld(pool, now);
  } catch (error) {
    throw centreFailure(error);
  }
}

/** What ends before is not kept; null: all is. */
export async function keptSince(pool: pg.Pool, now: EpochMs): Promise<EpochMs | null> {
  const days = await retentionDays(pool);
  if (days === null) return null;
  const { rows } = await pool.query('SELECT max(last_end) AS newest FROM analyzers');
  const newest: Date | null = rows[0].newest;
  return newest === null ? null : epochMs(Math.min(now, newest.getTime()) - days * DAY_MS);
}

async function removeOld(pool: pg.Pool, now: EpochMs): Promise<Retained> {
  const before = await keptSince(pool, now);
  if (before === null) return { partitions: 0, records: 0 };
  let [partitions, records] = [0, 0];
  for (const partition of await partitionsOf(pool)) {
    if (partition.from !== null && partition.from >= before) continue;
    const isWhole = partition.to !== null && partition.to <= before;
    if (isWhole && (await dropPartition(pool, partition.name))) partitions += 1;
    else records += await deleteBefore(pool, partition, before);
  }
  return { partitions, records };
}

/** In the default partition lie the ends of wrong clocks: what came from one in 1970 is as old as its coming. */
async function deleteBefore(pool: pg.Pool, { name, from }: Partition, before: EpochMs): Promise<number> {
  const table = `"${name}"`;
  const isOld = from === null ? 'end_at < $1 AND received_at < $1' : 'end_at < $1';
  const text = `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM ${table} WHERE ${isOld} LIMIT ${PIECE}))`;
  let deleted = 0;
  for (;;) {
    const { rowCount } = await pool.query(text, [new Date(before)]);
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < PIECE) return deleted;
  }
}
