import type pg from 'pg';
import { LectorError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { History, HistoryQuery } from '../ports.ts';
import type { Database } from '../schema/database.ts';
import { NUMBER_LISTS, TEXT_LISTS } from '../schema/number-lists.ts';
import { recordOf, type StoredRow } from '../schema/row-codec.ts';
import type { Shape } from '../schema/tables.ts';
import { createRowPrinter, type TextRow } from './row-json.ts';
import { rowsOf } from './stored-rows.ts';

/** Records that are read at once: enough that asking costs little beside reading, and no more than some MB. */
export const PIECE_RECORDS = 500;

const COLUMNS = [
  ...['node_id', 'analyzer_id', 'end_at', 'start_at', 'generation', 'ratio', 'model', 'shape_id', 'n', 'expected'],
  ...['"values"', 'lows', 'highs', 'counts', 'expecteds', 'deltas', 'ages_ms', 'flags'],
] as const;
const columnsOf = (table: string): string => COLUMNS.map((each) => `${table}.${each}`).join(', ');

/** The rows of a question with the hash of their shape, in the same statement: an id alone may mean another by then. */
const shaped = (question: string, order: string): string =>
  `SELECT r.*, encode(s.sha256, 'base64') AS shape FROM (${question}) r LEFT JOIN shapes s ON s.id = r.shape_id
  ORDER BY ${order}`;

/** `end_at >= $3` names nothing new, but lets PostgreSQL leave out whole partitions. */
const PIECE = shaped(
  `SELECT ${columnsOf('r')} FROM records r
  WHERE r.node_id = $1 AND r.analyzer_id = $2 AND r.end_at >= $3 AND (r.end_at, r.generation) > ($3, $4)
    AND r.end_at <= $5
  ORDER BY r.end_at, r.generation LIMIT $6`,
  'r.end_at, r.generation',
);

/** `last_end` leads to the record; where it is ahead of the clock the newest that is not is looked for. */
const LATEST = shaped(
  `SELECT ${columnsOf('r')} FROM analyzers a CROSS JOIN LATERAL (
    SELECT * FROM records o WHERE o.node_id = a.node_id AND o.analyzer_id = a.id AND o.end_at = a.last_end
    ORDER BY o.generation DESC LIMIT 1) r
  WHERE a.last_end <= $1 AND ($2::bigint IS NULL OR a.node_id = $2)
  UNION ALL
  SELECT ${columnsOf('r')} FROM analyzers a CROSS JOIN LATERAL (
    SELECT * FROM records o WHERE o.node_id = a.node_id AND o.analyzer_id = a.id AND o.end_at <= $1
    ORDER BY o.end_at DESC, o.generation DESC LIMIT 1) r
  WHERE a.last_end > $1 AND ($2::bigint IS NULL OR a.node_id = $2)`,
  'r.node_id, r.analyzer_id',
);

const HOLDINGS = `SELECT analyzer_id AS analyzer, (extract(epoch FROM end_at) * 1000)::float8 AS "end", generation,
    (n IS NULL)::int AS bare
  FROM records WHERE node_id = $1 AND end_at > $2 AND end_at <= $3 ORDER BY analyzer_id, end_at, generation`;

const SHAPES = `SELECT variables FROM shapes WHERE id IN (SELECT shape_id FROM records
  WHERE node_id = $1 AND analyzer_id = $2 AND end_at > $3 AND end_at <= $4) ORDER BY id`;

const at = (instant: EpochMs): Date => new Date(instant);

/** Reads what is stored. Everything rejects with CENTRE_UNAVAILABLE while the database is away. */
export function createHistory({ database, clock }: { readonly database: Database; readonly clock: Clock }): History {
  const shapes = createShapes(database);

  /** The rows of a time, piece after piece. */
  function stored<Row extends Placed>(
    { node, analyzer, from, to }: HistoryQuery,
    types: pg.CustomTypesConfig,
    allGenerations = false,
  ): AsyncGenerator<readonly Row[], void> {
    const fetch = (end: Date, generation: number) =>
      rowsOf<Row>(database, PIECE, [node, analyzer, end, generation, at(to), PIECE_RECORDS], types);
    const all = pieces(fetch, at(from));
    return allGenerations ? all : lastGenerations(all);
  }

  return {
    async *records(query, allGenerations) {
      for await (const rows of stored<ShapedRow>(query, NUMBER_LISTS, allGenerations)) {
        yield* await shapes.told(rows, recordOf);
      }
    },
    async *recordsAsJson(query, { allGenerations, ...options }) {
      const print = createRowPrinter(options);
      for await (const rows of stored<TextRow & Shaped>(query, TEXT_LISTS, allGenerations)) {
        const texts = await shapes.told(rows, print);
        if (texts.length > 0) yield texts.join(',\n');
      }
    },
    async latest(node) {
      const rows = await rowsOf<ShapedRow>(database, LATEST, [at(clock.now()), node]);
      // one that cannot be told must not hide the others
      return shapes.told(
        rows.filter(({ shape }) => shape !== null),
        recordOf,
      );
    },
    async holdings(node, from, to) {
      type Held = Readonly<Record<'analyzer' | 'end' | 'generation' | 'bare', number>>;
      const rows = await rowsOf<Held>(database, HOLDINGS, [node, at(from), at(to)]);
      return rows.map(({ analyzer, end, generation, bare }) =>
        bare === 1 ? ([analyzer, end, generation, 1] as const) : ([analyzer, end, generation] as const),
      );
    },
    async shape({ node, analyzer, from, to }) {
      const values = [node, analyzer, at(from), at(to)];
      const rows = await rowsOf<{ readonly variables: Shape }>(database, SHAPES, values);
      return joined(rows.map(({ variables }) => variables));
    },
  };
}

/** No record has a greater one: what is after it has a later end. */
const GENERATION_MAX = 2_147_483_647;
type Placed = Pick<StoredRow, 'end_at' | 'generation'>;

/** Piece after piece; the next is fetched while the last is used, and none when nobody wants it. */
async function* pieces<Row extends Placed>(
  fetch: (end: Date, generation: number) => Promise<readonly Row[]>,
  from: Date,
): AsyncGenerator<readonly Row[], void> {
  let coming: Promise<readonly Row[]> | null = fetch(from, GENERATION_MAX);
  while (coming !== null) {
    const rows: readonly Row[] = await coming;
    const last = rows.at(-1);
    coming = last === undefined || rows.length < PIECE_RECORDS ? null : fetch(last.end_at, last.generation);
    // told to whoever waits for it; nobody does when the reader went away meanwhile
    coming?.catch(() => undefined);
    yield rows;
  }
}

/** Of rows of one end, which come by generation, the last. */
async function* lastGenerations<Row extends Placed>(
  all: AsyncIterable<readonly Row[]>,
): AsyncGenerator<readonly Row[], void> {
  let held: readonly Row[] = [];
  for await (const piece of all) {
    const rows = [...held, ...piece];
    held = rows.slice(-1);
    yield rows.slice(0, -1).filter((row, index) => row.end_at.getTime() !== rows[index + 1]?.end_at.getTime());
  }
  yield held;
}

/** `shape`: SHA-256 of what the lists stand for, base64; null: it is not there. */
type Shaped = { readonly shape: string | null };
type ShapedRow = StoredRow & Shaped;
const BY_HASH = `SELECT encode(sha256, 'base64') AS shape, variables FROM shapes
  WHERE sha256 IN (SELECT decode(hash, 'base64') FROM unnest($1::text[]) AS given (hash))`;

/** Shapes kept; analyzers of one model and one list of variables share theirs. */
const SHAPES_MAX = 2_000;

/**
 * Shapes are known by their hash, and asked for once. Ids would not do: in a database that was restored under a running
 * centre they are of other shapes, and values would be shown as those of other variables.
 */
function createShapes(database: Database) {
  const known = new Map<string, Shape>();
  const learn = async (hashes: readonly string[]): Promise<void> => {
    const missing = [...new Set(hashes)].filter((hash) => !known.has(hash));
    if (missing.length === 0) return;
    type Row = { readonly shape: string; readonly variables: Shape };
    const rows = await rowsOf<Row>(database, BY_HASH, [missing]);
    if (known.size > SHAPES_MAX) known.clear();
    for (const { shape, variables } of rows) known.set(shape, variables);
  };
  return {
    /** What `tell` makes of each row and what its lists stand for. */
    async told<Row extends Shaped & Named, T>(
      rows: readonly Row[],
      tell: (row: Row, shape: Shape) => T,
    ): Promise<readonly T[]> {
      await learn(rows.flatMap(({ shape }) => shape ?? []));
      return rows.map((row) => tell(row, known.get(row.shape ?? '') ?? missingShape(row)));
    },
  };
}

type Named = Pick<StoredRow, 'node_id' | 'analyzer_id' | 'shape_id'>;

function missingShape({ node_id: node, analyzer_id: analyzer, shape_id: id }: Named): never {
  const words = `the records of analyzer ${analyzer} of node ${node} are of variables that are not there (shape ${id})`;
  throw new LectorError('CENTRE_UNAVAILABLE', `${words}: ask again; if it stays so, restore a backup`);
}

/** Every variable of any, once for each number of values that it has had; what it is, as the last has it. */
function joined(shapes: readonly Shape[]): Shape {
  return [...new Map(shapes.flat().map((each) => [`${each.code} ${each.count}`, each])).values()];
}
