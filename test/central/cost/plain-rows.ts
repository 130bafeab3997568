import type { HistoryQuery } from '../../../src/central/ports.ts';
import type { Database } from '../../../src/central/schema/database.ts';
import type { Shape } from '../../../src/central/schema/tables.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { dadesUsage, usualInterval } from '../../../src/tariff/dades-usage.ts';
import type { MeteredVariable, UsageRecord } from '../../../src/tariff/usage.ts';

/*
 * What bills are made of, read row by row, as it was before it was copied into lists: slow, plain, and what the quick
 * way must agree with to the last bit.
 */

const SHAPES = `SELECT encode(sha256, 'base64') AS hash, variables FROM shapes WHERE id IN (SELECT shape_id FROM records
  WHERE node_id = $1 AND analyzer_id = $2 AND end_at > $3 AND end_at <= $4)`;

const rowsQuery = (columns: readonly string[]) => `SELECT (extract(epoch FROM r.end_at) * 1000)::float8, r.generation,
    (extract(epoch FROM r.start_at) * 1000)::float8, r.n, r.expected, r.counts,
    ${['r.expecteds', ...columns].join(', ')}
  FROM records r JOIN shapes s ON s.id = r.shape_id AND s.sha256 = decode($5, 'base64')
  WHERE r.node_id = $1 AND r.analyzer_id = $2 AND r.end_at > $3 AND r.end_at <= $4 ORDER BY r.end_at, r.generation`;

type Ints = readonly number[] | null;
type Row = readonly [
  ...[end: number, generation: number, start: number | null],
  ...[n: number | null, expected: number | null, counts: Ints, expecteds: Ints],
  ...values: (number | null)[],
];
type Read = { readonly end: number; readonly generation: number; readonly record: UsageRecord };

export async function plainRows(
  { pool }: Database,
  { node, analyzer, from, to }: HistoryQuery,
  variables: readonly MeteredVariable[],
): Promise<readonly UsageRecord[]> {
  const asked = [node, analyzer, new Date(from), new Date(to)];
  const { rows: shapes } = await pool.query<{ hash: string; variables: Shape }>(SHAPES, asked);
  const found: Read[] = [];
  for (const shape of shapes) {
    const { columns, read } = layoutOf(shape.variables, variables);
    const query = { text: rowsQuery(columns), values: [...asked, shape.hash], rowMode: 'array' as const };
    const { rows } = await pool.query<Row & unknown[]>(query);
    for (const row of rows) found.push(read(row));
  }
  found.sort((a, b) => a.end - b.end || a.generation - b.generation);
  return found.map(({ record }) => record);
}

type Part = {
  readonly at: number;
  readonly variable: number;
  readonly code: string;
  readonly place: number;
  readonly count: number;
  readonly isCounter: boolean;
};

const FIRST = 7;

function layoutOf(shape: Shape, variables: readonly MeteredVariable[]) {
  const columns: string[] = [];
  const parts: Part[] = [];
  const wanted = new Set(variables.map(({ code }) => code));
  let [place, deltaPlace, counter] = [0, 0, 0];
  for (const [variable, { code, aggregate, count }] of shape.entries()) {
    const isCounter = aggregate === 'counter';
    if (wanted.has(code)) {
      parts.push({ at: place, variable, code, place: FIRST + columns.length, count, isCounter });
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
  const [end, generation, start, all, due, counts, expecteds] = row;
  const variables: Record<string, UsageRecord['variables'][string]> = {};
  for (const { at, variable, code, place, count, isCounter } of parts) {
    const values = row.slice(place, place + count) as (number | null)[];
    const n = values.map((_, index) => (counts === null ? all : (counts[at + index] ?? null)));
    const expected = expecteds === null ? due : (expecteds[variable] ?? null);
    const delta = isCounter
      ? (row.slice(place + count, place + 2 * count) as (number | null)[])
      : values.map(() => null);
    const age = isCounter ? ((row[place + 2 * count] ?? null) as number | null) : null;
    variables[code] = { values, delta, at: age === null ? null : epochMs(end - age), n, expected };
  }
  const record = { start: start === null ? null : epochMs(start), end: epochMs(end), variables };
  return { end, generation, record };
}

export function plainOldCounters(
  records: readonly UsageRecord[],
  variables: readonly MeteredVariable[],
  recordingMs: number | null,
): readonly UsageRecord[] {
  const old = records.filter(({ start }) => start === null);
  const lines = old.map(({ end, variables: recorded }) => {
    const values = Object.entries(recorded).map(([code, variable]) => [code, variable.values] as const);
    return { end, values: Object.fromEntries(values) };
  });
  const made = dadesUsage(lines, variables, usualInterval(lines) ?? recordingMs ?? 0).values();
  const counters = new Set(variables.filter(({ aggregate }) => aggregate === 'counter').map(({ code }) => code));
  return records.map((record, index) => {
    if (record.start === null) return made.next().value ?? record;
    return records[index - 1]?.start === null ? withoutSteps(record, counters) : record;
  });
}

function withoutSteps(record: UsageRecord, counters: ReadonlySet<string>): UsageRecord {
  const variables = Object.entries(record.variables).map(([code, variable]) => {
    return [code, counters.has(code) ? { ...variable, delta: variable.values.map(() => null) } : variable] as const;
  });
  return { ...record, variables: Object.fromEntries(variables) };
}
