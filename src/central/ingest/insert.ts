import type pg from 'pg';
import type { EpochMs } from '../../domain/units.ts';
import type { RecordRow } from '../schema/row-codec.ts';
import type { ShapeRef } from '../schema/shapes.ts';

/** Longest wait for an answer of PostgreSQL, ms: beyond it what became of the records is not known. */
const ANSWER_MS = 20_000;
const DAY_MS = 86_400_000;

/** A row, and what its `shape_id` stands for. */
export type ShapedRow = { readonly row: RecordRow; readonly shape: ShapeRef };

type Column = {
  readonly name: string;
  readonly type: string;
  /** As PostgreSQL reads it within a list of that type. */
  readonly text: (row: RecordRow) => string;
};

const plain = (value: number | null): string => (value === null ? 'NULL' : String(value));
const instant = (at: EpochMs | null): string => (at === null ? 'NULL' : `"${new Date(at).toISOString()}"`);
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
function list(numbers: readonly (number | null)[] | null): string {
  if (numbers === null) return 'NULL';
  // of a null, join makes nothing where PostgreSQL wants its name
  return `"{${(numbers.includes(null) ? numbers.map(plain) : numbers).join(',')}}"`;
}

const COLUMNS: readonly Column[] = [
  { name: 'node_id', type: 'bigint', text: (row) => plain(row.node_id) },
  { name: 'analyzer_id', type: 'int', text: (row) => plain(row.analyzer_id) },
  { name: 'end_at', type: 'timestamptz', text: (row) => instant(row.end_at) },
  { name: 'generation', type: 'int', text: (row) => plain(row.generation) },
  { name: 'start_at', type: 'timestamptz', text: (row) => instant(row.start_at) },
  { name: 'ratio', type: 'float8', text: (row) => plain(row.ratio) },
  { name: 'model', type: 'text', text: (row) => quoted(row.model) },
  { name: 'shape_id', type: 'int', text: (row) => plain(row.shape_id) },
  { name: 'n', type: 'int', text: (row) => plain(row.n) },
  { name: 'expected', type: 'int', text: (row) => plain(row.expected) },
  { name: 'values', type: 'float8[]', text: (row) => list(row.values) },
  { name: 'lows', type: 'float8[]', text: (row) => list(row.lows) },
  { name: 'highs', type: 'float8[]', text: (row) => list(row.highs) },
  { name: 'counts', type: 'int[]', text: (row) => list(row.counts) },
  { name: 'expecteds', type: 'int[]', text: (row) => list(row.expecteds) },
  { name: 'deltas', type: 'float8[]', text: (row) => list(row.deltas) },
  { name: 'ages_ms', type: 'float8[]', text: (row) => list(row.ages_ms) },
  { name: 'flags', type: 'int[]', text: (row) => list(row.flags) },
];

const NAMES = COLUMNS.map(({ name }) => `"${name}"`).join(', ');
// a list of lists is one of texts that are lists: PostgreSQL's own must all have the same length
const LISTS = COLUMNS.map(({ type }, index) => `$${index + 1}::${type.endsWith('[]') ? 'text' : type}[]`).join(', ');
const SHAPE = `$${COLUMNS.length + 1}::bytea[]`;
const LAST_END_MAX = `$${COLUMNS.length + 2}::timestamptz`;
const castOf = ({ name, type }: Column): string => `given."${name}"${type.endsWith('[]') ? `::${type}` : ''}`;
const CAST = COLUMNS.map(castOf).join(', ');
const CAST_NAMED = COLUMNS.map((each) => `${castOf(each)} AS "${each.name}"`).join(', ');
const IDENTITY: readonly string[] = ['node_id', 'analyzer_id', 'end_at', 'generation'];

/**
 * One statement, one commit: the records of analyzers that are known, whose shape is the one that they were made for
 * (those that are there already are left alone), and the newest end of each analyzer. Rows and then analyzers are taken
 * in one order, so that processes do not deadlock. The answer has the keys of what was stored, or null where all were:
 * to print and read them costs as much as to store them.
 */
const INSERT = `WITH stored AS (
    INSERT INTO records (${NAMES})
    SELECT ${CAST} FROM unnest(${LISTS}, ${SHAPE}) AS given (${NAMES}, shape)
      JOIN shapes ON shapes.id = given.shape_id AND shapes.sha256 = given.shape
      JOIN analyzers ON analyzers.node_id = given.node_id AND analyzers.id = given.analyzer_id
    ORDER BY given.node_id, given.analyzer_id, given.end_at, given.generation
    ON CONFLICT DO NOTHING
    RETURNING node_id, analyzer_id, end_at, generation
  ), newest AS (
    SELECT node_id, analyzer_id, max(end_at) AS last_end FROM stored
    WHERE end_at >= '2000-01-01T00:00Z' AND end_at <= ${LAST_END_MAX}
    GROUP BY node_id, analyzer_id
  ), locked AS (
    SELECT analyzers.node_id, analyzers.id, newest.last_end FROM analyzers
      JOIN newest ON analyzers.node_id = newest.node_id AND analyzers.id = newest.analyzer_id
    WHERE analyzers.last_end IS NULL OR analyzers.last_end < newest.last_end
    ORDER BY analyzers.node_id, analyzers.id
    FOR NO KEY UPDATE OF analyzers
  ), moved AS (
    UPDATE analyzers SET last_end = locked.last_end FROM locked
    WHERE analyzers.node_id = locked.node_id AND analyzers.id = locked.id
  )
  SELECT CASE WHEN (SELECT count(*) FROM stored) < cardinality($1::bigint[]) THEN ARRAY(
    SELECT node_id || '/' || analyzer_id || '/' || (extract(epoch FROM end_at) * 1000)::bigint || '/' || generation
    FROM stored) END AS keys`;

const SETTABLE = COLUMNS.filter(({ name }) => !IDENTITY.includes(name));

/** A row in the place of one of its identity that an old lector sent, `n` null; the shape is checked as above. */
const REPLACE = `UPDATE records SET ${SETTABLE.map(({ name }) => `"${name}" = given."${name}"`).join(', ')}
  FROM (SELECT ${CAST_NAMED} FROM unnest(${LISTS}, ${SHAPE}) AS given (${NAMES}, shape)
    JOIN shapes ON shapes.id = given.shape_id AND shapes.sha256 = given.shape) AS given
  WHERE ${IDENTITY.map((name) => `records.${name} = given.${name}`).join(' AND ')} AND records.n IS NULL
  RETURNING records.node_id`;

/** Resolves, once it is durable, with whether an old lector's reading gave way to this record. */
export async function replaceOld(pool: pg.Pool, shaped: ShapedRow): Promise<boolean> {
  const query = { text: REPLACE, values: [...valuesOf([shaped])], query_timeout: ANSWER_MS };
  return ((await pool.query(query)).rowCount ?? 0) > 0;
}

/**
 * Stores what is new and resolves, once it is durable, with its keys, or null where that is all of it; rows must be in
 * the order of identity, each of another one.
 */
export async function insertRows(
  pool: pg.Pool,
  shaped: readonly ShapedRow[],
  now: EpochMs,
): Promise<ReadonlySet<string> | null> {
  const query = {
    ...{ name: 'lector-ingest', text: INSERT, values: [...valuesOf(shaped), new Date(now + DAY_MS)] },
    query_timeout: ANSWER_MS,
  };
  const { rows } = await pool.query<{ readonly keys: readonly string[] | null }>(query);
  const keys = rows[0]?.keys ?? null;
  return keys === null ? null : new Set(keys);
}

/** Each column as one list, and the hashes of the shapes. */
function valuesOf(shaped: readonly ShapedRow[]): readonly string[] {
  const lists = COLUMNS.map(({ text }) => `{${shaped.map(({ row }) => text(row)).join(',')}}`);
  // within a list of bytea a backslash is written twice
  return [...lists, `{${shaped.map(({ shape }) => `"\\\\x${shape.sha256}"`).join(',')}}`];
}
