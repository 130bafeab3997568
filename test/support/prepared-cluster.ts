import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { openPostgres } from '../../src/central/postgres/postgres.ts';
import { openDatabase } from '../../src/central/schema/database.ts';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import { SHARED_FOLDER } from './shared-folder.ts';

const run = promisify(execFile);
const QUIET: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const LOOK_MS = 25;
/** Longest wait for another file's tests that make it. */
const MAKE_MAX_MS = 25_000;

/** A database with all tables, to make others from: CREATE DATABASE ... TEMPLATE. */
export const MIGRATED = 'migrated';

/**
 * Puts a PostgreSQL that nobody has used into the centre's folder `dir`: a copy of one that is made once in a run of
 * the tests, for to make one takes longer than most that is tested with it. {@link MIGRATED} is in it.
 */
export async function putCluster(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  // -a: its files stay those of the user whom PostgreSQL runs as
  await run('cp', ['-a', `${await prepared()}/.`, dir]);
}

async function prepared(): Promise<string> {
  const shared = process.env[SHARED_FOLDER];
  if (shared === undefined) throw new Error(`${SHARED_FOLDER} is not set: the tests run with vitest.config.ts`);
  const whole = join(shared, 'centre');
  const mark = join(shared, 'centre.begun');
  const until = performance.now() + MAKE_MAX_MS;
  while (!existsSync(whole)) {
    if (isFirst(mark)) await makeOnce(whole).finally(() => rmSync(mark, { recursive: true }));
    else if (performance.now() > until) throw new Error(`no PostgreSQL came to be in ${shared}`);
    else await pause(LOOK_MS);
  }
  return whole;
}

/** Of several processes that ask at once, one is. */
function isFirst(mark: string): boolean {
  try {
    mkdirSync(mark);
    return true;
  } catch {
    return false;
  }
}

async function makeOnce(whole: string): Promise<void> {
  // another was first, and is done since it was looked for
  if (existsSync(whole)) return;
  const dir = `${whole}.new`;
  rmSync(dir, { recursive: true, force: true });
  const postgres = await openPostgres({ dir, clock: systemClock(), log: QUIET, settings: { fsync: 'off' } });
  try {
    await migrate(postgres.url);
  } finally {
    await postgres.close();
  }
  // each copy is to find a port of its own
  const file = join(dir, 'connection.json');
  const connection: unknown = JSON.parse(await readFile(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...(connection as object), port: 0 }));
  renameSync(dir, whole);
}

async function migrate(server: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE DATABASE ${MIGRATED}`).finally(() => client.end());
  const url = new URL(server);
  url.pathname = `/${MIGRATED}`;
  const database = await openDatabase({ url: url.href, log: QUIET });
  await database.migrate().finally(() => database.close());
}
