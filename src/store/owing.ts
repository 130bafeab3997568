import type { OutboxEntry } from './keys.ts';
import { type Progress, settledUntil, wants } from './progress.ts';

/** What one exporter was given and what not: `parked` is set aside, with reasons; `again` was, and is owed again. */
export type Standing = {
  readonly progress: Progress;
  readonly parked: ReadonlyMap<number, string>;
  /** Owed wherever the cursors are. */
  readonly again: ReadonlySet<number>;
};

type Entries = (after: number) => Iterable<OutboxEntry>;

const isOwedByCursor = ({ progress, parked, again }: Standing, { analyzerId, sequence }: OutboxEntry): boolean =>
  wants(progress, analyzerId, sequence) &&
  settledUntil(progress, sequence) === null &&
  !parked.has(sequence) &&
  !again.has(sequence);

export const isOwed = (standing: Standing, entry: OutboxEntry): boolean =>
  standing.again.has(entry.sequence) || isOwedByCursor(standing, entry);

/** What the cursors leave owed above `after`, ascending, stepping over settled runs without looking at them. */
export function* owedByCursor(standing: Standing, entries: Entries, after: number): Generator<OutboxEntry> {
  let from: number | null = Math.max(after, standing.progress.backlog);
  while (from !== null) {
    const start: number = from;
    from = null;
    for (const entry of entries(start)) {
      const passed = settledUntil(standing.progress, entry.sequence);
      if (passed !== null && passed > entry.sequence) {
        from = passed;
        break;
      }
      if (isOwedByCursor(standing, entry)) yield entry;
    }
  }
}

/** The entry of a sequence, or null when it is there no more. */
export function entryAt(entries: Entries, sequence: number): OutboxEntry | null {
  for (const entry of entries(sequence - 1)) return entry.sequence === sequence ? entry : null;
  return null;
}

/** Everything that is owed above `after`, ascending. */
export function* owedEntries(standing: Standing, entries: Entries, after: number): Generator<OutboxEntry> {
  const again = [...standing.again].filter((sequence) => sequence > after).sort((a, b) => a - b);
  let place = 0;
  const takeBelow = function* (limit: number): Generator<OutboxEntry> {
    for (; place < again.length && again[place]! < limit; place += 1) {
      const entry = entryAt(entries, again[place]!);
      if (entry !== null) yield entry;
    }
  };
  for (const entry of owedByCursor(standing, entries, after)) {
    yield* takeBelow(entry.sequence);
    yield entry;
  }
  yield* takeBelow(Number.POSITIVE_INFINITY);
}
