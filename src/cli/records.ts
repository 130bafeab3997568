import { once } from 'node:events';
import { LectorError } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { Installation } from '../domain/installation.ts';
import { parseLocalTime } from '../domain/local-time.ts';
import type { LectorRecord } from '../domain/record.ts';
import { safe } from '../domain/safe.ts';
import { type AnalyzerId, type EpochMs, epochMs, type VariableCode } from '../domain/units.ts';
import { findVirtual, sumNames, type VirtualConfig } from '../domain/virtual.ts';
import { isoTime } from '../protocol/iso-time.ts';
import { recordWire } from '../protocol/record-wire.ts';
import { openStoreReader, type StoreReader } from '../store/reader.ts';
import { zoneOffset } from '../zone.ts';
import { configurationOf } from './configuration.ts';
import type { RecordsOptions } from './options.ts';
import { type CsvStyle, type CsvVariable, csvColumns, csvHeader, csvLine, knownOf } from './records-csv.ts';

/** Records are read in pieces of so much time: a year costs no more memory than a month. */
const PIECE_MS = 31 * 86_400_000;

/**
 * `lector records`: what is recorded here, as CSV or JSON, by analyzer and time; also while a server records. Resolves
 * with 0, and 1 when there is none. A reader that has seen enough (`| head`) ends it, and is no failure.
 */
export async function records(options: RecordsOptions): Promise<number> {
  const { installation, profiles } = await configurationOf(options);
  const offsetAt = zoneOffset(installation.node.timezone);
  const from = timeOption('--from', options.from, offsetAt) ?? epochMs(0);
  const to = timeOption('--to', options.to, offsetAt) ?? epochMs(Date.now());
  if (from >= to) {
    const end = options.to === undefined ? 'now' : '--to';
    throw new LectorError('USAGE', `--from: expected a time before ${end}, saw ${isoTime(from, offsetAt)}`);
  }
  const virtuals = sumsOf(options.analyzer, installation);
  if (virtuals.length > 0) {
    const describe = (id: AnalyzerId) => {
      const config = installation.analyzers.find((each) => each.id === id);
      return { profile: profiles.get(config?.profileId ?? '') ?? null, recordingMs: config?.recordingMs ?? null };
    };
    const { sumRecords } = await import('./sum-records.ts');
    const sums = { dataDir: installation.general.dataDir, describe, from, to, offsetAt };
    const style = { json: options.json === true, decimalComma: options.decimalComma === true };
    return await sumRecords(virtuals, sums, style).catch(doneIfClosed);
  }
  const reader = openStoreReader({ dir: installation.general.dataDir });
  try {
    const ids = chosen(options.analyzer, installation, reader);
    const range = { reader, ids, from, to };
    if (options.json === true) return await printJson(range, offsetAt);
    const configOf = (id: AnalyzerId) => installation.analyzers.find((each) => each.id === id) ?? null;
    const config = configOf(ids[0] ?? 0);
    const known = ids.map((id) => knownOf(profiles.get(configOf(id)?.profileId ?? '') ?? null));
    const style = { decimalComma: options.decimalComma === true, full: options.full === true };
    const merged = new Map(known.toReversed().flatMap((each) => [...each]));
    return await printCsv(range, offsetAt, { style, known: merged, order: config?.consultes ?? [] });
  } catch (error) {
    return doneIfClosed(error);
  } finally {
    await reader.close();
  }
}

/** Whoever reads it has seen enough. */
function doneIfClosed(error: unknown): number {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
  throw error;
}

const wordsOf = (asked: readonly string[] | undefined): readonly string[] =>
  (asked ?? []).flatMap((text) => text.split(',')).map((text) => text.trim());

/** The sums of analyzers that are asked for, which have other columns; none: analyzers are. */
function sumsOf(asked: readonly string[] | undefined, { virtuals = [] }: Installation): readonly VirtualConfig[] {
  const words = wordsOf(asked);
  const named = words.map((word) => findVirtual(virtuals, word));
  const found = named.filter((each) => each !== null);
  if (found.length === 0 || found.length === words.length) return found;
  const other = words[named.indexOf(null)] ?? '';
  const message = `--analyzer: ${found[0]?.name} is a sum and has other columns: ask for "${other}" apart`;
  throw new LectorError('USAGE', safe(message, 200));
}

type Range = {
  readonly reader: StoreReader;
  readonly ids: readonly AnalyzerId[];
  readonly from: EpochMs;
  readonly to: EpochMs;
};

function timeOption(name: string, text: string | undefined, offsetAt: OffsetAt): EpochMs | null {
  if (text === undefined) return null;
  const instant = parseLocalTime(text, offsetAt);
  if (instant !== null) return instant;
  const saw = `saw "${safe(text, 40)}"`;
  throw new LectorError('USAGE', `${name}: expected a date or time such as 2026-11-25 or "2026-11-25 14:30", ${saw}`);
}

/** By id or name; all that have records where none is asked for. */
function chosen(
  words: readonly string[] | undefined,
  { analyzers, virtuals = [] }: Pick<Installation, 'analyzers' | 'virtuals'>,
  reader: StoreReader,
): readonly AnalyzerId[] {
  const there = reader.analyzers();
  if (words === undefined || words.length === 0) return there;
  return wordsOf(words).map((word) => {
    const named = analyzers.find(({ name }) => name.toLowerCase() === word.toLowerCase());
    const id = named?.id ?? (/^\d{1,9}$/.test(word) ? Number(word) : Number.NaN);
    if (there.includes(id) || analyzers.some((each) => each.id === id)) return id;
    const sums = virtuals.length === 0 ? '' : `; sums are ${sumNames(virtuals)}`;
    const known = there.length === 0 ? 'none' : there.join(', ');
    throw new LectorError(
      'USAGE',
      `--analyzer: there is no "${safe(word, 60)}"; with records there are ${known}${sums}`,
    );
  });
}

function* recordsIn({ reader, ids, from, to }: Range): Generator<LectorRecord> {
  for (const id of ids) {
    for (let after: number = from; after < to; after += PIECE_MS) {
      yield* reader.records(id, epochMs(after), epochMs(Math.min(after + PIECE_MS, to)));
    }
  }
}

async function printJson(range: Range, offsetAt: OffsetAt): Promise<number> {
  let count = 0;
  for (const record of recordsIn(range)) {
    const wire = recordWire(record, (at) => isoTime(at, offsetAt));
    await print(`${count === 0 ? '[\n' : ',\n'}${JSON.stringify(wire)}`);
    count += 1;
  }
  await print(count === 0 ? '[]\n' : '\n]\n');
  return sayCount(count, range, offsetAt);
}

type CsvAbout = {
  readonly style: CsvStyle;
  readonly known: ReturnType<typeof knownOf>;
  readonly order: readonly VariableCode[];
};

async function printCsv(range: Range, offsetAt: OffsetAt, { style, known, order }: CsvAbout): Promise<number> {
  const columns = csvColumns(variablesIn(range), order, style);
  let count = 0;
  for (const record of recordsIn(range)) {
    if (count === 0) await print(csvHeader(columns, known, style));
    await print(csvLine(record, columns, offsetAt, style));
    count += 1;
  }
  return sayCount(count, range, offsetAt);
}

/** Every variable of the range, whenever it was recorded: the columns must be known before the first line. */
function variablesIn(range: Range): readonly CsvVariable[] {
  const found = new Map<string, CsvVariable>();
  for (const { variables } of recordsIn(range)) {
    for (const [code, { values, aggregate }] of Object.entries(variables)) {
      found.set(`${code} ${values.length}`, { code, count: values.length, aggregate });
    }
  }
  return [...found.values()];
}

function sayCount(count: number, { ids, from, to }: Range, offsetAt: OffsetAt): number {
  if (count > 0) return 0;
  const when =
    from === 0 ? `until ${isoTime(to, offsetAt)}` : `from ${isoTime(from, offsetAt)} to ${isoTime(to, offsetAt)}`;
  const whose = ids.length === 1 ? `analyzer ${ids[0]}` : `${ids.length} analyzers`;
  process.stderr.write(`lector: there are no records of ${whose} ${when}\n`);
  return 1;
}

async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
