import type { Reading } from '../domain/reading.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import { decodeReading, encodeReading } from './codec.ts';
import type { Reads } from './environment.ts';
import { type Key, readingKey, spanOf } from './keys.ts';
import type { Item } from './waiting.ts';

/** What a waiting reading takes beside its bytes. */
const OVERHEAD_BYTES = 400;

export type Readings = {
  /** The item that writes it; it is seen by `between` and `last` at once. */
  put(reading: Reading, settled: (written: boolean) => void): Item;
  between(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly Reading[];
  /** Nominal instants of those that `between` gives. */
  instants(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly EpochMs[];
  last(analyzerId: AnalyzerId): Reading | null;
};

type Row = { readonly key: Key; readonly bytes: Buffer };

/** Readings on disk, and over them those that wait in memory. */
export function createReadings(environment: Reads): Readings {
  const waiting = new Map<AnalyzerId, Map<string, Row>>();

  const rowsOf = (analyzerId: AnalyzerId): Map<string, Row> => {
    const rows = waiting.get(analyzerId) ?? new Map<string, Row>();
    waiting.set(analyzerId, rows);
    return rows;
  };
  const waitingIn = (analyzerId: AnalyzerId, after: number, until: number): readonly Row[] => {
    const rows = [...(waiting.get(analyzerId)?.values() ?? [])];
    return rows.filter(({ key }) => Number(key[1]) > after && Number(key[1]) <= until);
  };

  return {
    put(reading, settled) {
      const key = readingKey(reading);
      const bytes = encodeReading(reading);
      const name = `${key[1]}/${key[2]}`;
      const row: Row = { key, bytes };
      const rows = rowsOf(reading.analyzerId);
      rows.set(name, row);
      const leave = (written: boolean) => {
        // one that was put again meanwhile waits on
        if (rows.get(name) === row) rows.delete(name);
        settled(written);
      };
      return {
        kind: 'reading',
        bytes: bytes.length + OVERHEAD_BYTES,
        write: (writes) => writes.put('readings', key, bytes),
        written: () => leave(true),
        dropped: () => leave(false),
      };
    },
    between(analyzerId, after, until) {
      const found: Reading[] = [];
      for (const { key, value } of environment.range('readings', spanOf(analyzerId, after, until))) {
        add(found, key, value);
      }
      const newer = waitingIn(analyzerId, after, until);
      return newer.length === 0 ? found : overlay(found, newer);
    },
    instants(analyzerId, after, until) {
      const found: EpochMs[] = [];
      const newer = waitingIn(analyzerId, after, until);
      const written = new Set(newer.map(({ key }) => `${key[1]}/${key[2]}`));
      for (const [, nominal, grid] of environment.keys('readings', spanOf(analyzerId, after, until))) {
        if (written.size === 0 || !written.has(`${nominal}/${grid}`)) found.push(nominal as EpochMs);
      }
      for (const { key } of newer) found.push(key[1] as EpochMs);
      return newer.length === 0 ? found : found.sort((one, other) => one - other);
    },
    last(analyzerId) {
      const newer = overlay([], waitingIn(analyzerId, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)).at(-1);
      const span = { ...spanOf(analyzerId, null, null), reverse: true, limit: 1 };
      const found: Reading[] = [];
      for (const { key, value } of environment.range('readings', span)) add(found, key, value);
      const stored = found[0];
      if (newer === undefined || stored === undefined) return newer ?? stored ?? null;
      return stored.nominal > newer.nominal ? stored : newer;
    },
  };
}

function add(found: Reading[], key: Key, value: Buffer): void {
  const reading = decodeReading(key, value);
  if (reading !== null) found.push(reading);
}

/** What waits wins over what is stored under the same key. */
function overlay(stored: readonly Reading[], newer: readonly Row[]): readonly Reading[] {
  const name = (reading: Reading) => `${reading.nominal}/${reading.grid}`;
  const all = new Map(stored.map((reading) => [name(reading), reading]));
  for (const { key, bytes } of newer) {
    const reading = decodeReading(key, bytes);
    if (reading !== null) all.set(name(reading), reading);
  }
  return [...all.values()].sort(
    (a, b) => a.nominal - b.nominal || (a.grid === b.grid ? 0 : a.grid === 'normal' ? -1 : 1),
  );
}
