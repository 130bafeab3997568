import type { Reading } from '../domain/reading.ts';
import type { LectorRecord } from '../domain/record.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';

/** Keys are arrays, which lmdb sorts element by element; numbers sort as numbers. */
export type Key = readonly (string | number)[];

/** Version of what the keys and values below mean. A store of a later one is refused. */
export const SCHEMA_VERSION = 1;

export const SCHEMA_KEY: Key = ['schema'];
export const ALIVE_KEY: Key = ['alive'];

/** Greater than every number that follows in a key. */
const LAST = '\uffff';

/** Names of the tables beside the root one. */
export const READINGS_TABLE = 'readings';
export const RECORDS_TABLE = 'records';

export type Range = { readonly start: Key; readonly end: Key };

const gridOrder = (grid: Reading['grid']) => (grid === 'normal' ? 0 : 1);
export const gridOf = (order: number): Reading['grid'] => (order === 0 ? 'normal' : 'rapid');

export const readingKey = (reading: Pick<Reading, 'analyzerId' | 'nominal' | 'grid'>): Key => [
  reading.analyzerId,
  reading.nominal,
  gridOrder(reading.grid),
];

export const recordKey = (record: Pick<LectorRecord, 'analyzerId' | 'end' | 'generation'>): Key => [
  record.analyzerId,
  record.end,
  record.generation,
];

/** Under it: [end, generation] of the record that was written last. */
export const lastWrittenKey = (analyzerId: AnalyzerId): Key => ['last', analyzerId];

/** Everything of one analyzer in a table whose keys begin with it; `after` excluded, `until` included, whole ms. */
export const spanOf = (analyzerId: AnalyzerId, after: EpochMs | null, until: EpochMs | null): Range => ({
  start: after === null ? [analyzerId] : [analyzerId, Math.floor(after) + 1],
  end: until === null ? [analyzerId, LAST] : [analyzerId, Math.floor(until) + 1],
});

/** Place of a record in the order of writing; the key says all, its value is one byte. */
export type OutboxEntry = {
  readonly sequence: number;
  readonly analyzerId: AnalyzerId;
  readonly end: EpochMs;
  readonly generation: number;
};

export const outboxKey = (entry: OutboxEntry): Key => [
  'outbox',
  entry.sequence,
  entry.analyzerId,
  entry.end,
  entry.generation,
];

export const outboxSpan = (after: number, until: number | null = null): Range => ({
  start: ['outbox', after + 1],
  end: ['outbox', until === null ? LAST : until + 1],
});

export function outboxEntry(key: Key): OutboxEntry {
  const [, sequence, analyzerId, end, generation] = key as readonly [string, number, number, EpochMs, number];
  return { sequence, analyzerId, end, generation };
}

export const exporterKey = (exporterId: string): Key => ['exporter', exporterId];
export const parkedKey = (exporterId: string, sequence: number): Key => ['parked', exporterId, sequence];

export const EXPORTER_SPAN: Range = { start: ['exporter'], end: ['exporter', LAST] };
export const PARKED_SPAN: Range = { start: ['parked'], end: ['parked', LAST] };

export const GAP_SPAN: Range = { start: ['gap'], end: ['gap', LAST] };
export const gapKey = (analyzerId: AnalyzerId, to: EpochMs, from: EpochMs): Key => ['gap', analyzerId, to, from];

export const gapSpan = (analyzerId: AnalyzerId, after: EpochMs): Range => ({
  start: ['gap', analyzerId, Math.floor(after) + 1],
  end: ['gap', analyzerId, LAST],
});
