import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { LectorError } from '../domain/errors.ts';
import type { Reading } from '../domain/reading.ts';
import type { Gap, LectorRecord } from '../domain/record.ts';
import type { Owed } from '../domain/store-port.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import { decodeJson } from './codec.ts';
import { notOurs } from './data-owner.ts';
import { DATA_FILE, type LmdbKey, type Reads, rangeOptions, STORE_FOLDER } from './environment.ts';
import { storedExporters } from './exporters.ts';
import { isHeld } from './folder-lock.ts';
import { createGaps } from './gaps.ts';
import { damageOf } from './integrity.ts';
import {
  type Key,
  outboxEntry,
  outboxSpan,
  READINGS_TABLE,
  RECORDS_TABLE,
  SCHEMA_KEY,
  SCHEMA_VERSION,
  spanOf,
} from './keys.ts';
import { owedEntries } from './owing.ts';
import { createReadings } from './readings.ts';
import { createRecords } from './records.ts';

/** A store that is only looked at: what another process writes is seen as it is written. */
export type StoreReader = {
  /** Those that have records or readings, by id. */
  analyzers(): readonly AnalyzerId[];
  /** Records with end in (after, until], by end and generation. Ask for pieces: each is made in one go. */
  records(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly LectorRecord[];
  /** Readings with nominal in (after, until], by nominal instant. */
  readings(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly Reading[];
  gaps(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly Gap[];
  /** Every exporter that was ever configured and what it is owed as far as it is on disk, by id. */
  exporters(): readonly { readonly exporterId: string; readonly owed: Owed }[];
  /** Nothing may be asked afterwards. */
  close(): Promise<void>;
};

/**
 * The store in `dir` (`data_dir`), also while a server writes there: takes no lock, makes nothing, changes nothing. Not
 * in the process that has it open to write.
 *
 * @throws LectorError STORE_FAILED in words: there is none, it is damaged, or another Lector wrote it.
 */
export function openStoreReader({ dir }: { readonly dir: string }): StoreReader {
  const path = join(dir, STORE_FOLDER);
  const file = join(path, DATA_FILE);
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw notOurs(dir, 'read', error);
    throw failed(`there is no store in ${dir}: lector serve makes it; see data_dir in lector.ini`, dir);
  }
  // whoever writes it has looked, and changes what would be looked at
  const damage = isHeld(dir) ? null : damageOf(file, () => 0, -1);
  if (damage !== null) throw failed(`the store in ${path} is damaged: ${damage}; lector serve puts it aside`, dir);
  const root = openRoot(path);
  try {
    return readerOf(root, path);
  } catch (error) {
    void root.close();
    if (error instanceof LectorError) throw error;
    throw failed(`cannot read the store in ${path}: ${error instanceof Error ? error.message : error}`, dir, error);
  }
}

type Table = Database<Buffer, LmdbKey>;
type Root = RootDatabase<Buffer, LmdbKey>;

const failed = (text: string, dir: string, cause?: unknown) => new LectorError('STORE_FAILED', text, { dir }, cause);

function openRoot(path: string): Root {
  try {
    return open<Buffer, LmdbKey>({ path, encoding: 'binary', maxDbs: 4, readOnly: true });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw failed(`cannot read the store in ${path}: ${cause}; check the rights on the folder`, path, error);
  }
}

function readerOf(root: Root, path: string): StoreReader {
  const version = decodeJson<number>(root.get([...SCHEMA_KEY]));
  if (version !== SCHEMA_VERSION) {
    const is = version === null ? 'is not finished' : `is of version ${version}, this Lector knows ${SCHEMA_VERSION}`;
    throw failed(`the store in ${path} ${is}; start the lector serve that belongs to it, or update this one`, path);
  }
  const reads = readsOf(root);
  const readings = createReadings(reads);
  const records = createRecords({ environment: reads, lastSequence: 0, ...NOBODY });
  return {
    analyzers: () => [...new Set([...idsIn(reads, 'records'), ...idsIn(reads, 'readings')])].sort((a, b) => a - b),
    records: records.between,
    readings: readings.between,
    gaps: createGaps(reads).between,
    exporters: () => exportersIn(reads),
    async close() {
      await root.close();
    },
  };
}

/** It offers nothing to anybody. */
const NOBODY = { offer: () => undefined, withdraw: () => undefined, refusing: () => false };

function readsOf(root: Root): Reads {
  const named = (name: string): Table => root.openDB<Buffer, LmdbKey>({ name, encoding: 'binary' });
  const tables = { root, readings: named(READINGS_TABLE), records: named(RECORDS_TABLE) };
  return {
    get: (name, key) => tables[name].get([...key]),
    range: (name, span) => tables[name].getRange(rangeOptions(span)),
    keys: (name, span) => tables[name].getKeys(rangeOptions(span)),
  };
}

/** Each is found by one step over what the one before has. */
function idsIn(reads: Reads, table: 'records' | 'readings'): readonly AnalyzerId[] {
  const found: AnalyzerId[] = [];
  for (;;) {
    const after = found.at(-1);
    const start: Key = after === undefined ? [Number.MIN_SAFE_INTEGER] : spanOf(after, null, null).end;
    const [key] = [...reads.keys(table, { start, end: [Number.MAX_SAFE_INTEGER], limit: 1 })];
    if (key === undefined) return found;
    found.push(Number(key[0]));
  }
}

function exportersIn(reads: Reads): ReturnType<StoreReader['exporters']> {
  function* entries(after: number) {
    for (const key of reads.keys('root', outboxSpan(after))) yield outboxEntry(key);
  }
  const all = [...storedExporters(reads, SILENT)];
  return all.map(([exporterId, standing]) => {
    let [count, oldestEnd] = [0, null as EpochMs | null];
    for (const entry of owedEntries(standing, entries, 0)) {
      count += 1;
      oldestEnd ??= entry.end;
    }
    return { exporterId, owed: { count, oldestEnd, parked: standing.parked.size } };
  });
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
