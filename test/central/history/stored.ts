import { createHash } from 'node:crypto';
import type { CentralRecord } from '../../../src/central/ports.ts';
import type { Database } from '../../../src/central/schema/database.ts';
import { rowOf, shapeOf } from '../../../src/central/schema/row-codec.ts';
import { epochMs } from '../../../src/domain/units.ts';

/** Puts records where ingest would, with their nodes and analyzers; `lastEnd` as the analyzers are to have it. */
export async function store(
  { pool }: Database,
  records: readonly CentralRecord[],
  lastEnd: number | null = null,
): Promise<void> {
  for (const record of records) {
    const { node, analyzer, model, end } = record;
    await pool.query(
      `INSERT INTO nodes (id, name, location, timezone) VALUES ($1, 'n', '', 'Europe/Madrid')
      ON CONFLICT DO NOTHING`,
      [node],
    );
    await pool.query(
      `INSERT INTO analyzers (node_id, id, name, location, vendor, model, last_end) VALUES ($1, $2, 'a', '', '', $3, $4)
      ON CONFLICT (node_id, id) DO UPDATE SET last_end = greatest(analyzers.last_end, excluded.last_end)`,
      [node, analyzer, model, new Date(lastEnd ?? end)],
    );
    await insert({ pool }, record);
  }
}

async function insert({ pool }: Pick<Database, 'pool'>, record: CentralRecord): Promise<void> {
  const shape = JSON.stringify(shapeOf(record));
  const sha256 = createHash('sha256').update(shape).digest();
  const { rows } = await pool.query(
    `INSERT INTO shapes (sha256, variables) VALUES ($1, $2)
     ON CONFLICT (sha256) DO UPDATE SET sha256 = excluded.sha256 RETURNING id`,
    [sha256, shape],
  );
  const row = rowOf(record, rows[0].id);
  const { start_at: start, end_at: end, ...others } = row;
  const entries = [
    ...Object.entries(others),
    ['end_at', new Date(end)],
    ['start_at', start === null ? null : new Date(start)],
  ];
  const places = entries.map((_, index) => `$${index + 1}`).join(', ');
  const names = entries.map(([name]) => `"${name}"`).join(', ');
  await pool.query(
    `INSERT INTO records (${names}) VALUES (${places})`,
    entries.map(([, value]) => value),
  );
}

/** Makes the partition of a month, `2026-05`. */
export async function partition({ pool }: Database, month: string): Promise<void> {
  const from = new Date(`${month}-01T00:00:00Z`);
  const to = new Date(from);
  to.setUTCMonth(to.getUTCMonth() + 1);
  const name = `records_${month.replace('-', '_')}`;
  const range = `FROM ('${from.toISOString()}') TO ('${to.toISOString()}')`;
  await pool.query(`CREATE TABLE ${name} PARTITION OF records FOR VALUES ${range}`);
}

/** Many records of analyzer 1 of node 4 after `from`, a quarter of an hour each, made by PostgreSQL itself. */
export async function storeMany(
  { pool }: Database,
  o: { readonly from: number; readonly count: number; readonly values: number; readonly analyzers?: number },
): Promise<void> {
  const shape = JSON.stringify([{ code: 'TPF', aggregate: 'mean', count: o.values }]);
  await pool.query(
    "INSERT INTO nodes (id, name, location, timezone) VALUES (4, 'n', '', 'UTC') ON CONFLICT DO NOTHING",
  );
  const { rows } = await pool.query('INSERT INTO shapes (sha256, variables) VALUES ($1, $2) RETURNING id', [
    createHash('sha256').update(shape).digest(),
    shape,
  ]);
  await pool.query(
    `INSERT INTO records (node_id, analyzer_id, end_at, start_at, generation, shape_id, n, expected, model,
       "values", lows, highs)
     SELECT 4, a, e, e - interval '15 minutes', 0, $3, 10, 10, 'PM710', v.list, v.low, v.high
     FROM generate_series(1, $5::int) a, generate_series(1, $2::int) i,
       LATERAL (SELECT $1::timestamptz + i * interval '15 minutes' AS e) t,
       LATERAL (SELECT array_agg(random() * 400 + i * 0 + g * 0) AS list,
         array_agg(random() * 200 + i * 0 + g * 0) AS low,
         array_agg(random() * 600 + i * 0 + g * 0) AS high FROM generate_series(1, $4::int) g) v`,
    [new Date(o.from), o.count, rows[0].id, o.values, o.analyzers ?? 1],
  );
  await pool.query(
    `INSERT INTO analyzers (node_id, id, name, location, vendor, model, last_end)
     SELECT 4, a, '', '', '', 'PM710', $2 FROM generate_series(1, $1::int) a ON CONFLICT DO NOTHING`,
    [o.analyzers ?? 1, new Date(o.from + o.count * 900_000)],
  );
  await pool.query('ANALYZE');
}

export const between = (from: string, to: string) => ({
  ...{ node: 4, analyzer: 1 },
  from: epochMs(Date.parse(from)),
  to: epochMs(Date.parse(to)),
});
