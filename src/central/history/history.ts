import type { Clock } from '../../domain/ports.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { CentralRecord, History, HistoryQuery } from '../ports.ts';
import type { Database } from '../schema/database.ts';
import { recordOf, type StoredRow } from '../schema/row-codec.ts';
import type { Shape } from '../schema/tables.ts';
import { rowsOf } from './stored-rows.ts';

/** Records that are read at once: enough that asking costs little beside reading, and no more than some MB. */
export const PIECE_RECORDS = 500;

const COLUMNS = [
  ...['node_id', 'analyzer_id', 'end_at', 'start_at', 'generation', 'ratio', 'model', 'shape_id', 'n', 'expected'],
  ...['"values"', 'lows', 'highs', 'counts', 'expecteds', 'deltas', 'ages_ms', 'flags'],
] as const;
const columnsOf = (table: string): string => COLUMNS.map((each) => `${table}.${each}`).join(', ');

/** `end_at >= $3` names nothing new, but lets PostgreSQL leave out whole partitions. */
const PIECE = `SELECT ${columnsOf('r')} FROM records r
  WHERE r.node_id = $1 AND r.analyzer_id = $2 AND r.end_at >= $3 AND (r.end_at, r.generation) > ($3, $4)
    AND r.end_at <= $5
  ORDER BY r.end_at, r.generation LIMIT $6`;

/** `last_end` leads to the record; where it is ahead of the clock the newest that is not is looked for. */
const LATEST = `SELECT ${columnsOf('r')} FROM analyzers a CROSS JOIN LATERAL (
    SELECT * FROM records o WHERE o.node_id = a.node_id AND o.analyzer_id = a.id AND o.end_at = a.last_end
    ORDER BY o.generation DESC LIMIT 1) r
  WHERE a.last_end <= $1 AND ($2::bigint IS NULL OR a.node_id = $2)
  UNION ALL
  SELECT ${columnsOf('r')} FROM analyzers a CROSS JOIN LATERAL (
    SELECT * FROM records o WHERE o.node_id = a.node_id AND o.analyzer_id = a.id AND o.end_at <= $1
    ORDER BY o.end_at DESC, o.generation DESC LIMIT 1) r
  WHERE a.last_end > $1 AND ($2::bigint IS NULL OR a.node_id = $2)
  ORDER BY 1, 2`;

const HOLDINGS = `SELECT analyzer_id AS analyzer, (extract(epoch FROM end_at) * 1000)::float8 AS "end", generation
  FROM records WHERE node_id = $1 AND end_at > $2 AND end_at <= $3 ORDER BY analyzer_id, end_at, generation`;

const SHAPES = `SELECT DISTINCT shape_id FROM records
  WHERE node_id = $1 AND analyzer_id = $2 AND end_at > $3 AND end_at <= $4`;

const at = (instant: EpochMs): Date => new Date(instant);

/** Reads what is stored. Everything rejects with CENTRE_UNAVAILABLE while the database is away. */
export function createHistory({ database, clock }: { readonly database: Database; readonly clock: Clock }): History {
  const shapes = createShapes(database);

  /** The records after an identity, at most a piece of them. */
  async function piece(query: HistoryQuery, after: Place): Promise<readonly CentralRecord[]> {
    const { node, analyzer, to } = query;
    const values = [node, analyzer, at(after.end), after.generation, at(to), PIECE_RECORDS];
    return shapes.records(await rowsOf<StoredRow>(database, PIECE, values));
  }

  return {
    async *records(query, allGenerations = false) {
      const all = pieces((after) => piece(query, after), { end: query.from, generation: GENERATION_MAX });
      yield* allGenerations ? all : lastGenerations(all);
    },
    latest: async (node) => shapes.records(await rowsOf<StoredRow>(database, LATEST, [at(clock.now()), node])),
    async holdings(node, from, to) {
      type Held = { readonly analyzer: number; readonly end: number; readonly generation: number };
      const rows = await rowsOf<Held>(database, HOLDINGS, [node, at(from), at(to)]);
      return rows.map(({ analyzer, end, generation }) => [analyzer, end, generation] as const);
    },
    async shape({ node, analyzer, from, to }) {
      const rows = await rowsOf<{ readonly shape_id: number }>(database, SHAPES, [node, analyzer, at(from), at(to)]);
      return joined(await shapes.known(rows.map(({ shape_id: id }) => id).sort((a, b) => a - b)));
    },
  };
}

/** No record has a greater one: what is after it has a later end. */
const GENERATION_MAX = 2_147_483_647;
type Place = { readonly end: EpochMs; readonly generation: number };

/** Piece after piece; the next is fetched while the last is used, and none when nobody wants it. */
async function* pieces(
  fetch: (after: Place) => Promise<readonly CentralRecord[]>,
  from: Place,
): AsyncGenerator<CentralRecord, void> {
  let coming: Promise<readonly CentralRecord[]> | null = fetch(from);
  while (coming !== null) {
    const records: readonly CentralRecord[] = await coming;
    const last = records.at(-1);
    coming = last === undefined || records.length < PIECE_RECORDS ? null : fetch(last);
    // told to whoever waits for it; nobody does when the reader went away meanwhile
    coming?.catch(() => undefined);
    yield* records;
  }
}

/** Of records of one end, which come by generation, the last. */
async function* lastGenerations(records: AsyncIterable<CentralRecord>): AsyncGenerator<CentralRecord, void> {
  let held: CentralRecord | null = null;
  for await (const record of records) {
    if (held !== null && held.end !== record.end) yield held;
    held = record;
  }
  if (held !== null) yield held;
}

/** Shapes kept; analyzers of one model and one list of variables share theirs. */
const SHAPES_MAX = 2_000;

/** Shapes never change: each is asked for once. */
function createShapes(database: Database) {
  const known = new Map<number, Shape>();
  const learn = async (ids: readonly number[]): Promise<void> => {
    const missing = [...new Set(ids)].filter((id) => !known.has(id));
    if (missing.length === 0) return;
    type Row = { readonly id: number; readonly variables: Shape };
    const rows = await rowsOf<Row>(database, 'SELECT id, variables FROM shapes WHERE id = ANY($1)', [missing]);
    if (known.size > SHAPES_MAX) known.clear();
    for (const { id, variables } of rows) known.set(id, variables);
  };
  return {
    async records(rows: readonly StoredRow[]): Promise<readonly CentralRecord[]> {
      await learn(rows.map((row) => row.shape_id));
      return rows.map((row) => recordOf(row, known.get(row.shape_id) ?? []));
    },
    async known(ids: readonly number[]): Promise<readonly Shape[]> {
      await learn(ids);
      return ids.map((id) => known.get(id) ?? []);
    },
  };
}

/** Every variable of any, with the greatest number of values that it has; what it is, as the last has it. */
function joined(shapes: readonly Shape[]): Shape {
  const variables = new Map<string, Shape[number]>();
  for (const variable of shapes.flat()) {
    const count = Math.max(variable.count, variables.get(variable.code)?.count ?? 0);
    variables.set(variable.code, { ...variable, count });
  }
  return [...variables.values()];
}
