import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll } from 'vitest';
import { openPostgres } from '../../src/central/postgres/postgres.ts';
import { type Database, openDatabase } from '../../src/central/schema/database.ts';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';

type Cluster = { readonly url: (database: string) => string; readonly stop: () => Promise<void> };

export type TestDatabase = {
  readonly url: string;
  readonly database: Database;
  drop(): Promise<void>;
};

const QUIET: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** One a test file, for modules are loaded anew in each. */
let cluster: Promise<Cluster> | null = null;
let made = 0;

afterAll(async () => {
  await (await cluster?.catch(() => null))?.stop();
  cluster = null;
});

/** A database of its own with all tables, in a PostgreSQL that ends with the test file. */
export async function testDatabase(log: Log = QUIET): Promise<TestDatabase> {
  const { url, drop } = await emptyDatabase();
  const database = await openDatabase({ url, log });
  await database.migrate();
  return {
    ...{ url, database },
    async drop() {
      await database.close();
      await drop();
    },
  };
}

/** A database of its own without any table. */
export async function emptyDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  cluster ??= startCluster();
  const { url } = await cluster;
  made += 1;
  const name = `test_${made}`;
  await onServer(url('postgres'), `CREATE DATABASE ${name}`);
  return { url: url(name), drop: () => onServer(url('postgres'), `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function onServer(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

async function startCluster(): Promise<Cluster> {
  const dir = mkdtempSync(join(tmpdir(), 'lector-database-'));
  // PostgreSQL runs as another user where the tests run as root
  chmodSync(dir, 0o711);
  const postgres = await openPostgres({
    ...{ dir: join(dir, 'central'), clock: systemClock(), log: QUIET, settings: { fsync: 'off' } },
  });
  return {
    url(database) {
      const url = new URL(postgres.url);
      url.pathname = `/${database}`;
      return url.href;
    },
    async stop() {
      await postgres.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
