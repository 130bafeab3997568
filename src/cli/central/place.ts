import { join, resolve } from 'node:path';
import { logUntil } from '../../central/log-until.ts';
import type { Registry } from '../../central/ports.ts';
import { attachPostgres } from '../../central/postgres/postgres.ts';
import { createRegistry } from '../../central/registry/registry.ts';
import { type Database, openDatabase } from '../../central/schema/database.ts';
import { systemClock } from '../../clock.ts';
import { LectorError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import { serverPlaces } from '../server-address.ts';
import type { PlaceOptions } from './options.ts';

export type Place = { readonly dir: string } | { readonly url: string };

/** A backup reads a snapshot through several. */
const POOL_MAX = 4;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The database of a centre: --database, --data, else $LECTOR_DATABASE, else `central` in the data folder of the
 * lector.ini that `lector serve` would take here, else `central` here. @throws LectorError USAGE for both options.
 */
export function placeOf({ data, database }: PlaceOptions, env: Env, cwd: string): Place {
  if (data !== undefined && database !== undefined) {
    throw new LectorError('USAGE', 'expected --data or --database, saw both; leave one of them out');
  }
  if (database !== undefined) return { url: database };
  if (data !== undefined) return { dir: resolve(cwd, data) };
  if (env.LECTOR_DATABASE !== undefined && env.LECTOR_DATABASE !== '') return { url: env.LECTOR_DATABASE };
  return { dir: usualFolder(env, cwd) };
}

function usualFolder(env: Env, cwd: string): string {
  try {
    return join(serverPlaces({}, env, cwd).dataDir, 'central');
  } catch {
    // no lector is configured here
    return resolve(cwd, 'central');
  }
}

/** Nothing but what a person must know, on stderr: a command prints its answer. */
function commandLog(): Log {
  const say = (_facts: unknown, text: string) => void process.stderr.write(`lector: ${safe(text)}\n`);
  const nothing = () => undefined;
  return { debug: nothing, info: nothing, warn: say, error: say };
}

export type Opened = {
  readonly place: Place;
  readonly database: Database;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Calls `use` with the database of a centre, beside one that serves it; a folder that none serves has its PostgreSQL
 * for the time of the call. `migrates`: whether
 * the tables are brought to this version before.
 */
export async function withCentre<T>(
  options: PlaceOptions,
  use: (opened: Opened) => Promise<T>,
  { migrates = true }: { readonly migrates?: boolean } = {},
): Promise<T> {
  const place = placeOf(options, process.env, process.cwd());
  const clock = systemClock();
  const news = logUntil(commandLog());
  const { log } = news;
  const postgres = 'dir' in place ? await attachPostgres({ dir: place.dir, clock, log }) : null;
  try {
    const url = postgres === null ? (place as { readonly url: string }).url : postgres.url;
    const database = await openDatabase({ url, log, poolMax: POOL_MAX });
    try {
      if (migrates) await database.migrate();
      return await use({ place, database, registry: createRegistry({ database, clock, log }), clock, log });
    } finally {
      news.end();
      await database.close();
    }
  } finally {
    await postgres?.close();
  }
}
