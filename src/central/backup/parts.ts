import type pg from 'pg';
import { type Part, TABLES } from './manifest.ts';

/** Values are written, and read again, the same on every server. */
export const SESSION = `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL extra_float_digits = 1;
  SET LOCAL client_encoding = 'UTF8'; SET LOCAL bytea_output = 'hex'`;

const COLUMNS = `SELECT attname::text AS name FROM pg_attribute
  WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`;

const FOUND = `SELECT c.oid, c.relname AS name, c.relkind = 'p' AS is_parted, p.relname AS parent,
    pg_get_expr(c.relpartbound, c.oid) AS bound
  FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND coalesce(p.relname, c.relname) = ANY ($1) ORDER BY c.relname`;

type Found = { oid: number; name: string; is_parted: boolean; parent: string | null; bound: string | null };

/** Our tables, each partition for itself, in the order of {@link TABLES}; nothing of their rows is known yet. */
export async function partsNow(client: pg.PoolClient): Promise<Part[]> {
  const { rows } = await client.query<Found>(FOUND, [[...TABLES]]);
  const order = ({ parent, name }: Found) => TABLES.findIndex((table) => table === (parent ?? name));
  const holding = rows.filter(({ is_parted }) => !is_parted).sort((a, b) => order(a) - order(b));
  const parts: Part[] = [];
  for (const { oid, name, parent, bound } of holding) {
    const columns = (await client.query<{ name: string }>(COLUMNS, [oid])).rows.map((each) => each.name);
    const partition = parent === null || bound === null ? null : { of: parent, bound };
    parts.push({ name, partition, columns, rows: 0, bytes: 0, sha256: '' });
  }
  return parts;
}
