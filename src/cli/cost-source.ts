import { LectorError } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { Profile } from '../domain/profile.ts';
import { indexOf } from '../domain/profile-index.ts';
import type { LectorRecord } from '../domain/record.ts';
import { safe } from '../domain/safe.ts';
import { type AnalyzerId, type EpochMs, epochMs } from '../domain/units.ts';
import { type DadesAnalyzer, findDades, readDades } from '../reconcile/dades-folder.ts';
import { type DadesReading, readDay } from '../reconcile/dades-lines.ts';
import { openStoreReader, type StoreReader } from '../store/reader.ts';
import { DADES_NOTE, dadesUsage, usualInterval } from '../tariff/dades-usage.ts';
import { DAY_MS, dateOf } from '../tariff/local-day.ts';
import type { MeteredVariable, UsageRecord } from '../tariff/usage.ts';
import { zoneOffset } from '../zone.ts';

/** Records are read in pieces of so much time. */
const PIECE_MS = 31 * DAY_MS;
/** How far around a span is looked first, and at most. */
const AROUND_MS = 2 * DAY_MS;
const FAR_MS = 8_192 * DAY_MS;

/** What is known of an analyzer in a span, and around it as far as the counter's values before and after. */
export type CostRecords = {
  readonly records: readonly UsageRecord[];
  readonly variables: readonly MeteredVariable[];
  readonly recordingMs: number | null;
};

/** Where records come from: the store, or a folder of daily files. */
export type CostSource = {
  readonly analyzers: readonly AnalyzerId[];
  /** What should be known of all figures from there. */
  readonly notes: readonly string[];
  read(id: AnalyzerId, from: EpochMs, to: EpochMs): Promise<CostRecords>;
  close(): Promise<void>;
};

/** What the configuration says of an analyzer. */
export type Described = { readonly profile: Profile | null; readonly recordingMs: number | null };
/** `model`: as a record names it, or what the meter said it is, in which the model is some of the words. */
export type Describe = (id: AnalyzerId, model: string) => Described;

export function storeSource(dir: string, describe: Describe): CostSource {
  const reader = openStoreReader({ dir });
  return {
    analyzers: reader.analyzers(),
    notes: [],
    async read(id, from, to) {
      const records = [...before(reader, id, from), ...recordsOf(reader, id, from, to), ...after(reader, id, to)];
      const { profile, recordingMs } = describe(id, records.at(-1)?.model ?? '');
      return { records, variables: billable(id, variablesOf(profile)), recordingMs };
    },
    close: () => reader.close(),
  };
}

/** By end and generation: what was lived through twice counts twice. */
function recordsOf(reader: StoreReader, id: AnalyzerId, from: EpochMs, to: EpochMs): readonly LectorRecord[] {
  const found: LectorRecord[] = [];
  for (let at: number = from; at < to; at += PIECE_MS) {
    found.push(...reader.records(id, epochMs(at), epochMs(Math.min(at + PIECE_MS, to))));
  }
  return found;
}

const hasCounter = ({ variables }: LectorRecord): boolean =>
  Object.values(variables).some(
    ({ aggregate, values }) => aggregate === 'counter' && values.some((value) => value !== null),
  );

/** Since when the first step of a span counts tells the last value before it, however long ago that was. */
function before(reader: StoreReader, id: AnalyzerId, from: EpochMs): readonly LectorRecord[] {
  const near = recordsOf(reader, id, epochMs(Math.max(0, from - AROUND_MS)), from);
  if (near.some(hasCounter)) return near;
  const first = Math.max(0, from - FAR_MS);
  for (let end = from - AROUND_MS; end > first; end -= PIECE_MS) {
    const piece = reader.records(id, epochMs(Math.max(first, end - PIECE_MS)), epochMs(end));
    // what lies between tells nothing of the span, and a meter without counters has years of it
    if (piece.some(hasCounter)) return [...piece, ...near];
  }
  return near;
}

function after(reader: StoreReader, id: AnalyzerId, to: EpochMs): readonly LectorRecord[] {
  const near = recordsOf(reader, id, to, epochMs(to + AROUND_MS));
  if (near.some(hasCounter)) return near;
  for (let start = to + AROUND_MS; start < to + FAR_MS; start += PIECE_MS) {
    const piece = reader.records(id, epochMs(start), epochMs(start + PIECE_MS));
    if (piece.some(hasCounter)) return [...near, ...piece];
  }
  return near;
}

/** Daily files as localFile writes them, and as the predecessor did; `zone`: whose clocks their times are of. */
export async function dadesSource(folder: string, describe: Describe, zone: string): Promise<CostSource> {
  const all = await findDades(folder);
  const offsetAt = zoneOffset(zone);
  const notes = new Set([DADES_NOTE, `the times in daily files are taken as those of ${zone}`]);
  return {
    analyzers: all.map(({ id }) => id),
    get notes() {
      return [...notes];
    },
    async read(id, from, to) {
      const found = all.find((each) => each.id === id);
      if (found === undefined) throw new LectorError('USAGE', `--dades: there is no folder of analyzer ${id}`);
      const { profile, recordingMs } = describe(id, found.identification);
      if (profile === null) throw noMeter(id, found.identification);
      const { lines, skipped } = await linesOf(found, { from, to, offsetAt });
      for (const words of skipped) notes.add(words);
      const usual = usualInterval(lines) ?? recordingMs ?? 0;
      const variables = billable(id, variablesOf(profile));
      return { records: dadesUsage(lines, variables, usual), variables, recordingMs: usual };
    },
    close: () => Promise.resolve(),
  };
}

const BILLED: readonly MeteredVariable['quantity'][] = ['activeEnergyImport', 'activeEnergyTotal', 'activePower'];

/** Probes of temperatures have no cost, and a bill of nothing would say that they have. */
function billable(id: AnalyzerId, variables: readonly MeteredVariable[]): readonly MeteredVariable[] {
  if (variables.some(({ quantity }) => BILLED.includes(quantity))) return variables;
  const words = `the meter of analyzer ${id} tells neither active energy nor power, which a cost is made of`;
  throw new LectorError('USAGE', `${words}; --analyzer takes another`);
}

function noMeter(id: AnalyzerId, identification: string): LectorError {
  const saw = identification === '' ? 'nothing that says it' : `"${safe(identification, 60)}" in analitzador.dat`;
  return new LectorError('USAGE', `--dades: expected the model of analyzer ${id}, saw ${saw}; --model PM710 tells it`);
}

type Span = { readonly from: EpochMs; readonly to: EpochMs; readonly offsetAt: OffsetAt };

/** `skipped`: a sentence of what could not be read, if there is any. */
type Lines = { readonly lines: readonly DadesReading[]; readonly skipped: readonly string[] };

/** The days of a span, one more on both sides, and the last and first that there are beyond. */
async function linesOf({ days }: DadesAnalyzer, { from, to, offsetAt }: Span): Promise<Lines> {
  const name = (instant: number) =>
    dateOf(Math.floor((instant + offsetAt(epochMs(instant))) / DAY_MS)).replaceAll('-', '');
  const [first, last] = [name(from - DAY_MS), name(to + DAY_MS)];
  const start = days.findLastIndex(({ day }) => day < first);
  const end = days.findIndex(({ day }) => day > last);
  const wanted = days.slice(Math.max(0, start), end < 0 ? days.length : end + 1);
  const found = new Map<EpochMs, DadesReading>();
  const skipped: string[] = [];
  for (const { day, paths } of wanted) {
    for (const path of paths) {
      // a field ends in a tab: what parts digits is the decimal comma of another country
      const text = (await readDades(path)).replaceAll(/(\d),(\d)/g, '$1.$2');
      const read = readDay(text, day, offsetAt);
      for (const reading of read.readings) found.set(reading.end, reading);
      if (read.skipped > 0) skipped.push(`${safe(path)}:${read.firstSkipped}`);
    }
  }
  const [where, ...others] = skipped;
  const more = others.length === 0 ? '' : `, and in ${others.length} other files`;
  const words = where === undefined ? [] : [`there are lines that cannot be read: the first is ${where}${more}`];
  return { lines: [...found.values()].sort((a, b) => a.end - b.end), skipped: words };
}

export function variablesOf(profile: Profile | null): readonly MeteredVariable[] {
  if (profile === null) return [];
  const { register } = indexOf(profile);
  return profile.variables.map(({ code, quantity, unit, aggregate, registers }) => {
    return { code, quantity, unit, aggregate, phases: registers.map((id) => register.get(id)?.phase ?? 'none') };
  });
}
