import type { Reading } from '../domain/reading.ts';
import type { LectorRecord, RecordedVariable } from '../domain/record.ts';
import { gridOf, type Key } from './keys.ts';

/**
 * Values are JSON without the names of fields: a third of the size, and readable with any tool in an emergency. What
 * the key says is not repeated. Not-a-number becomes null, which is what it means here, and -0 becomes 0.
 * New fields go to the end; a row that was written before them reads null there.
 */
const READING_FIELDS = ['at', 'values', 'counterAt', 'flags', 'ratio', 'failure', 'pass'] as const;
const RECORD_FIELDS = ['nodeId', 'model', 'start', 'n', 'expected', 'ratio', 'variables', 'pass'] as const;
const VARIABLE_FIELDS = [
  'aggregate',
  'values',
  'min',
  'max',
  'n',
  'expected',
  'delta',
  'baseline',
  'at',
  'flags',
] as const;

/** Does not compile while a field of the contract is in no list and in no key. */
type Complete<T, Fields extends keyof T> = Exclude<keyof T, Fields> extends never ? true : never;
export type NoFieldForgotten = [
  Assert<Complete<Reading, (typeof READING_FIELDS)[number] | 'analyzerId' | 'nominal' | 'grid'>>,
  Assert<Complete<LectorRecord, (typeof RECORD_FIELDS)[number] | 'analyzerId' | 'end' | 'generation'>>,
  Assert<Complete<RecordedVariable, (typeof VARIABLE_FIELDS)[number]>>,
];
type Assert<T extends true> = T;

const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** null: these bytes are not what was written. */
function fromBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as unknown;
  } catch {
    return null;
  }
}

const pack = <T>(fields: readonly (keyof T & string)[], object: T): readonly unknown[] =>
  fields.map((field) => object[field]);

function unpack(fields: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [index, field] of fields.entries()) object[field] = row[index] ?? null;
  return object;
}

export const encodeReading = (reading: Reading): Buffer => toBytes(packPassed(READING_FIELDS, reading));

/** Without the last field, `pass`, where it is absent: almost always. */
function packPassed<T extends { readonly pass?: unknown }>(fields: readonly (keyof T & string)[], object: T) {
  return pack(object.pass === undefined ? fields.slice(0, -1) : fields, object);
}

function unpackPassed(fields: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  return unpack(row.length < fields.length ? fields.slice(0, -1) : fields, row);
}

/** The reading under `key`; null when its bytes are damaged. */
export function decodeReading(key: Key, bytes: Uint8Array): Reading | null {
  const row = fromBytes(bytes);
  if (!Array.isArray(row)) return null;
  const [analyzerId, nominal, grid] = key;
  const fields = unpackPassed(READING_FIELDS, row);
  return { analyzerId, nominal, ...fields, grid: gridOf(Number(grid)) } as unknown as Reading;
}

export function encodeRecord(record: LectorRecord): Buffer {
  const variables = mapValues(record.variables, (each) => pack(VARIABLE_FIELDS, each));
  return toBytes(packPassed<Record<string, unknown>>(RECORD_FIELDS, { ...record, variables }));
}

/** The record under `key`; null when its bytes are damaged. */
export function decodeRecord(key: Key, bytes: Uint8Array): LectorRecord | null {
  const row = fromBytes(bytes);
  if (!Array.isArray(row)) return null;
  const [analyzerId, end, generation] = key;
  const fields = unpackPassed(RECORD_FIELDS, row);
  const variables = mapValues(fields.variables as Record<string, unknown[]>, (each) => unpack(VARIABLE_FIELDS, each));
  return { ...fields, analyzerId, end, generation, variables } as unknown as LectorRecord;
}

export const encodeJson = toBytes;

/** A small value as it was given to {@link encodeJson}; null when there is none or it is damaged. */
export function decodeJson<T>(bytes: Uint8Array | undefined): T | null {
  return bytes === undefined ? null : (fromBytes(bytes) as T | null);
}

function mapValues<A, B>(object: Readonly<Record<string, A>>, change: (value: A) => B): Readonly<Record<string, B>> {
  const result: Record<string, B> = {};
  for (const [key, value] of Object.entries(object)) result[key] = change(value);
  return result;
}
