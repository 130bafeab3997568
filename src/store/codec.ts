import type { Reading } from '../domain/reading.ts';
import type { LectorRecord, RecordedVariable } from '../domain/record.ts';
import { gridOf, type Key } from './keys.ts';

/**
 * Values are JSON without the names of fields: a third of the size, and readable with any tool in an emergency. What
 * the key says is not repeated. Not-a-number becomes null, which is what it means here, and -0 becomes 0.
 */
const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** null: these bytes are not what was written. */
function fromBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as unknown;
  } catch {
    return null;
  }
}

type ReadingRow = readonly [
  Reading['at'],
  Reading['values'],
  Reading['counterAt'],
  Reading['flags'],
  Reading['ratio'],
  Reading['failure'],
];

export function encodeReading(reading: Reading): Buffer {
  const { at, values, counterAt, flags, ratio, failure } = reading;
  return toBytes([at, values, counterAt, flags, ratio, failure] satisfies ReadingRow);
}

/** The reading under `key`; null when its bytes are damaged. */
export function decodeReading(key: Key, bytes: Uint8Array): Reading | null {
  const row = fromBytes(bytes);
  if (!Array.isArray(row) || row.length !== 6) return null;
  const [at, values, counterAt, flags, ratio, failure] = row as unknown as ReadingRow;
  const [analyzerId, nominal, grid] = key as unknown as readonly [number, Reading['nominal'], number];
  return { analyzerId, nominal, at, values, counterAt, flags, ratio, failure, grid: gridOf(grid) };
}

type VariableRow = readonly [
  RecordedVariable['aggregate'],
  RecordedVariable['values'],
  RecordedVariable['min'],
  RecordedVariable['max'],
  RecordedVariable['n'],
  RecordedVariable['expected'],
  RecordedVariable['delta'],
  RecordedVariable['baseline'],
  RecordedVariable['at'],
  RecordedVariable['flags'],
];

type RecordRow = readonly [
  nodeId: number,
  model: string,
  start: LectorRecord['start'],
  n: number,
  expected: number,
  ratio: number | null,
  variables: Readonly<Record<string, VariableRow>>,
];

export function encodeRecord(record: LectorRecord): Buffer {
  const { nodeId, model, start, n, expected, ratio } = record;
  const variables = mapValues(record.variables, (each): VariableRow => {
    const { aggregate, values, min, max, n: count, expected: due, delta, baseline, at, flags } = each;
    return [aggregate, values, min, max, count, due, delta, baseline, at, flags];
  });
  return toBytes([nodeId, model, start, n, expected, ratio, variables] satisfies RecordRow);
}

/** The record under `key`; null when its bytes are damaged. */
export function decodeRecord(key: Key, bytes: Uint8Array): LectorRecord | null {
  const row = fromBytes(bytes);
  if (!Array.isArray(row) || row.length !== 7) return null;
  const [nodeId, model, start, n, expected, ratio, rows] = row as unknown as RecordRow;
  const [analyzerId, end, generation] = key as unknown as readonly [number, LectorRecord['end'], number];
  const variables = mapValues(rows, (each): RecordedVariable => {
    const [aggregate, values, min, max, count, due, delta, baseline, at, flags] = each;
    return { aggregate, values, min, max, n: count, expected: due, delta, baseline, at, flags };
  });
  return { nodeId, analyzerId, model, start, end, generation, n, expected, ratio, variables };
}

export const encodeJson = toBytes;

/** A small value as it was given to {@link encodeJson}; null when damaged. */
export function decodeJson<T>(bytes: Uint8Array | undefined): T | null {
  return bytes === undefined ? null : (fromBytes(bytes) as T | null);
}

function mapValues<A, B>(object: Readonly<Record<string, A>>, change: (value: A) => B): Readonly<Record<string, B>> {
  const result: Record<string, B> = {};
  for (const [key, value] of Object.entries(object)) result[key] = change(value);
  return result;
}
