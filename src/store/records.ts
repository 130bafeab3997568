import type { LectorRecord } from '../domain/record.ts';
import type { OwedRecord } from '../domain/store-port.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import { decodeJson, decodeRecord, encodeJson, encodeRecord } from './codec.ts';
import type { Reads } from './environment.ts';
import { lastWrittenKey, type OutboxEntry, outboxEntry, outboxKey, outboxSpan, recordKey, spanOf } from './keys.ts';
import type { Item } from './waiting.ts';

const OVERHEAD_BYTES = 600;
const PLACE_BYTE = Buffer.from([1]);

type Waiting = {
  readonly entry: OutboxEntry;
  readonly bytes: Buffer;
  readonly done: Promise<'written' | 'present'>;
  offered: boolean;
};

export type Records = {
  /**
   * Resolves when the record is durable; `enqueue` gets the item that writes it. 'present': its identity is there, or
   * waits already. Rejects with what `lost` makes when there is no memory left for it.
   */
  put(record: LectorRecord, enqueue: (item: Item) => void, lost: () => Error): Promise<'written' | 'present'>;
  between(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly LectorRecord[];
  /** The one put last. */
  last(analyzerId: AnalyzerId): LectorRecord | null;
  /** Outbox entries that were offered, above `after`: those on disk, then those in memory. */
  entries(after: number): Iterable<OutboxEntry>;
  load(entry: OutboxEntry): LectorRecord | null;
  lastOffered(): number;
  /** Offers what waits, because the disk refuses: exporters drink from memory. */
  offerWaiting(): void;
};

export type RecordsOptions = {
  readonly environment: Reads;
  /** Highest sequence ever used, cursors included. */
  readonly lastSequence: number;
  readonly offer: (owed: OwedRecord) => void;
  readonly withdraw: (entry: OutboxEntry) => void;
  /** Whether a record is offered before it is on disk. */
  readonly refusing: () => boolean;
};

const nameOf = (entry: Pick<OutboxEntry, 'analyzerId' | 'end' | 'generation'>) =>
  `${entry.analyzerId}/${entry.end}/${entry.generation}`;

/** Records on disk with their places in the outbox, and over them those that wait in memory. */
export function createRecords(o: RecordsOptions): Records {
  const { environment } = o;
  const waiting = new Map<string, Waiting>();
  /** The same by analyzer: a disk that refuses for days leaves tens of thousands, and each window looks at its own. */
  const waitingOf = new Map<AnalyzerId, Set<Waiting>>();
  let lastSequence = o.lastSequence;
  let lastOffered = o.lastSequence;

  const keep = (waits: Waiting) => {
    const { analyzerId } = waits.entry;
    waiting.set(nameOf(waits.entry), waits);
    waitingOf.set(analyzerId, (waitingOf.get(analyzerId) ?? new Set()).add(waits));
  };
  const forget = (waits: Waiting) => {
    waiting.delete(nameOf(waits.entry));
    waitingOf.get(waits.entry.analyzerId)?.delete(waits);
  };
  const offer = (waits: Waiting) => {
    if (waits.offered) return;
    const record = decodeRecord(recordKey(waits.entry), waits.bytes);
    waits.offered = true;
    lastOffered = waits.entry.sequence;
    if (record !== null) o.offer({ sequence: waits.entry.sequence, record });
  };
  const stored = (entry: Omit<OutboxEntry, 'sequence'>): LectorRecord | null => {
    const bytes = environment.get('records', recordKey(entry));
    return bytes === undefined ? null : decodeRecord(recordKey(entry), bytes);
  };
  /** By end: of records written before it was kept which was the last. */
  const latest = (analyzerId: AnalyzerId): LectorRecord | null => {
    const span = { ...spanOf(analyzerId, null, null), reverse: true, limit: 1 };
    const [last] = [...environment.range('records', span)];
    return last === undefined ? null : decodeRecord(last.key, last.value);
  };
  const isStored = (record: LectorRecord): boolean => {
    try {
      return environment.get('records', recordKey(record)) !== undefined;
    } catch {
      // not to be read just now: it is looked up again when it is written
      return false;
    }
  };
  const decodeWaiting = (analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly LectorRecord[] =>
    [...(waitingOf.get(analyzerId) ?? [])].flatMap(({ entry, bytes }) => {
      const record = entry.end > after && entry.end <= until ? decodeRecord(recordKey(entry), bytes) : null;
      return record === null ? [] : [record];
    });

  const itemOf = (waits: Waiting, settle: (outcome: 'written' | 'present' | 'dropped') => void): Item => {
    const { entry, bytes } = waits;
    let mine = true;
    return {
      kind: 'record',
      bytes: bytes.length + OVERHEAD_BYTES,
      write(writes) {
        // a commit that failed may have been done all the same: then the place in the outbox is there too
        mine =
          environment.get('records', recordKey(entry)) === undefined ||
          environment.get('root', outboxKey(entry)) !== undefined;
        if (!mine) return;
        writes.put('records', recordKey(entry), bytes);
        writes.put('root', outboxKey(entry), PLACE_BYTE);
        writes.put('root', lastWrittenKey(entry.analyzerId), encodeJson([entry.end, entry.generation]));
      },
      written() {
        forget(waits);
        if (mine) offer(waits);
        else if (waits.offered) o.withdraw(entry);
        settle(mine ? 'written' : 'present');
      },
      dropped() {
        forget(waits);
        if (waits.offered) o.withdraw(entry);
        settle('dropped');
      },
    };
  };

  return {
    async put(record, enqueue, lost) {
      const { analyzerId, end, generation } = record;
      const already = waiting.get(nameOf(record));
      if (already !== undefined) return already.done.then(() => 'present');
      if (isStored(record)) return 'present';
      lastSequence += 1;
      const entry = { sequence: lastSequence, analyzerId, end, generation };
      const { promise, resolve, reject } = Promise.withResolvers<'written' | 'present'>();
      const waits: Waiting = { entry, bytes: encodeRecord(record), done: promise, offered: false };
      keep(waits);
      const item = itemOf(waits, (outcome) => (outcome === 'dropped' ? reject(lost()) : resolve(outcome)));
      if (o.refusing()) offer(waits);
      enqueue(item);
      return promise;
    },
    between(analyzerId, after, until) {
      const found: LectorRecord[] = [];
      for (const { key, value } of environment.range('records', spanOf(analyzerId, after, until))) {
        const record = decodeRecord(key, value);
        if (record !== null) found.push(record);
      }
      return merged(found, decodeWaiting(analyzerId, after, until));
    },
    last(analyzerId) {
      const newest = [...(waitingOf.get(analyzerId) ?? [])].at(-1);
      if (newest !== undefined) return decodeRecord(recordKey(newest.entry), newest.bytes);
      const place = decodeJson<readonly [EpochMs, number]>(environment.get('root', lastWrittenKey(analyzerId)));
      const written = place && stored({ analyzerId, end: place[0], generation: place[1] });
      return written ?? latest(analyzerId);
    },
    *entries(after) {
      let seen = after;
      for (const key of environment.keys('root', outboxSpan(after, lastOffered))) {
        const entry = outboxEntry(key);
        seen = entry.sequence;
        yield entry;
      }
      for (const { entry, offered } of waiting.values()) {
        if (offered && entry.sequence > seen) yield entry;
      }
    },
    load(entry) {
      const waits = waiting.get(nameOf(entry));
      return waits === undefined ? stored(entry) : decodeRecord(recordKey(entry), waits.bytes);
    },
    lastOffered: () => lastOffered,
    offerWaiting() {
      for (const waits of [...waiting.values()]) offer(waits);
    },
  };
}

function merged(stored: readonly LectorRecord[], newer: readonly LectorRecord[]): readonly LectorRecord[] {
  if (newer.length === 0) return stored;
  const all = new Map([...stored, ...newer].map((record) => [nameOf(record), record]));
  return [...all.values()].sort((a, b) => a.end - b.end || a.generation - b.generation);
}
