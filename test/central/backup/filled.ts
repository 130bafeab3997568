import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { TABLES } from '../../../src/central/backup/manifest.ts';
import { afterTest } from '../../support/afterwards.ts';

export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lector-backup-'));
  afterTest(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Texts and numbers that a dump could spoil. */
export const ODD_NAME = 'Zähler\t1\\N\n"two", \'x\' 電力 \\. \u{1f50c}';
const ODD_VALUES = "'{0.1,NULL,-0,1e-310,1.7976931348623157e308,123456789.123456789,NaN,Infinity}'";

/** Rows in every table; records in two months, and one far from any. */
export async function fillCentre(pool: pg.Pool, records = 50): Promise<void> {
  await pool.query(
    "INSERT INTO nodes (id, name, location, timezone) VALUES (4, $1, '', 'Europe/Madrid'), (5, '', '', 'UTC')",
    [ODD_NAME],
  );
  await pool.query("INSERT INTO node_tokens (sha256, node_id, label) VALUES ('\\x00ff', 4, 'first')");
  await pool.query("INSERT INTO admin_tokens (sha256, label) VALUES ('\\xdeadbeef', 'mine')");
  await pool.query("INSERT INTO allowed (cidr, node_id) VALUES ('10.0.0.0/8', 4)");
  await pool.query("INSERT INTO settings (key, value) VALUES ('retention', '{\"days\": 400}')");
  await pool.query(
    `INSERT INTO analyzers (node_id, id, name, location, vendor, model, variables)
      VALUES (4, 1, $1, '', 'Acme', 'PM710', '[{"code": "x\\\\ny"}]')`,
    [ODD_NAME],
  );
  await pool.query("INSERT INTO contracts (name, written, hourly) VALUES ('school', $1, NULL)", [ODD_NAME]);
  await pool.query("INSERT INTO assignments VALUES (4, NULL, '1970-01-01', 'school'), (4, 1, '2026-01-01', 'school')");
  await pool.query("INSERT INTO virtuals VALUES (4, 100, $1, '', '1 - 2', 'site')", [ODD_NAME]);
  await pool.query("INSERT INTO rules (name, rule) VALUES ('high', '{}')");
  await pool.query("INSERT INTO rule_states VALUES ('high', 4, 1, '{\"open\": []}')");
  await pool.query("INSERT INTO rule_messages (rule, event, body, made_at) VALUES ('high', 'raised', $1, now())", [
    ODD_NAME,
  ]);
  await pool.query("INSERT INTO events VALUES (4, 'centre', 1, 1, $1)", [JSON.stringify({ text: ODD_NAME, old: 0.1 })]);
  await pool.query("INSERT INTO shapes (sha256, variables) VALUES ('\\x01', '[]'), ('\\x02', '[]'), ('\\x03', '[]')");
  for (const [name, from, to] of MONTHS) {
    await pool.query(`CREATE TABLE ${name} PARTITION OF records FOR VALUES FROM ('${from}') TO ('${to}')`);
    await putRecords(pool, 4, from, records);
  }
  await putRecords(pool, 4, '1970-01-01 00:00:00+00', 1);
}

const MONTHS = [
  ['records_2026_10', '2026-10-01 00:00:00+00', '2026-11-01 00:00:00+00'],
  ['records_2026_11', '2026-11-01 00:00:00+00', '2026-12-01 00:00:00+00'],
] as const;

export async function putRecords(pool: pg.Pool, node: number, from: string, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO records
        (node_id, analyzer_id, end_at, generation, start_at, n, expected, model, shape_id, "values", lows)
      SELECT ${node}, 1, '${from}'::timestamptz + i * interval '1 second', 0, NULL, 12, 12, 'PM710', 1,
        ${ODD_VALUES}::double precision[] || (sin(i) * 1e6), ARRAY[cos(i), sin(i) / 3, sqrt(i)]
      FROM generate_series(1, ${count}) AS i`,
  );
}

/** All rows of all tables, as texts in an order of their own. */
export async function everything(pool: pg.Pool): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables: Record<string, readonly string[]> = {};
  for (const table of TABLES) {
    const { rows } = await pool.query(`SELECT t::text AS row FROM ${table} AS t ORDER BY 1`);
    tables[table] = rows.map(({ row }) => String(row));
  }
  return tables;
}
