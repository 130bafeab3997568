import type { Py } from './pickle.ts';

/**
 * A value as JSON has it: a Map becomes an object and a bigint a number, at every depth. What is plain already comes
 * back equal.
 */
export function plain(value: Py | unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const entries: Iterable<readonly [unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  return Object.fromEntries([...entries].map(([key, each]) => [String(key), plain(each)]));
}
