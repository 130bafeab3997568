import { safe } from '../domain/safe.ts';

const DEPTH_MAX = 4;
const ENTRIES_MAX = 50;

/**
 * Facts as plain JSON data in which every string went through `safe()`: errors become their name, message, code and
 * stack, bytes become hex, what is too deep or too long is cut. Never throws, whatever it is given.
 */
export function safeFacts(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return plainObject(facts, 0);
}

function plainObject(value: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(value).slice(0, ENTRIES_MAX);
  return Object.fromEntries(entries.map(([key, each]) => [safe(key), plain(each, depth + 1)]));
}

function plain(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return safe(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? null : plainReference(value, depth);
    case 'bigint':
    case 'symbol':
    case 'function':
      return safe(String(value));
  }
}

function plainReference(value: object, depth: number): unknown {
  if (value instanceof Uint8Array) return safe(Buffer.from(value).toString('hex'));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (depth > DEPTH_MAX) return '…';
  if (value instanceof Error) return plainError(value, depth);
  if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX).map((each) => plain(each, depth + 1));
  return plainObject(value, depth);
}

function plainError(error: Error, depth: number): Record<string, unknown> {
  const stack = (error.stack ?? '').split('\n').slice(1, 12);
  return {
    ...plainObject(error, depth),
    name: safe(error.name),
    message: safe(error.message),
    stack: stack.map((line) => safe(line.trim())),
    ...(error.cause === undefined ? {} : { cause: plain(error.cause, depth + 1) }),
  };
}
