import type pg from 'pg';
import type { Database } from '../schema/database.ts';
import { centreFailure } from '../schema/failure.ts';
import { NUMBER_LISTS } from '../schema/number-lists.ts';

/** Rows of a question; rejects with CENTRE_UNAVAILABLE when the database is away, too busy or out of room. */
export async function rowsOf<Row>(
  { pool }: Pick<Database, 'pool'>,
  text: string,
  values: readonly unknown[],
  types: pg.CustomTypesConfig = NUMBER_LISTS,
): Promise<readonly Row[]> {
  try {
    const { rows } = await pool.query<Row & pg.QueryResultRow>({ text, values: [...values], types });
    return rows;
  } catch (error) {
    throw centreFailure(error);
  }
}
