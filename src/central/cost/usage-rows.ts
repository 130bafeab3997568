import { epochMs } from '../../domain/units.ts';
import type { MeteredVariable, UsageRecord } from '../../tariff/usage.ts';
import type { HistoryQuery } from '../ports.ts';
import type { Database } from '../schema/database.ts';
import { centreFailure } from '../schema/failure.ts';
import type { Shape } from '../schema/tables.ts';

/** Reads those variables of the records of an analyzer, by end and generation, and nothing else of them. */
export type ReadUsage = (query: HistoryQuery, variables: readonly MeteredVariable[]) => Promise<readonly UsageRecord[]>;

const SHAPES = `SELECT encode(sha256, 'base64') AS hash, variables FROM shapes WHERE id IN (SELECT shape_id FROM records
  WHERE node_id = $1 AND analyzer_id = $2 AND end_at > $3 AND end_at <= $4)`;

/** By the hash of the shape: an id alone may mean another by then. */
const rowsQuery = (columns: readonly string[]) => `SELECT (extract(epoch FROM r.end_at) * 1000)::float8, r.generation,
    (extract(epoch FROM r.start_at) * 1000)::float8${columns.map((each) => `, ${each}`).join('')}
  FROM records r JOIN shapes s ON s.id = r.shape_id AND s.sha256 = decode($5, 'base64')
  WHERE r.node_id = $1 AND r.analyzer_id = $2 AND r.end_at > $3 AND r.end_at <= $4 ORDER BY r.end_at, r.generation`;

type Row = readonly [end: number, generation: number, start: number | null, ...values: (number | null)[]];
type Read = { readonly end: number; readonly generation: number; readonly record: UsageRecord };

export function createUsageRows({ pool }: Pick<Database, 'pool'>): ReadUsage {
  return async ({ node, analyzer, from, to }, variables) => {
    const asked = [node, analyzer, new Date(from), new Date(to)];
    try {
      const { rows: shapes } = await pool.query<{ hash: string; variables: Shape }>(SHAPES, asked);
      const found: Read[] = [];
      for (const shape of shapes) {
        const { columns, read } = layoutOf(shape.variables, variables);
        const query = { text: rowsQuery(columns), values: [...asked, shape.hash], rowMode: 'array' as const };
        const { rows } = await pool.query<Row & (number | null)[]>(query);
        for (const row of rows) found.push(read(row));
      }
      if (shapes.length > 1) found.sort((a, b) => a.end - b.end || a.generation - b.generation);
      return found.map(({ record }) => record);
    } catch (error) {
      throw centreFailure(error);
    }
  };
}

/** Where a variable stands in a row of an answer; `counter`: differences and age follow its values. */
type Part = { readonly code: string; readonly place: number; readonly count: number; readonly isCounter: boolean };

const FIRST = 3;

/** The columns that are asked of records of a shape, and how a row of them is read. */
function layoutOf(shape: Shape, variables: readonly MeteredVariable[]) {
  const columns: string[] = [];
  const parts: Part[] = [];
  const wanted = new Set(variables.map(({ code }) => code));
  let [place, deltaPlace, counter] = [0, 0, 0];
  for (const { code, aggregate, count } of shape) {
    const isCounter = aggregate === 'counter';
    if (wanted.has(code)) {
      parts.push({ code, place: FIRST + columns.length, count, isCounter });
      for (let index = 1; index <= count; index += 1) columns.push(`r."values"[${place + index}]`);
      for (let index = 1; isCounter && index <= count; index += 1) columns.push(`r.deltas[${deltaPlace + index}]`);
      if (isCounter) columns.push(`r.ages_ms[${counter + 1}]`);
    }
    place += count;
    deltaPlace += isCounter ? count : 0;
    counter += isCounter ? 1 : 0;
  }
  return { columns, read: (row: Row) => readRow(row, parts) };
}

function readRow(row: Row, parts: readonly Part[]): Read {
  const [end, generation, start] = row;
  const variables: Record<string, UsageRecord['variables'][string]> = {};
  for (const { code, place, count, isCounter } of parts) {
    const values = row.slice(place, place + count);
    const delta = isCounter ? row.slice(place + count, place + 2 * count) : values.map(() => null);
    const age = isCounter ? (row[place + 2 * count] ?? null) : null;
    variables[code] = { values, delta, at: age === null ? null : epochMs(end - age) };
  }
  const record = { start: start === null ? null : epochMs(start), end: epochMs(end), variables };
  return { end, generation, record };
}
