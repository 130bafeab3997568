import { Kysely, PostgresDialect } from 'kysely';
import { type MigrationResultSet, Migrator } from 'kysely/migration';
import pg from 'pg';
import { LectorError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import { MIGRATIONS } from './migrations.ts';
import { seedModels } from './models.ts';
import type { Tables } from './tables.ts';

const POOL_MAX = 10;
/** Longest wait for a connection, ms: a database that does not answer is said to be away. */
const CONNECT_MS = 5_000;
/** Oldest PostgreSQL that the tables are made for, as `server_version_num` has it. */
const VERSION_MIN = 140_000;

export type Database = {
  readonly db: Kysely<Tables>;
  readonly pool: pg.Pool;
  /** Brings the tables to this version and the models to those of the profiles; several centres may do so at once. */
  migrate(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Connects to PostgreSQL at `url` (`postgresql://user:password@host:5432/name`). Rejects with DATABASE_FAILED in words
 * when it does not answer, lets nobody in, is too old, or does not keep its texts in UTF-8.
 */
export async function openDatabase(o: {
  readonly url: string;
  readonly log: Log;
  readonly poolMax?: number;
  /** Longest wait for an answer, ms, after which the connection is given up; without it what takes long may. */
  readonly answerMs?: number;
}): Promise<Database> {
  // ids of nodes are bigint, for those of lectors have 32 bits without a sign: exact as numbers, as counts are
  pg.types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = poolOf(o.url, o.poolMax ?? POOL_MAX, o.answerMs);
  tellLost(pool, o.log);
  // one that ends while it is lent, between two queries, is told by the next of them; unheard, it ends the process too
  pool.on('connect', (client) => void client.on('error', () => undefined));
  await checkServer(pool, o.url).catch(async (error: unknown) => {
    await pool.end().catch(() => undefined);
    throw error;
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    pool,
    async migrate() {
      const result = await new Migrator({
        db,
        provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
      }).migrateToLatest();
      checkMigrated(result);
      await seedModels(pool);
    },
    async close() {
      await db.destroy();
      // kysely leaves a pool alone that it was never asked through
      if (!pool.ending) await pool.end();
    },
  };
}

/** An idle connection that ends is replaced at the next use; unheard, it would end the process. */
function tellLost(pool: pg.Pool, log: Log): void {
  // all of them go together: it is said once until there is one again
  let isTold = false;
  pool.on('connect', () => {
    isTold = false;
  });
  pool.on('error', ({ message }) => {
    if (!isTold) log.warn({ error: message }, 'the connection to PostgreSQL was lost');
    isTold = true;
  });
}

/**
 * A server or role may be set up to print numbers in fewer digits and times as people write them, and to say that a
 * commit is done before it is on the disk.
 */
const SESSION = {
  text: `SET extra_float_digits = 1; SET datestyle = 'ISO, MDY';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
  query_timeout: CONNECT_MS,
};

function poolOf(url: string, max: number, answerMs: number | undefined): pg.Pool {
  // what is wrong would be told only at the first query, with the password in it
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    // nor is it shown: it may hold one in a place where nobody looks for it
    const form = 'postgresql://, user:password, @host:5432/name in one word';
    const advice = 'a / ? # @ or % in a password is written as %2F %3F %23 %40 %25';
    throw new LectorError(
      'DATABASE_FAILED',
      `expected the URL of a PostgreSQL (${form}), saw something else; ${advice}`,
    );
  }
  return new pg.Pool({
    ...{ connectionString: url, max, connectionTimeoutMillis: CONNECT_MS },
    ...{ keepAlive: true, application_name: 'lector' },
    ...(answerMs !== undefined && { query_timeout: answerMs }),
    onConnect: async (client) => void (await client.query(SESSION as pg.QueryConfig)),
  });
}

async function checkServer(pool: pg.Pool, url: string): Promise<void> {
  const asked = `SELECT current_setting('server_version_num')::int AS version,
    current_setting('server_version') AS shown,
    current_setting('server_encoding') AS encoding`;
  // files that the URL names are read before there is a promise
  const ask = async () => pool.query(asked);
  const { rows } = await ask().catch((error: unknown) => {
    throw notThere(error, url);
  });
  const [{ version, shown, encoding }] = rows;
  const refuse = (expected: string, saw: string) => {
    throw new LectorError('DATABASE_FAILED', `expected ${expected} at ${placeIn(url)}, saw ${safe(saw)}`);
  };
  if (version < VERSION_MIN) refuse(`PostgreSQL ${VERSION_MIN / 10_000} or later`, shown);
  if (encoding !== 'UTF8') refuse('a database in UTF8 (CREATE DATABASE lector ENCODING UTF8)', encoding);
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: start PostgreSQL, or correct host and port',
  ENOTFOUND: 'that host has no address: correct its name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  '28P01': 'user or password is wrong',
  '28000': 'the server lets that user not in from here (pg_hba.conf)',
  '3D000': 'there is no such database: CREATE DATABASE makes it',
  '53300': 'all its connections are taken (max_connections)',
  '57P03': 'it is starting up or shutting down: try again',
};

/** `host:5432/name`: without user, password and settings, wherever they stand. */
function placeIn(url: string): string {
  const { host, pathname } = new URL(url);
  return safe(`${host}${pathname}`);
}

function notThere(error: unknown, url: string): LectorError {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  const words = WORDS[code ?? ''] ?? safe(message === undefined || message === '' ? String(code) : message);
  return new LectorError('DATABASE_FAILED', `cannot use PostgreSQL at ${placeIn(url)}: ${words}`, {}, error);
}

function checkMigrated({ error, results }: MigrationResultSet): void {
  if (error === undefined) return;
  const failed = results?.find(({ status }) => status === 'Error');
  const message = error instanceof Error ? error.message : String(error);
  const isNewer = failed === undefined && /corrupted migrations/.test(message);
  const words = isNewer
    ? 'the database was made by a newer Lector: install that version here'
    : `the tables cannot be brought to this version (${failed?.migrationName ?? 'migrations'}): ${safe(message)}`;
  throw new LectorError('DATABASE_FAILED', words, {}, error);
}
