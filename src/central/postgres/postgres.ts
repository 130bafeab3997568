import { chmod, mkdir, realpath, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { LectorError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { type CentreLock, holderOf, type LockHolder, type LockRole, lockCentre } from './centre-lock.ts';
import { type ClusterTools, checkCluster, makeCluster, newPassword, resetPassword } from './cluster.ts';
import { type Connection, readConnection, urlOf, writeConnection } from './connection-file.ts';
import { clearRemains, pause } from './remains.ts';
import { chooseUser, mustEnter, type RunAs } from './run-as.ts';
import type { ServerOptions } from './server-process.ts';
import { type Supervised, supervise } from './supervisor.ts';

/** How long a command waits for a centre that starts (it may have to recover), and either for a command that runs. */
const WAIT_MAX_MS = 60_000;
const LOOK_EVERY_MS = 100;
const CONNECT_LIMIT_MS = 10_000;

/** A PostgreSQL of our own. */
export type Postgres = {
  /** With the password in it: never to be shown. It stays the same when the server is started again. */
  readonly url: string;
  /** Whether it takes connections now; one that another process runs is taken to. */
  isUp(): boolean;
  /** Calls back when it takes connections again after it did not; returns the function that ends it. */
  onRestart(listener: () => void): () => void;
  /** Stops it, unless another process runs it; bounded, never rejects. Twice is fine. */
  close(): Promise<void>;
};

export type PostgresOptions = {
  /** The folder of the centre (--data); made when missing. The database lies in `postgres` below it. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Settings of PostgreSQL for tests, such as `{ fsync: 'off' }`; never to be used otherwise. */
  readonly settings?: Readonly<Record<string, string>>;
};

/**
 * Starts the PostgreSQL of a folder, to serve: makes its cluster when there is none, stops what a killed centre left
 * running, and keeps it running until it is closed. Rejects STORE_LOCKED with the pid when another process serves the
 * folder, CONFIG_INVALID in words when the folder cannot be used, DATABASE_FAILED when PostgreSQL does not start.
 */
export async function openPostgres(options: PostgresOptions): Promise<Postgres> {
  const o = await prepared(options);
  const until = o.clock.mono() + WAIT_MAX_MS;
  for (let tries = 0; ; tries += 1) {
    const held = await lockFolder(o.dir, 'serving');
    if ('release' in held) return startHeld(o, held);
    if (held.role === 'serving' || o.clock.mono() >= until) throw isHeld(o.dir, held);
    if (tries === 0) o.log.info({ pid: held.pid }, `a command (process ${held.pid}) uses the database: waiting for it`);
    await pause(o.clock, LOOK_EVERY_MS);
  }
}

/**
 * The PostgreSQL of a folder for the time of a command: the one that a centre runs, else it is started as
 * {@link openPostgres} does and stopped when the command closes it.
 */
export async function attachPostgres(options: PostgresOptions): Promise<Postgres> {
  const o = await prepared(options);
  const until = o.clock.mono() + WAIT_MAX_MS;
  for (;;) {
    const held = await lockFolder(o.dir, 'command');
    if ('release' in held) return startHeld(o, held);
    const connection = held.role === 'serving' ? await readConnection(o.dir) : null;
    if (connection !== null && (await connects(connection)) === 'yes') return attached(connection);
    if (o.clock.mono() >= until) throw isHeld(o.dir, held);
    await pause(o.clock, LOOK_EVERY_MS);
  }
}

/** The process that serves the folder, or a command that uses it; null: nobody does. */
export function postgresHolder(dir: string): Promise<LockHolder | null> {
  return holderOf(resolve(dir));
}

function attached(connection: Connection): Postgres {
  return { url: urlOf(connection), isUp: () => true, onRestart: () => () => undefined, close: async () => undefined };
}

type Prepared = PostgresOptions & {
  /** The highest folder that was made here; null: none was. */
  readonly made: string | null;
};

/** With the real path of the folder; one that is made here can be entered by the user that PostgreSQL runs as. */
async function prepared(options: PostgresOptions): Promise<Prepared> {
  const path = resolve(options.dir);
  try {
    const made = (await mkdir(path, { recursive: true })) ?? null;
    if (made !== null) await chmod(path, process.getuid?.() === 0 ? 0o711 : 0o700);
    return { ...options, dir: await realpath(path), made };
  } catch (error) {
    throw unusable(path, error);
  }
}

/** Folders that were made for nothing go again. */
async function removeMade({ dir, made }: Prepared): Promise<void> {
  const top = made === null ? null : await realpath(made).catch(() => null);
  if (top === null) return;
  for (let path = dir; path.startsWith(top); path = dirname(path)) {
    if (!(await rmdir(path).then(always, never))) return;
  }
}

const always = () => true;
const never = () => false;

async function lockFolder(dir: string, role: LockRole): Promise<CentreLock | LockHolder> {
  try {
    return await lockCentre(dir, role);
  } catch (error) {
    throw unusable(dir, error);
  }
}

function unusable(dir: string, error: unknown): LectorError {
  const text = error instanceof Error ? error.message : String(error);
  const todo = 'let this user write there, or name another folder with --data';
  return new LectorError('CONFIG_INVALID', `cannot use ${dir} for the centre: ${text}; ${todo}`, { dir }, error);
}

function isHeld(dir: string, { pid, role }: LockHolder): LectorError {
  const words =
    role === 'serving'
      ? `the centre in ${dir} is already served by process ${pid}: stop that one, or name another folder with --data`
      : `a command (process ${pid}) uses the centre in ${dir}: try again when it has ended`;
  return new LectorError('STORE_LOCKED', words, { dir, pid });
}

async function startHeld(o: Prepared, lock: CentreLock): Promise<Postgres> {
  try {
    return await start(o, lock);
  } catch (error) {
    await lock.release();
    await removeMade(o);
    throw error;
  }
}

async function start(o: PostgresOptions, lock: CentreLock): Promise<Postgres> {
  const { clock, log } = o;
  const dataDir = await realOrSame(join(o.dir, 'postgres'));
  const runAs = await chooseUser(o.dir, dataDir);
  await mustEnter(runAs, o.dir);
  const binaries = await findBinaries(runAs);
  const server: ServerOptions = { dataDir, binaries, runAs, clock, log, settings: o.settings ?? {} };
  const isThere = await checkCluster(server);
  if (isThere) await clearRemains(dataDir, clock, log);
  const connection = await prepareConnection(o.dir, server, isThere);
  const { supervised, password } = await startKnown(o.dir, server, connection);
  tellStarted(o, runAs, binaries, supervised.port);
  let closing: Promise<void> | null = null;
  const close = async () => {
    await supervised.close().catch((error: unknown) => log.error({ error }, 'PostgreSQL could not be stopped'));
    await lock.release();
  };
  return {
    url: urlOf({ port: supervised.port, password }),
    isUp: supervised.isUp,
    onRestart: supervised.onRestart,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** It may be a link to another disk, and its processes are known by where they really work. */
function realOrSame(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

function tellStarted({ dir, log }: PostgresOptions, runAs: RunAs, { version }: Binaries, port: number): void {
  const who = runAs.ids.uid === undefined ? '' : ` as user ${runAs.name}, for root may not run it`;
  log.info(
    { dir, port, version, user: runAs.name },
    `PostgreSQL ${version} runs${who}, on port ${port} of this machine`,
  );
  if (runAs.advice !== '') log.warn({ user: runAs.name }, `PostgreSQL runs as ${runAs.name}: ${runAs.advice}`);
}

/** The password goes to the file before the cluster is in its place: no crash leaves one without the other. */
async function prepareConnection(dir: string, tools: ClusterTools, isThere: boolean): Promise<Connection> {
  const known = isThere ? await readConnection(dir) : null;
  if (known !== null) return known;
  const fresh = { port: 0, password: newPassword() };
  await writeConnection(dir, fresh);
  if (!isThere) await makeCluster(tools, fresh.password);
  else await resetPassword(tools, fresh.password);
  return fresh;
}

type Known = { readonly supervised: Supervised; readonly password: string };

/** Starts it and connects; a password that it does not know (a folder that was copied) is set again, once. */
async function startKnown(dir: string, server: ServerOptions, connection: Connection): Promise<Known> {
  const known = await tryKnown(dir, server, connection);
  if (known !== null) return known;
  server.log.warn({}, 'the password in connection.json was not that of the database: it gets a new one');
  const fresh = { port: connection.port, password: newPassword() };
  await resetPassword(server, fresh.password);
  const again = await tryKnown(dir, server, fresh);
  if (again !== null) return again;
  throw new LectorError('DATABASE_FAILED', `the database in ${server.dataDir} does not take the password it was given`);
}

/** null: it does not know the password, and was stopped again. */
async function tryKnown(dir: string, server: ServerOptions, { port, password }: Connection): Promise<Known | null> {
  const supervised = await supervise(server, port);
  try {
    const reply = await connects({ port: supervised.port, password }, CONNECT_LIMIT_MS);
    if (reply === 'yes') {
      await keepConnection(dir, { port: supervised.port, password });
      return { supervised, password };
    }
    if (reply !== 'password') {
      throw new LectorError('DATABASE_FAILED', `the database in ${server.dataDir} cannot be connected to: ${reply}`);
    }
  } catch (error) {
    await supervised.close();
    throw error;
  }
  await supervised.close();
  return null;
}

/** Writes only what is new: a start on a full disk needs no room for what is there. */
async function keepConnection(dir: string, connection: Connection): Promise<void> {
  const known = await readConnection(dir);
  if (known?.port === connection.port && known.password === connection.password) return;
  await writeConnection(dir, connection);
}

/** 'password': it is not that of the role; else what the driver says. */
async function connects(connection: Connection, limitMs = 2_000): Promise<string> {
  const client = new pg.Client({ connectionString: urlOf(connection), connectionTimeoutMillis: limitMs });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return 'yes';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code === '28P01' ? 'password' : message;
  } finally {
    await client.end().catch(() => undefined);
  }
}
