import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { Kysely, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { MIGRATIONS } from '../schema/migrations.ts';
import { createRowSum, type Manifest, type Part, partOf, sameSum, TABLES } from './manifest.ts';
import { partsNow, SESSION } from './parts.ts';
import { tarPieces } from './tar.ts';
import { refuse, unpacked, verifyBackup } from './verify.ts';

const LOCK_LIMIT_MS = 5_000;
const LOCK_TIMED_OUT = '55P03';

/**
 * Puts a backup into a database that never held a record and holds no node; one without tables gets those of the
 * backup's time (bring them to this version with `Database.migrate` afterwards). The file is verified whole before
 * anything is written, and all of it is restored or nothing. Rejects CENTRE_REFUSED in words.
 */
export async function restoreCentre(pool: pg.Pool, file: string): Promise<Manifest> {
  const manifest = await verifyBackup(file);
  await prepareTables(pool, manifest);
  const client = await pool.connect();
  // that it ends is told by its next query; unheard, it would end the process
  client.on('error', () => undefined);
  let isDone = false;
  try {
    await client.query(`BEGIN; ${SESSION}; SET LOCAL lock_timeout = ${LOCK_LIMIT_MS}`);
    const tables = await tablesThere(client);
    await mustBeEmpty(client, tables);
    await client.query(`TRUNCATE ${tables.join(', ')}`);
    await makePartitions(client, manifest.parts);
    await copyAll(client, file, manifest);
    await setSequences(client);
    await client.query('COMMIT');
    isDone = true;
    return manifest;
  } catch (error) {
    throw failed(file, error);
  } finally {
    // what was not committed goes with the connection
    client.release(!isDone);
  }
}

function failed(file: string, error: unknown): LectorError {
  if (error instanceof LectorError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new LectorError(
    'DATABASE_FAILED',
    `${file} was not restored, and nothing was changed: ${safe(text)}`,
    {},
    error,
  );
}

/** Tables of the version that the rows were written with. */
async function prepareTables(pool: pg.Pool, { migrations }: Manifest): Promise<void> {
  const last = migrations.at(-1) ?? '';
  if (!Object.hasOwn(MIGRATIONS, last)) {
    throw refuse(`a newer Lector wrote the backup (tables ${safe(last)}): restore it with that version`);
  }
  const now = await versionOf(pool);
  if (now === last) return;
  if (now !== null) {
    throw refuse(`the backup is of tables ${last}, and those of the database are ${now}: restore into a new database`);
  }
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  const { error } = await migrator.migrateTo(last);
  if (error !== undefined) throw failed('the backup', error);
}

/** The last thing that was done to the tables; null: there are none. */
async function versionOf(pool: pg.Pool): Promise<string | null> {
  const { rows } = await pool.query("SELECT to_regclass('kysely_migration') IS NOT NULL AS is_there");
  if (!rows[0].is_there) return null;
  const done = await pool.query('SELECT name FROM kysely_migration ORDER BY name DESC LIMIT 1');
  return done.rows[0]?.name ?? null;
}

/** Those of the version that the backup is of. */
async function tablesThere(client: pg.PoolClient): Promise<readonly string[]> {
  const asked = 'SELECT name FROM unnest($1::text[]) name WHERE to_regclass(name) IS NOT NULL';
  const { rows } = await client.query<{ name: string }>(asked, [[...TABLES]]);
  return rows.map(({ name }) => name);
}

async function mustBeEmpty(client: pg.PoolClient, tables: readonly string[]): Promise<void> {
  try {
    await client.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
  } catch (error) {
    if ((error as { code?: string }).code !== LOCK_TIMED_OUT) throw error;
    throw refuse('the database is in use: stop every centre that uses it, then restore');
  }
  // a shape is left when its records are gone, and a centre that serves may have its number in mind
  const { rows } = await client.query(
    `SELECT (SELECT count(*)::int FROM nodes) AS nodes,
      EXISTS (SELECT FROM records) OR EXISTS (SELECT FROM shapes) AS had_records`,
  );
  const { nodes, had_records } = rows[0];
  if (nodes === 0 && !had_records) return;
  throw refuse(
    `the database is not empty (nodes: ${nodes}, records: ${had_records ? 'there are or were some' : 'none'}): a ` +
      'backup is restored into a new one only, such as a new --data folder',
  );
}

async function makePartitions(client: pg.PoolClient, parts: readonly Part[]): Promise<void> {
  const there = new Map((await partsNow(client)).map((each) => [each.name, each.partition?.bound ?? null]));
  for (const { name, partition } of parts) {
    const bound = there.get(name);
    if (bound === (partition?.bound ?? null)) continue;
    if (bound !== undefined || partition === null) throw refuse(`the database has no table ${name} as the backup has`);
    const parent = TABLES.find((table) => table === partition.of);
    if (parent === undefined) throw refuse(`the backup has partitions of ${partition.of}, which is no table of ours`);
    // the manifest was checked: a bound holds two instants and nothing else
    await client.query(`CREATE TABLE ${client.escapeIdentifier(name)} PARTITION OF ${parent} ${partition.bound}`);
  }
}

/** Copies table after table, as they lie in the file; what differs from what was verified undoes everything. */
async function copyAll(client: pg.PoolClient, file: string, { parts }: Manifest): Promise<void> {
  let filling: Filling | null = null;
  for await (const { name, bytes } of tarPieces(unpacked(file))) {
    const part = parts.find((each) => each.name === partOf(name));
    if (part === undefined) continue;
    if (filling?.part !== part) {
      await filling?.end();
      filling = fill(client, part);
    }
    await filling.add(bytes);
  }
  await filling?.end();
}

type Filling = { readonly part: Part; add(bytes: Buffer): Promise<void>; end(): Promise<void> };

function fill(client: pg.PoolClient, part: Part): Filling {
  const columns = part.columns.map((each) => client.escapeIdentifier(each)).join(', ');
  const copy = client.query(copyFrom(`COPY ${client.escapeIdentifier(part.name)} (${columns}) FROM STDIN`));
  const over = finished(copy);
  // it is looked at with the next piece
  over.catch(() => undefined);
  const sum = createRowSum();
  return {
    part,
    async add(bytes) {
      sum.add(bytes);
      if (!copy.write(bytes)) await Promise.race([once(copy, 'drain'), over]);
    },
    async end() {
      copy.end();
      await over;
      if (!sameSum(sum.end(), part)) throw refuse('the backup changed while it was being restored');
    },
  };
}

async function setSequences(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ tab: string; col: string }>(
    `SELECT table_name AS tab, column_name AS col FROM information_schema.columns
      WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name = ANY ($1)`,
    [[...TABLES]],
  );
  for (const { tab, col } of rows) {
    const [table, column] = [client.escapeIdentifier(tab), client.escapeIdentifier(col)];
    await client.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), max(${column})) FROM ${table} HAVING max(${column}) IS NOT NULL`,
      [tab, col],
    );
  }
}
