import type pg from 'pg';
import type { CentralRecord } from '../ports.ts';
import { NUMBER_LISTS } from '../schema/number-lists.ts';
import { recordOf, type StoredRow } from '../schema/row-codec.ts';
import { shapesById } from '../schema/shapes.ts';
import { keyOf } from './identity.ts';

const FIND = `SELECT records.* FROM unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::int[])
    AS given (node_id, analyzer_id, end_at, generation)
  JOIN records ON records.node_id = given.node_id AND records.analyzer_id = given.analyzer_id
    AND records.end_at = given.end_at AND records.generation = given.generation`;

/** What is stored under the identities of these records, by key. */
export async function findStored(
  pool: pg.Pool,
  records: readonly CentralRecord[],
): Promise<ReadonlyMap<string, CentralRecord>> {
  const values = [
    records.map(({ node }) => node),
    records.map(({ analyzer }) => analyzer),
    records.map(({ end }) => new Date(end).toISOString()),
    records.map(({ generation }) => generation),
  ];
  const { rows } = await pool.query<StoredRow>({ text: FIND, values, types: NUMBER_LISTS });
  const known = await shapesById(
    pool,
    rows.map(({ shape_id }) => shape_id),
  );
  return new Map(
    rows.map((row) => {
      const record = recordOf(row, known.get(row.shape_id) ?? []);
      return [keyOf(record), record] as const;
    }),
  );
}
