import type pg from 'pg';
import { types } from 'pg';
import type { Database } from '../schema/database.ts';
import { centreFailure } from '../schema/failure.ts';

/** Object ids of PostgreSQL's own types. */
const FLOAT8_LIST = 1022;
const INT4_LIST = 1007;

/**
 * Numbers of a list as PostgreSQL writes them, `{1.5,NULL,-2}`: a month of records has a million, and pg's own parser,
 * made for any list, takes ten times as long.
 */
export function parseNumbers(text: string): readonly (number | null)[] {
  const inside = text.slice(1, -1);
  return inside === '' ? [] : inside.split(',').map((each) => (each === 'NULL' ? null : Number(each)));
}

const TYPES = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === FLOAT8_LIST || oid === INT4_LIST ? parseNumbers : types.getTypeParser(oid, format)) as never,
} satisfies pg.CustomTypesConfig;

/** Rows of a question; rejects with CENTRE_UNAVAILABLE when the database is away, too busy or out of room. */
export async function rowsOf<Row>(
  { pool }: Pick<Database, 'pool'>,
  text: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  try {
    const { rows } = await pool.query<Row & pg.QueryResultRow>({ text, values: [...values], types: TYPES });
    return rows;
  } catch (error) {
    throw centreFailure(error);
  }
}
