import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { columnsOf, ctimeOf, dayOf, earlierWithSameTime, headerOf, lineOf } from '../domain/dades.ts';
import { LectorError, toFailure } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { DeliveryResult, Exporter, OwedRecord } from '../domain/store-port.ts';
import type { AnalyzerId, VariableCode } from '../domain/units.ts';
import { appendText, errnoOf, type OpenFile, openReal, readDayFile, syncFolder } from './day-file.ts';

/** Analyzers whose files are written at the same time: their syncs share the disk's commits. */
const PARALLEL = 8;
/** Sets of variables that one day may have, each in a file of its own. */
const FILES_A_DAY_MAX = 999;

export type LocalFileOptions = {
  readonly id: string;
  /** Folder that gets one folder for each analyzer. Made when it is missing. */
  readonly folder: string;
  readonly offsetAt: OffsetAt;
  /** What the meter says it is, for analitzador.dat. */
  readonly identification: (id: AnalyzerId) => string;
  /** Order of the columns. */
  readonly order: (id: AnalyzerId) => readonly VariableCode[];
  readonly log: Log;
  readonly clock: Clock;
  readonly open?: OpenFile;
};

/** The file that an analyzer's last line went to, as this process left it. */
type Written = {
  readonly stem: string;
  readonly path: string;
  readonly header: string;
  readonly size: number;
  readonly sequences: ReadonlySet<number>;
};

const BATCH_MAX = 200;

type Line = { readonly owed: OwedRecord; readonly stem: string; readonly header: string; readonly text: string };
type Outcome = { readonly delivered: readonly number[]; readonly failure: unknown };

/**
 * The predecessor's daily text files: `<folder>/<analyzer>/YYYYMMDD.txt`, one line a record, and analitzador.dat. A
 * delivered line is on disk. Delivered again, after a crash or because the receipt was lost, it is not written again.
 * A new set of variables within a day begins YYYYMMDD-2.txt. A record without a value has no line and is delivered.
 *
 * A file that cannot be written fails the records of its analyzer (EXPORT_FAILED, with the path and the remedy) and no
 * others: `deliver` never rejects.
 */
export function createLocalFile(o: LocalFileOptions): Exporter {
  const writer = createWriter(o);
  return {
    id: o.id,
    // the lines of a file stand in the order of time
    order: 'oldest',
    batchMax: BATCH_MAX,
    patient: true,
    async deliver(records) {
      const groups = [...Map.groupBy(records, ({ record }) => record.analyzerId)];
      const outcomes = await inParallel(groups, PARALLEL, ([id, owed]) => writer.deliverOf(id, owed));
      const delivered = new Set(outcomes.flatMap((outcome) => outcome.delivered));
      const failures = new Map(groups.map(([id], index) => [id, outcomes[index]?.failure]));
      return records.map(({ sequence, record }): DeliveryResult => {
        if (delivered.has(sequence)) return { sequence, kind: 'delivered' };
        return { sequence, kind: 'failed', failure: toFailure(failures.get(record.analyzerId), 'EXPORT_FAILED') };
      });
    },
    async close() {},
  };
}

async function inParallel<A, B>(items: readonly A[], width: number, run: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}

function createWriter(o: LocalFileOptions) {
  const open = o.open ?? openReal;
  const known = new Map<AnalyzerId, Written>();
  const openedAt = o.clock.now();
  const describing = createDescription(o);

  const deliverOf = async (id: AnalyzerId, owed: readonly OwedRecord[]): Promise<Outcome> => {
    const delivered: number[] = [];
    const order = o.order(id);
    const lines = owed.flatMap((each) => toLine(o, each, order) ?? []);
    const without = new Set(owed);
    for (const { owed: each } of lines) without.delete(each);
    try {
      for (const chunk of chunksOf(lines)) {
        known.set(id, await writeChunk(id, chunk));
        delivered.push(...chunk.map((line) => line.owed.sequence));
      }
      if (lines.length > 0) await describing.write(id);
    } catch (failure) {
      // a line that failed must stay before those that follow it, with a value or without
      const first = lines.find((line) => !delivered.includes(line.owed.sequence))?.owed.sequence ?? 0;
      return { delivered: [...delivered, ...sequencesBefore(without, first)], failure };
    }
    return { delivered: [...delivered, ...sequencesBefore(without, Number.POSITIVE_INFINITY)], failure: null };
  };

  const writeChunk = async (id: AnalyzerId, chunk: readonly Line[]): Promise<Written> => {
    const { stem, header } = chunk[0]!;
    try {
      await makeFolder(join(o.folder, String(id)), o.folder, open);
      // what ended before may have been written by the run before, without its receipt
      const isOfThisRun = chunk.every(({ owed }) => owed.record.end > openedAt);
      const file = await findFile(stem, header, { known: known.get(id) ?? null, isOfThisRun }, o.log, open);
      const fresh = missingFrom(file, chunk, o.offsetAt);
      const text = [...(file.size === 0 ? [header] : []), ...fresh.map((line) => line.text)];
      const size = fresh.length === 0 ? file.size : await appendText(file.path, file.size, textOf(text), open);
      const sequences = new Set([...file.sequences, ...chunk.map((line) => line.owed.sequence)]);
      return { stem, header, path: file.path, size, sequences };
    } catch (error) {
      throw inWords(error, `${stem}.txt`);
    }
  };

  return { deliverOf };
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

const sequencesBefore = (owed: Iterable<OwedRecord>, limit: number): readonly number[] =>
  [...owed].map(({ sequence }) => sequence).filter((sequence) => sequence < limit);

function toLine(o: LocalFileOptions, owed: OwedRecord, order: readonly VariableCode[]): Line | null {
  const { record } = owed;
  const columns = columnsOf(record, order);
  const text = lineOf(record, columns, o.offsetAt);
  if (text === null) return null;
  const stem = join(o.folder, String(record.analyzerId), dayOf(record.end, o.offsetAt));
  return { owed, stem, header: headerOf(columns), text };
}

/** Lines that follow each other in one file. */
function chunksOf(lines: readonly Line[]): readonly (readonly Line[])[] {
  const chunks: Line[][] = [];
  for (const line of lines) {
    const chunk = chunks.at(-1);
    if (chunk?.[0]?.stem === line.stem && chunk[0].header === line.header) chunk.push(line);
    else chunks.push([line]);
  }
  return chunks;
}

async function makeFolder(folder: string, parent: string, open: OpenFile): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  await syncFolder(parent, open);
  await syncFolder(dirname(first), open);
}

/** `lines`: what it holds, header first; null when this process wrote its end and knows it by `sequences`. */
type Found = {
  readonly path: string;
  readonly size: number;
  readonly lines: readonly string[] | null;
  readonly sequences: ReadonlySet<number>;
};

type Knowledge = { readonly known: Written | null; readonly isOfThisRun: boolean };

/** The file of this day with this header, else the first free name. */
async function findFile(stem: string, header: string, o: Knowledge, log: Log, open: OpenFile): Promise<Found> {
  const { known, isOfThisRun } = o;
  const isKnown = known?.stem === stem && known.header === header && (await sizeOf(known.path)) === known.size;
  if (isKnown && isOfThisRun) return { ...known, lines: null };
  for (let number = 1; number <= FILES_A_DAY_MAX; number += 1) {
    const path = number === 1 ? `${stem}.txt` : `${stem}-${number}.txt`;
    const file = await readDayFile(path, open, log);
    if (file === null || file.lines.length === 0) return { path, size: 0, lines: [], sequences: new Set() };
    const sequences = isKnown && known.path === path ? known.sequences : new Set<number>();
    if (file.lines[0] === header) return { path, ...file, sequences };
  }
  throw new LectorError(
    'EXPORT_FAILED',
    `${stem}.txt and ${FILES_A_DAY_MAX - 1} more have other columns: move them away`,
  );
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}

/**
 * Lines of a chunk that the file does not hold. In the hour that comes twice, and when the clock was put back, a time
 * is there once for each earlier record: such a line is there only when its time is there once more. Where that cannot
 * be told it is written: rather a line twice than a line lost.
 */
function missingFrom(file: Found, chunk: readonly Line[], offsetAt: OffsetAt): readonly Line[] {
  const { lines } = file;
  const unknown = chunk.filter(({ owed }) => !file.sequences.has(owed.sequence));
  if (lines === null) return unknown;
  return unknown.filter(({ owed: { record }, text }) => {
    const time = text.slice(0, text.indexOf('\t') + 1);
    const earlier = earlierWithSameTime(record.end, offsetAt) + record.generation;
    return !lines.includes(text) || lines.filter((line) => line.startsWith(time)).length <= earlier;
  });
}

/** analitzador.dat: who the meter says it is and when it was last recorded. It is a courtesy: it holds up no record. */
function createDescription(o: LocalFileOptions) {
  const failing = new Set<AnalyzerId>();
  return {
    async write(id: AnalyzerId): Promise<void> {
      const path = join(o.folder, String(id), 'analitzador.dat');
      const identification = o.identification(id).replace(/\p{Cc}/gu, ' ');
      try {
        // not synced: the next record writes it anew
        await writeFile(`${path}.new`, `${identification}\t${ctimeOf(o.clock.now(), o.offsetAt)}`);
        await rename(`${path}.new`, path);
        failing.delete(id);
      } catch (error) {
        if (!failing.has(id)) o.log.warn({ path, errno: errnoOf(error) }, `${path} could not be written`);
        failing.add(id);
      }
    },
  };
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the quota of this user is used up: free some space',
  EROFS: 'the disk is read-only: it may have died; look at the system log',
  EACCES: 'this user may not write there: change owner or mode of the folder',
  EPERM: 'this user may not write there: change owner or mode of the folder',
  EIO: 'the disk reports errors: look at the system log, replace it',
  ENOTDIR: 'a part of the path is a file: move it away',
  EISDIR: 'a folder has that name: move it away',
  EMFILE: 'too many files are open',
};

function inWords(error: unknown, path: string): LectorError {
  if (error instanceof LectorError) return error;
  const errno = errnoOf(error);
  const cause = REMEDIES[errno] ?? (error instanceof Error ? error.message : String(error));
  const text = `${path} could not be written: ${cause}. The lines wait and are written then`;
  return new LectorError('EXPORT_FAILED', text, { path, errno }, error);
}
