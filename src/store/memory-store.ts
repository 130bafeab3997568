import type { Log } from '../domain/ports.ts';
import type { Reading } from '../domain/reading.ts';
import type { Gap, LectorRecord } from '../domain/record.ts';
import type { Store } from '../domain/store-port.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import type { OutboxEntry } from './keys.ts';
import { createOutbox, type StoredExporter } from './outbox.ts';

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Rows of one analyzer, kept in order; most arrive at the end. */
type Rows<T> = Map<AnalyzerId, T[]>;

/** Readings are kept for so long before the last record of their analyzer. */
const READINGS_MAX_MS = 2 * 86_400_000;

/**
 * A store in memory: simulations and tests. Same contract as the one on disk, and nothing outlives it. Readings of
 * closed windows go after `readingsMaxMs` (48 h unless told), records never.
 */
export function createMemoryStore(o: { readonly readingsMaxMs?: number } = {}): Store {
  const readingsMaxMs = o.readingsMaxMs ?? READINGS_MAX_MS;
  const readings: Rows<Reading> = new Map();
  const records: Rows<LectorRecord> = new Map();
  const gaps: Gap[] = [];
  const entries: OutboxEntry[] = [];
  const writtenLast = new Map<AnalyzerId, LectorRecord>();
  const exporters = new Map<string, StoredExporter>();

  const find = ({ analyzerId, end, generation }: OutboxEntry): LectorRecord | null => {
    const rows = records.get(analyzerId) ?? [];
    const row = rows[placeOf(rows, [end, generation], recordOrder)];
    return row?.end === end && row.generation === generation ? row : null;
  };
  const outbox = createOutbox(
    {
      // sequence n lies at n - 1: nothing is ever taken out
      *entries(after) {
        for (let index = Math.max(0, after); index < entries.length; index += 1) yield entries[index] as OutboxEntry;
      },
      load: find,
      lastOffered: () => entries.length,
      stored: (exporterId) => exporters.get(exporterId) ?? null,
      storedIds: () => [...exporters.keys()],
      countOf: (analyzerId) => records.get(analyzerId)?.length ?? 0,
      saveProgress(exporterId, progress) {
        exporters.set(exporterId, { progress, parked: new Map(), again: new Set() });
      },
      saveParked() {},
      saved: async () => {},
    },
    SILENT,
  );

  return {
    async putReading(reading) {
      insert(rowsOf(readings, reading.analyzerId), reading, readingOrder);
    },
    readings: (analyzerId, after, until) => between(readings.get(analyzerId), after, until, readingOrder),
    instants: (analyzerId, after, until) =>
      between(readings.get(analyzerId), after, until, readingOrder).map(({ nominal }) => nominal),
    lastReading: (analyzerId) => readings.get(analyzerId)?.at(-1) ?? null,
    async putRecord(record) {
      const { analyzerId, end, generation } = record;
      const entry = { sequence: entries.length + 1, analyzerId, end, generation };
      if (find(entry) !== null) return 'present';
      insert(rowsOf(records, analyzerId), record, recordOrder);
      forget(rowsOf(readings, analyzerId), end - readingsMaxMs);
      entries.push(entry);
      writtenLast.set(analyzerId, record);
      outbox.offer({ sequence: entry.sequence, record });
      return 'written';
    },
    lastRecord: (analyzerId) => writtenLast.get(analyzerId) ?? null,
    records: (analyzerId, after, until) => between(records.get(analyzerId), after, until, recordOrder),
    async putGap(gap) {
      const same = (each: Gap) => each.analyzerId === gap.analyzerId && each.from === gap.from && each.to === gap.to;
      const index = gaps.findIndex(same);
      gaps.splice(index < 0 ? gaps.length : index, index < 0 ? 0 : 1, gap);
    },
    gaps: (analyzerId, after, until) =>
      gaps
        .filter((gap) => gap.analyzerId === analyzerId && gap.from < until && gap.to > after)
        .sort((a, b) => a.to - b.to || a.from - b.from),
    async markAlive() {},
    // nothing outlives this store, so there is no run before
    lastAlive: () => null,
    outbox,
    trouble: () => null,
    async close() {},
  };
}

type Order<T> = (row: T) => readonly [number, number];
const readingOrder: Order<Reading> = (row) => [row.nominal, row.grid === 'normal' ? 0 : 1];
const recordOrder: Order<LectorRecord> = (row) => [row.end, row.generation];

function rowsOf<T>(rows: Rows<T>, analyzerId: AnalyzerId): T[] {
  const known = rows.get(analyzerId);
  if (known !== undefined) return known;
  const fresh: T[] = [];
  rows.set(analyzerId, fresh);
  return fresh;
}

/** Index of the first row at or after `place`. */
function placeOf<T>(rows: readonly T[], place: readonly [number, number], order: Order<T>): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const [major, minor] = order(rows[middle] as T);
    if (major < place[0] || (major === place[0] && minor < place[1])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts a row where it belongs; one of the same place is replaced. */
function insert<T>(rows: T[], row: T, order: Order<T>): void {
  const place = order(row);
  const index = placeOf(rows, place, order);
  const there = rows[index];
  const same = there !== undefined && order(there)[0] === place[0] && order(there)[1] === place[1];
  rows.splice(index, same ? 1 : 0, row);
}

/** Taking out from the front costs as much as there is: done when an eighth of it may go. */
function forget(rows: Reading[], until: number): void {
  const count = placeOf(rows, [until, Number.POSITIVE_INFINITY], readingOrder);
  if (count * 8 > rows.length) rows.splice(0, count);
}

function between<T>(rows: readonly T[] | undefined, after: EpochMs, until: EpochMs, order: Order<T>): readonly T[] {
  if (rows === undefined) return [];
  const first = placeOf(rows, [after, Number.POSITIVE_INFINITY], order);
  return rows.slice(first, Math.max(first, placeOf(rows, [until, Number.POSITIVE_INFINITY], order)));
}
