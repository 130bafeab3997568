import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { LectorError } from '../domain/errors.ts';
import type { Clock, Log } from '../domain/ports.ts';
import { causeOfCommit } from './failure.ts';
import { damageOf } from './integrity.ts';
import { type Key, READINGS_TABLE, RECORDS_TABLE } from './keys.ts';
import {
  type CommitSize,
  commitBytes,
  freeBytes,
  itemsFitting,
  lengthen,
  PLENTY_BYTES,
  roomFor,
  takeRoom,
  whyNotWritable,
} from './room.ts';
import { settleSchema } from './schema.ts';
import { setAside } from './set-aside.ts';
import { type Usage, usageOf, usedBytes } from './usage.ts';

// a mutable array type is what lmdb declares for keys
export type LmdbKey = (string | number)[];
type Table = Database<Buffer, LmdbKey>;

/** Name of the folder in `data_dir` that holds the data file. */
export const STORE_FOLDER = 'store';

/** Name of the data file in it. */
export const DATA_FILE = 'data.mdb';

const dataFile = (path: string) => join(path, DATA_FILE);

/** With less room than this no commit is begun. */
const FULL_BYTES = 128 * 1024;

/** lmdb's own numbers for a file that is not, or no longer, one of its own. */
const DAMAGED = new Set([-30_797, -30_796, -30_794, -30_793]);

export type TableName = 'root' | 'readings' | 'records';

/** What a commit may do; nothing of it is visible before the commit is durable. */
export type Writes = {
  put(table: TableName, key: Key, bytes: Buffer): void;
  remove(table: TableName, key: Key): void;
};

/** The data file: reads at once, writes in commits. Closed and opened again after a failed write. */
export type Environment = {
  get(table: TableName, key: Key): Buffer | undefined;
  /** Keys and values in order; stop early as you like. */
  range(table: TableName, span: Span): Iterable<{ readonly key: Key; readonly value: Buffer }>;
  keys(table: TableName, span: Span): Iterable<Key>;
  /** Durable when it resolves; rejects with the cause and nothing written. Begun only where it surely fits. */
  commit(write: (writes: Writes) => void): Promise<void>;
  /** How many readings or records surely fit into a commit now; 0: the disk is full. */
  fitting(): number;
  /** Takes up to `bytes` of the disk for the data file. Not while a commit is under way. */
  lengthen(bytes: number): Promise<void>;
  /** After a failed write: a descriptor whose sync failed is not to be trusted. Falls back to reading only. */
  reopen(): Promise<void>;
  usage(): Usage;
  close(): Promise<void>;
};

/** What may be asked of a data file that somebody else writes. */
export type Reads = Pick<Environment, 'get' | 'range' | 'keys'>;

export type Span = { readonly start: Key; readonly end: Key; readonly reverse?: boolean; readonly limit?: number };

type Opened = {
  readonly file: string;
  readonly root: RootDatabase<Buffer, LmdbKey>;
  readonly tables: Readonly<Record<TableName, Table>>;
  /** Why it can only be read; null: it can be written. */
  readonly readOnly: unknown;
  /** Every page of the file has its place on the disk: looked after while the disk is nearly full. */
  isWhole: boolean;
};

/**
 * Opens `store` in `dir`. One that is damaged is moved to `store.corrupt-<time>`, with one line in the log, and a new
 * one is made. Rejects STORE_FULL or STORE_FAILED when the disk refuses, and for a store of a later version.
 */
export async function openEnvironment(dir: string, clock: Clock, log: Log): Promise<Environment> {
  const path = join(dir, STORE_FOLDER);
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw openFailure(error, path);
  }
  const damage = damageIn(path, clock);
  if (damage !== null) setAside(path, damage, clock, log);
  const opened = openOrReplace(path, clock, log);
  const environment = environmentOf(opened, path);
  await settleSchema(environment, path).catch(async (error: unknown) => {
    await environment.close();
    throw error instanceof LectorError ? error : openFailure(error, path);
  });
  // lmdb syncs what is in its file, not that the file has a name
  for (const folder of [path, dir]) syncFolder(folder);
  return environment;
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch {
    // some file systems cannot, and lose nothing by it
  } finally {
    closeSync(fd);
  }
}

function environmentOf(first: Opened, path: string): Environment {
  let opened: Opened | null = first;
  const current = (): Opened => {
    if (opened !== null) return opened;
    const text = `the store in ${path} cannot be used now: its disk has just failed, or does not let it be opened`;
    throw new LectorError('STORE_FAILED', text, { path });
  };
  /** A read of a file that is being closed would set off a timer of lmdb that throws: nobody is let near it. */
  const shut = async (): Promise<void> => {
    const closing = opened;
    opened = null;
    await closing?.root.close();
  };
  return {
    get: (name, key) => current().tables[name].get(key as LmdbKey),
    range: (name, span) => current().tables[name].getRange(rangeOptions(span)),
    keys: (name, span) => current().tables[name].getKeys(rangeOptions(span)),
    commit: async (write) => commit(current(), write),
    fitting() {
      const room = opened === null ? Number.POSITIVE_INFINITY : roomOf(opened, PLENTY_BYTES);
      return room < FULL_BYTES ? 0 : itemsFitting(room);
    },
    lengthen: (bytes) => lengthen(current().file, bytes),
    async reopen() {
      if (opened !== null && opened.readOnly !== null && whyNotWritable(opened.file) !== null) return;
      await shut();
      opened = openAgain(path);
    },
    usage: () => (opened === null ? NO_USAGE : usageOf(opened.root, opened.tables)),
    close: shut,
  };
}

const NO_USAGE: Usage = { readingsBytes: 0, recordsBytes: 0, recordsCount: 0, reusableBytes: 0 };

// an abandoned snapshot makes the file grow: ranges are read without one
export const rangeOptions = (span: Span) => ({
  start: span.start as LmdbKey,
  end: span.end as LmdbKey,
  snapshot: false,
  ...(span.reverse ? { reverse: true, start: span.end as LmdbKey, end: span.start as LmdbKey } : {}),
  ...(span.limit === undefined ? {} : { limit: span.limit }),
});

function openFile(path: string, readOnly: unknown = null): Opened {
  const root = open<Buffer, LmdbKey>({
    path,
    encoding: 'binary',
    overlappingSync: false,
    eventTurnBatching: false,
    maxDbs: 4,
    readOnly: readOnly !== null,
  });
  const named = (name: string) => root.openDB<Buffer, LmdbKey>({ name, encoding: 'binary' });
  return {
    file: dataFile(path),
    root,
    tables: { root, readings: named(READINGS_TABLE), records: named(RECORDS_TABLE) },
    readOnly,
    isWhole: false,
  };
}

/** To write, or at least to read; null when neither can be: the caller tries again later. */
function openAgain(path: string): Opened | null {
  let cause = whyNotWritable(dataFile(path));
  if (cause === null) {
    try {
      return openFile(path);
    } catch (error) {
      cause = error;
    }
  }
  try {
    // lmdb leaves a descriptor open each time this is done on a read-only disk: done once, and kept
    return openFile(path, cause);
  } catch {
    return null;
  }
}

function openOrReplace(path: string, clock: Clock, log: Log): Opened {
  try {
    if (!existsSync(dataFile(path)) && freeBytes(path) < FULL_BYTES) throw noSpace();
    return openFile(path);
  } catch (error) {
    if (!DAMAGED.has((error as { readonly code?: number }).code ?? 0)) throw openFailure(error, path);
    setAside(path, (error as Error).message, clock, log);
    return openFile(path);
  }
}

function openFailure(error: unknown, path: string): LectorError {
  const text = error instanceof Error ? error.message : String(error);
  return new LectorError(
    'STORE_FAILED',
    `cannot open the store in ${path}: ${text}; check the disk, its free space and the rights on the folder`,
    { path },
    error,
  );
}

function damageIn(path: string, clock: Clock): string | null {
  const file = dataFile(path);
  return existsSync(file) ? damageOf(file, () => clock.mono()) : null;
}

type Change = { readonly table: TableName; readonly key: LmdbKey; readonly bytes: Buffer | null };

async function commit(opened: Opened, write: (writes: Writes) => void): Promise<void> {
  const { root, tables, file } = opened;
  const changes: Change[] = [];
  write({
    put: (table, key, bytes) => void changes.push({ table, key: key as LmdbKey, bytes }),
    remove: (table, key) => void changes.push({ table, key: key as LmdbKey, bytes: null }),
  });
  const refused = opened.readOnly ?? whyNotWritable(file);
  if (refused !== null) throw refused;
  const need = commitBytes(sizeOf(changes));
  const room = await takeRoom(file, () => usedBytes(root), need, opened.isWhole);
  if (room === 'none') throw noSpace();
  opened.isWhole = room === 'taken';
  try {
    await root.batch(() => {
      for (const { table, key, bytes } of changes) {
        ignore(bytes === null ? tables[table].remove(key) : tables[table].put(key, bytes));
      }
    });
  } catch (error) {
    throw await causeOfCommit(error);
  }
}

function sizeOf(changes: readonly Change[]): CommitSize {
  const values = changes.flatMap(({ bytes }) => (bytes === null ? [] : [bytes.length]));
  const valueBytes = values.reduce((sum, length) => sum + length, 0);
  return { puts: values.length, removes: changes.length - values.length, valueBytes };
}

const noSpace = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

const roomOf = ({ root, file }: Opened, enough: number): number => roomFor(file, () => usedBytes(root), enough);

/** Each write has a promise of its own; the one of the whole batch says it for all. */
function ignore(done: Promise<boolean>): void {
  done.catch(() => undefined);
}
