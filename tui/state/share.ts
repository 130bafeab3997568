/**
 * `after`, made of as much of `before` as is the same: what did not change stays the same object, all of it where
 * nothing did. For plain data.
 */
export function shared<T>(before: T | null, after: T): T {
  if (before === null || Object.is(before, after) || typeof after !== 'object' || after === null) return after;
  if (typeof before !== 'object' || Array.isArray(before) !== Array.isArray(after)) return after;
  return Array.isArray(after)
    ? (sharedList(before as unknown as readonly unknown[], after as readonly unknown[]) as T)
    : (sharedRecord(before as Readonly<Record<string, unknown>>, after as Readonly<Record<string, unknown>>) as T);
}

function sharedList(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const made = after.map((each, index) => shared(before[index] ?? null, each));
  const same = made.length === before.length && made.every((each, index) => Object.is(each, before[index]));
  return same ? before : made;
}

function sharedRecord(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) {
  const keys = Object.keys(after);
  const made: Record<string, unknown> = {};
  let same = keys.length === Object.keys(before).length;
  for (const key of keys) {
    made[key] = shared(before[key] ?? null, after[key]);
    if (!Object.is(made[key], before[key])) same = false;
  }
  return same ? before : made;
}
