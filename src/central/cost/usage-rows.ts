import pg from 'pg';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { emptyColumns, type Place, type UsageColumns } from '../../tariff/usage-columns.ts';
import type { HistoryQuery } from '../ports.ts';
import type { Database } from '../schema/database.ts';
import { centreFailure } from '../schema/failure.ts';
import type { Shape } from '../schema/tables.ts';
import { createCopiedRows } from './copied-rows.ts';

/**
 * Reads those values of the records of an analyzer, by end and generation, and nothing else of them. The memory that it
 * takes is that of the lists.
 */
export type ReadUsage = (query: HistoryQuery, places: readonly Place[]) => Promise<UsageColumns>;

/** Records end in 1970..9999. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** How often records are read anew because there are some of a shape that was not known. */
const READINGS_MAX = 5;

const QUARTER_MS = 900_000;
/** Records that there is room for before there are any: mostly they are of quarter hours. */
const [ROOM_MIN, ROOM_MAX] = [256, 50_000];

type ShapeRow = { readonly id: number; readonly hash: string; readonly variables: Shape };
type Shapes = ReadonlyMap<number, ShapeRow>;

const SHAPE = `SELECT id, encode(sha256, 'base64') AS hash, variables FROM shapes WHERE id = ANY`;
const OF_RANGE =
  'FROM records WHERE node_id = $1 AND analyzer_id = $2 AND end_at > $3 AND end_at <= $4 ORDER BY end_at';
/** Of the first and of the last of them: mostly of all. */
const SHAPES_AT_ENDS = `${SHAPE} (ARRAY[
  (SELECT shape_id ${OF_RANGE}, generation LIMIT 1),
  (SELECT shape_id ${OF_RANGE} DESC, generation DESC LIMIT 1)])`;

export function createUsageRows(database: Pick<Database, 'pool'>): ReadUsage {
  return async (query, places) => {
    try {
      return await readUsage(database, query, places);
    } catch (error) {
      throw centreFailure(error);
    }
  };
}

/** All in one pass where the shapes of the first and the last record are those of all, else in another one. */
async function readUsage(database: Pick<Database, 'pool'>, query: HistoryQuery, places: readonly Place[]) {
  const { node, analyzer, from, to } = query;
  const range = [node, analyzer, new Date(from), new Date(to)];
  let known = await shapesOf(database, SHAPES_AT_ENDS, range);
  for (let reading = 0; known.size > 0; reading += 1) {
    const { rows, shapes } = await copied(database, query, places, known);
    // an id alone may mean another by then
    const met = await shapesOf(database, `${SHAPE} ($1)`, [[...shapes]]);
    if ([...met].every(([id, { hash }]) => known.get(id)?.hash === hash)) return rows;
    if (reading === READINGS_MAX) throw new LectorError('CENTRE_UNAVAILABLE', CHANGING);
    known = met;
  }
  return emptyColumns(0, places);
}

const CHANGING = 'what the records of this analyzer hold changes while they are read: ask again';

async function shapesOf({ pool }: Pick<Database, 'pool'>, text: string, values: unknown[]): Promise<Shapes> {
  const { rows } = await pool.query<ShapeRow>(text, values);
  return new Map(rows.map((row) => [row.id, row]));
}

async function copied({ pool }: Pick<Database, 'pool'>, query: HistoryQuery, places: readonly Place[], known: Shapes) {
  const quarters = Math.ceil((query.to - query.from) / QUARTER_MS);
  const taken = createCopiedRows(places, Math.min(Math.max(quarters, ROOM_MIN), ROOM_MAX));
  let failure: unknown = null;
  const copy = Object.assign(new pg.Query(`COPY (${selected(query, places, known)}) TO STDOUT (FORMAT binary)`), {
    // what is thrown here would end the process
    handleCopyData({ chunk }: { readonly chunk: Uint8Array }) {
      if (failure !== null) return;
      try {
        taken.take(chunk);
      } catch (error) {
        failure = error;
      }
    },
  });
  // a pool gives what it is told to submit a promise of its own
  const { rowCount } = (await (pool.query(copy) as unknown as Promise<pg.QueryResult>)) ?? {};
  if (failure !== null) throw notCopied(failure);
  const told = taken.told();
  if (rowCount === told.rows.length) return told;
  throw new LectorError('CENTRE_UNAVAILABLE', `expected ${rowCount} records, saw ${told.rows.length}: ask again`);
}

function notCopied(error: unknown): LectorError {
  const words = safe(error instanceof Error ? error.message : String(error));
  return new LectorError('DATABASE_FAILED', `PostgreSQL copies records otherwise than it says: ${words}`, {}, error);
}

/** COPY takes no parameters: nothing but numbers and dates of ours stands in it. */
function selected({ node, analyzer, from, to }: HistoryQuery, places: readonly Place[], known: Shapes): string {
  const [first, last] = [from, to].map((each) => new Date(Math.min(Math.max(0, each), LAST_MS)).toISOString());
  const values = places.flatMap((place) => columnsOf(place, [...known.values()]));
  return `SELECT ${['end_at', 'start_at', 'shape_id', ...values].join(', ')} FROM records
    WHERE node_id = ${Math.trunc(node)} AND analyzer_id = ${Math.trunc(analyzer)}
    AND end_at > '${first}' AND end_at <= '${last}' ORDER BY end_at, generation`;
}

/**
 * A value, of a counter with its difference and its age, of others with the share of readings behind it, where they
 * stand in records of each shape.
 */
function columnsOf({ code, index, isCounter }: Place, known: readonly ShapeRow[]): readonly string[] {
  const found = known.flatMap(({ id, variables }) => {
    const place = placeIn(variables, code, index);
    return place === null ? [] : [{ id, ...place }];
  });
  const column = (name: string, places: readonly { readonly id: number; readonly at: number }[]) => {
    const whens = places.map(({ id, at }) => `WHEN ${id} THEN ${name}[${at}]`);
    return whens.length === 0 ? 'NULL::float8' : `CASE shape_id ${whens.join(' ')} END`;
  };
  const counters = found.flatMap(({ id, counter }) => (counter === null ? [] : [{ id, ...counter }]));
  const value = column('"values"', found);
  if (!isCounter) {
    const variables = found.map(({ id, variable }) => ({ id, at: variable }));
    return [value, shareOf(column('counts', found), column('expecteds', variables))];
  }
  const deltas = counters.map(({ id, delta }) => ({ id, at: delta }));
  const ages = counters.map(({ id, age }) => ({ id, at: age }));
  return [value, column('deltas', deltas), column('ages_ms', ages)];
}

/** Of the readings that were due, where they are not all there; a row that says it once says it of all its values. */
const shareOf = (count: string, expected: string): string => `CASE
  WHEN counts IS NULL AND expecteds IS NULL AND n >= expected THEN NULL::float8
  ELSE NULLIF(LEAST(COALESCE(${count}, n)::float8 / NULLIF(COALESCE(${expected}, expected), 0), 1), 1) END`;

/** Places in the lists of a row, from 1 on; `counter` null: no difference is kept of it. null: it has no such value. */
function placeIn(shape: Shape, code: string, index: number) {
  let [at, delta, age] = [1, 1, 1];
  for (const [place, { code: own, aggregate, count }] of shape.entries()) {
    const isCounter = aggregate === 'counter';
    if (own === code) {
      const counter = isCounter ? { delta: delta + index, age } : null;
      return index >= count ? null : { at: at + index, variable: place + 1, counter };
    }
    at += count;
    delta += isCounter ? count : 0;
    age += isCounter ? 1 : 0;
  }
  return null;
}
