import type pg from 'pg';
import type { Database } from '../schema/database.ts';
import { refused } from './parts.ts';

/** Records deleted in one statement: others are served in between. */
const PIECE = 10_000;
/** Longest wait for what is being stored at that moment, ms. */
const LOCK_MS = 10_000;

/** `analyzer` null: the node and all of them. */
export type Removed = { readonly node: number; readonly analyzer: number | null };

/**
 * Removes an analyzer or a node, and its records where `withRecords`; else it is refused when there are any. What is
 * stored meanwhile, by any process, is stored before and removed too, or finds it gone.
 */
export async function removeRecords({ pool }: Database, removed: Removed, withRecords: boolean): Promise<void> {
  const keys = removed.analyzer === null ? [removed.node] : [removed.node, removed.analyzer];
  const where = removed.analyzer === null ? 'node_id = $1' : 'node_id = $1 AND analyzer_id = $2';
  if (withRecords) await deletePieces(pool, where, keys);
  const client = await pool.connect();
  let failed = true;
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
    // nothing is stored while it is held; records are read all the same
    await client.query('LOCK TABLE records IN SHARE ROW EXCLUSIVE MODE');
    if (withRecords) await client.query(`DELETE FROM records WHERE ${where}`, keys);
    else await refuseRecords(client, where, keys);
    await removeEntry(client, removed, keys);
    await client.query('COMMIT');
    failed = false;
  } finally {
    if (failed) await client.query('ROLLBACK').catch(() => undefined);
    client.release(failed);
  }
}

async function deletePieces(pool: pg.Pool, where: string, keys: readonly number[]): Promise<void> {
  const text = `DELETE FROM records WHERE (node_id, analyzer_id, end_at, generation) IN
    (SELECT node_id, analyzer_id, end_at, generation FROM records WHERE ${where} LIMIT ${PIECE})`;
  for (;;) {
    const { rowCount } = await pool.query(text, [...keys]);
    if ((rowCount ?? 0) < PIECE) return;
  }
}

async function refuseRecords(client: pg.PoolClient, where: string, keys: readonly number[]): Promise<void> {
  const { rows } = await client.query(`SELECT count(*) AS count FROM records WHERE ${where}`, [...keys]);
  const count = Number(rows[0].count);
  if (count === 0) return;
  const it = keys.length === 1 ? `node ${keys[0]}` : `analyzer ${keys[1]} of node ${keys[0]}`;
  throw refused(`${it} has ${count} records: they must be removed with it (--with-records), or it stays`);
}

async function removeEntry(client: pg.PoolClient, { analyzer }: Removed, keys: readonly number[]): Promise<void> {
  if (analyzer !== null) {
    // it first: who enters something of it holds it, and that is seen afterwards
    await client.query('DELETE FROM analyzers WHERE node_id = $1 AND id = $2', [...keys]);
    for (const table of ['assignments', 'events']) {
      await client.query(`DELETE FROM ${table} WHERE node_id = $1 AND analyzer_id = $2`, [...keys]);
    }
    return;
  }
  await client.query('DELETE FROM allowed WHERE node_id = $1', [...keys]);
  await client.query('DELETE FROM nodes WHERE id = $1', [...keys]);
}
