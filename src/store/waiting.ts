import type { Writes } from './environment.ts';

/** Something that is not on disk yet. */
export type Item = {
  readonly kind: 'reading' | 'record' | 'gap';
  /** What it takes in memory while it waits. */
  readonly bytes: number;
  /** Puts it into a commit; again for each attempt. */
  write(writes: Writes): void;
  written(): void;
  /** The memory for what waits is used up, or the store is closed: this one will not be written. */
  dropped(): void;
};

/** At most so much in one commit. */
export const COMMIT_ITEMS_MAX = 2000;
const COMMIT_BYTES_MAX = 8 * 1024 * 1024;

type Room = { readonly items: Set<Item>; bytes: number; readonly bytesMax: number };

/**
 * The bounded memory of what is not on disk yet: records and gaps in one room, readings in another, so that readings
 * never push out a record. A room that is full drops its oldest, except those of the commit that is under way.
 */
export function createWaiting(readingsBytesMax: number, recordsBytesMax: number) {
  const records: Room = { items: new Set(), bytes: 0, bytesMax: recordsBytesMax };
  const readings: Room = { items: new Set(), bytes: 0, bytesMax: readingsBytesMax };
  let underWay: ReadonlySet<Item> = new Set();

  const roomOf = (item: Item) => (item.kind === 'reading' ? readings : records);
  const leave = (room: Room, item: Item) => {
    if (room.items.delete(item)) room.bytes -= item.bytes;
  };
  const makeRoom = (room: Room): readonly Item[] => {
    const dropped: Item[] = [];
    for (const item of room.items) {
      if (room.bytes <= room.bytesMax) break;
      if (underWay.has(item)) continue;
      leave(room, item);
      dropped.push(item);
    }
    return dropped;
  };

  return {
    /** Adds one; returns those that had to go for it. */
    add(item: Item): readonly Item[] {
      const room = roomOf(item);
      room.items.add(item);
      room.bytes += item.bytes;
      return makeRoom(room);
    },
    /** The oldest of both rooms, at most `max`, records first, for the next commit. */
    take(max: number): readonly Item[] {
      const taken = new Set<Item>();
      let bytes = 0;
      for (const room of [records, readings]) {
        for (const item of room.items) {
          if (taken.size >= max || bytes >= COMMIT_BYTES_MAX) break;
          taken.add(item);
          bytes += item.bytes;
        }
      }
      underWay = taken;
      return [...taken];
    },
    /** The commit under way succeeded. */
    confirm(): void {
      for (const item of underWay) leave(roomOf(item), item);
      underWay = new Set();
    },
    /** It failed: all of it waits on, in its old order. Returns those for which there is no room any more. */
    putBack(): readonly Item[] {
      underWay = new Set();
      return [...makeRoom(records), ...makeRoom(readings)];
    },
    /** Takes out everything. */
    clear(): readonly Item[] {
      const all = [...records.items, ...readings.items];
      for (const item of all) leave(roomOf(item), item);
      return all;
    },
    readings: () => readings.items.size,
    records: () => records.items.size,
  };
}

export type Waiting = ReturnType<typeof createWaiting>;
