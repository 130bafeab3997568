import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openPostgres } from '../../src/central/postgres/postgres.ts';
import { type Database, openDatabase } from '../../src/central/schema/database.ts';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import { afterFile } from './afterwards.ts';
import { MIGRATED, putCluster } from './prepared-cluster.ts';

type Cluster = { readonly url: (database: string) => string; readonly stop: () => Promise<void> };

type MadeDatabase = { readonly url: string; drop(): Promise<void> };

export type TestDatabase = MadeDatabase & { readonly database: Database };

const QUIET: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** One a test file. */
let cluster: Promise<Cluster> | null = null;
let made = 0;

/** A database of its own with all tables, in a PostgreSQL that ends with the test file. */
export async function testDatabase(log: Log = QUIET): Promise<TestDatabase> {
  const { url, drop } = await madeDatabase(`TEMPLATE ${MIGRATED}`);
  const database = await openDatabase({ url, log });
  return {
    ...{ url, database },
    async drop() {
      await database.close();
      await drop();
    },
  };
}

/** A database of its own without any table. */
export const emptyDatabase = (): Promise<MadeDatabase> => madeDatabase('');

async function madeDatabase(template: string): Promise<MadeDatabase> {
  cluster ??= openCluster();
  const { url } = await cluster;
  made += 1;
  const name = `test_${made}`;
  await onServer(url('postgres'), `CREATE DATABASE ${name} ${template}`);
  return { url: url(name), drop: () => onServer(url('postgres'), `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function onServer(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

function openCluster(): Promise<Cluster> {
  const opened = startCluster();
  afterFile(async () => {
    cluster = null;
    await (await opened.catch(() => null))?.stop();
  });
  return opened;
}

async function startCluster(): Promise<Cluster> {
  const dir = mkdtempSync(join(tmpdir(), 'lector-database-'));
  // PostgreSQL runs as another user where the tests run as root
  chmodSync(dir, 0o711);
  const remove = () => rmSync(dir, { recursive: true, force: true });
  const central = join(dir, 'central');
  const postgres = await openPrepared(central).catch((error: unknown) => {
    remove();
    throw error;
  });
  return {
    url(database) {
      const url = new URL(postgres.url);
      url.pathname = `/${database}`;
      return url.href;
    },
    async stop() {
      await postgres.close().finally(remove);
    },
  };
}

async function openPrepared(dir: string) {
  await putCluster(dir);
  return openPostgres({ dir, clock: systemClock(), log: QUIET, settings: { fsync: 'off' } });
}
