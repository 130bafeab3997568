import { once } from 'node:events';
import type { CostEvent } from '../domain/cost-event.ts';
import { type DecimalMark, lineOfCells, numberCell } from '../domain/csv-cells.ts';
import type { OffsetAt } from '../domain/grid.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { VirtualConfig } from '../domain/virtual.ts';
import { isoTime } from '../protocol/iso-time.ts';
import { openStoreReader } from '../store/reader.ts';
import { localText } from '../zone.ts';
import { type Describe, storeSource } from './cost-source.ts';
import { usageOfTarget } from './cost-target.ts';
import { readEvents } from './event-file.ts';

/** Records are read in pieces of so much time. */
const PIECE_MS = 31 * 86_400_000;
/** What is computed from counters is not more exact than this, kWh. */
const DECIMALS = 6;

export type SumRange = {
  readonly dataDir: string;
  readonly describe: Describe;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly offsetAt: OffsetAt;
};

export type SumStyle = { readonly json: boolean; readonly decimalComma: boolean };

/** A window of the analyzers of a sum, or the time between two. null: not all of them tell. */
type SumWindow = {
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly kwh: number | null;
  /** null also where one of them counts no exported energy. */
  readonly exportedKwh: number | null;
  /** Imported less exported, as a mean; null also where energy is what a counter went on without records. */
  readonly kw: number | null;
};

/**
 * Prints energy and mean power of sums of analyzers for each of their windows, as CSV or JSON. What is not known of one
 * is empty, and said at the end. Resolves with 0, and 1 where there is none at all.
 */
export async function sumRecords(
  virtuals: readonly VirtualConfig[],
  range: SumRange,
  style: SumStyle,
): Promise<number> {
  const begins = await firstsOf(virtuals, range);
  const events = readEvents(range.dataDir);
  const print = printer(range.offsetAt, style);
  const source = storeSource(range.dataDir, range.describe);
  const told: string[] = [];
  try {
    for (const virtual of virtuals) {
      const tally = createTally(virtual);
      const begin = begins.get(virtual.id);
      for (let at: number = begin ?? range.to; at < range.to; at += PIECE_MS) {
        const piece = { from: epochMs(at), to: epochMs(Math.min(at + PIECE_MS, range.to)) };
        for (const window of await windowsIn(virtual, { source, events, ...range, ...piece })) {
          tally.add(window);
          await print.window(virtual, window);
        }
      }
      told.push(...tally.words());
    }
  } finally {
    await source.close();
  }
  await print.end();
  for (const text of told) process.stderr.write(`lector: ${text}\n`);
  return print.count() > 0 ? 0 : 1;
}

/** Since when there are records of any analyzer of each in the range; where there are none it is left out. */
async function firstsOf(virtuals: readonly VirtualConfig[], { dataDir, from, to }: SumRange) {
  const reader = openStoreReader({ dir: dataDir });
  const firstOf = ({ terms }: VirtualConfig): EpochMs | null => {
    for (let at: number = from; at < to; at += PIECE_MS) {
      const until = epochMs(Math.min(at + PIECE_MS, to));
      const starts = terms.flatMap(({ id }) => reader.records(id, epochMs(at), until).slice(0, 1));
      if (starts.length > 0) return epochMs(Math.max(from, Math.min(...starts.map(({ start }) => start))));
    }
    return null;
  };
  try {
    const firsts = virtuals.map((virtual) => [virtual.id, firstOf(virtual)] as const);
    return new Map(firsts.flatMap(([id, first]) => (first === null ? [] : [[id, first] as const])));
  } finally {
    await reader.close();
  }
}

type Piece = SumRange & {
  readonly source: ReturnType<typeof storeSource>;
  readonly events: readonly CostEvent[];
};

async function windowsIn(virtual: VirtualConfig, piece: Piece): Promise<readonly SumWindow[]> {
  const { source, from, to, events, offsetAt } = piece;
  const { terms, name } = virtual;
  // no event is told here
  const span = { from, to, told: { from, to }, events, offsetAt, zone: 'UTC', billedBy: [] };
  const usage = await usageOfTarget(source, { title: name, terms }, span);
  const { imported, exported } = usage;
  const found: SumWindow[] = [];
  for (let place = 0; place < imported.length; place += 1) {
    const [start, end] = [epochMs(imported.start[place] ?? 0), epochMs(imported.end[place] ?? 0)];
    // the instant at which a meter was exchanged is no window
    if (end <= from || end > to || start === end) continue;
    const [kwh, kw] = [at(imported.kwh, place), at(imported.kw, place)];
    const given =
      exported === null ? { kwh: null, kw: 0 } : { kwh: at(exported.kwh, place), kw: at(exported.kw, place) };
    found.push({
      start,
      end,
      kwh,
      exportedKwh: given.kwh,
      kw: kw === null || given.kw === null ? null : kw - given.kw,
    });
  }
  return found;
}

function at(list: Float64Array, place: number): number | null {
  const value = list[place] ?? Number.NaN;
  return Number.isNaN(value) ? null : value;
}

/** Counts what is not known, to be said at the end. */
function createTally({ name, of }: VirtualConfig) {
  let [count, unknown, spread] = [0, 0, 0];
  return {
    add({ kwh, kw }: SumWindow) {
      count += 1;
      if (kwh === null) unknown += 1;
      else if (kw === null) spread += 1;
    },
    words(): readonly string[] {
      if (count === 0) return [`${name}: there are no records of ${of} then`];
      const lost = `${unknown} of ${count} windows are not known: not all of ${of} have energy there`;
      const lone = `in ${spread} of ${count} windows not all of ${of} have records: their energy is what counters`;
      return [
        ...(unknown > 0 ? [`${name}: ${lost}`] : []),
        ...(spread > 0 ? [`${name}: ${lone} went on, divided by time, and their power is not known`] : []),
      ];
    },
  };
}

function printer(offsetAt: OffsetAt, { json, decimalComma }: SumStyle) {
  let count = 0;
  const mark: DecimalMark = decimalComma ? 'comma' : 'point';
  const cell = (value: number | null) => numberCell(rounded(value), mark);
  const csv = ({ id }: VirtualConfig, { start, end, kwh, exportedKwh, kw }: SumWindow) => {
    const times = [
      localText(start, offsetAt),
      localText(end, offsetAt),
      `${new Date(end).toISOString().slice(0, 19)}Z`,
    ];
    return lineOfCells([`${id}`, ...times, cell(kwh), cell(exportedKwh), cell(kw)], mark);
  };
  const wire = ({ id, name, of }: VirtualConfig, { start, end, kwh, exportedKwh, kw }: SumWindow) =>
    JSON.stringify({
      ...{ analyzer: id, name, of, start: isoTime(start, offsetAt), end: isoTime(end, offsetAt) },
      ...{ energyKwh: rounded(kwh), exportedKwh: rounded(exportedKwh), powerKw: rounded(kw) },
    });
  const heading = ['analyzer', 'start', 'end', 'end UTC', 'energy [kWh]', 'exported [kWh]', 'power [kW]'];
  return {
    count: () => count,
    async window(virtual: VirtualConfig, window: SumWindow): Promise<void> {
      if (json) await write(`${count === 0 ? '[\n' : ',\n'}${wire(virtual, window)}`);
      else await write(`${count === 0 ? lineOfCells(heading, mark) : ''}${csv(virtual, window)}`);
      count += 1;
    },
    async end(): Promise<void> {
      if (json) await write(count === 0 ? '[]\n' : '\n]\n');
    },
  };
}

/** Without the digits that adding up makes of nothing. */
function rounded(value: number | null): number | null {
  const cut = value === null ? null : Number(value.toFixed(DECIMALS));
  return cut === null || Math.abs(cut) >= 10 ** -DECIMALS ? cut : 0;
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
