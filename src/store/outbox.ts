import { LectorError } from '../domain/errors.ts';
import type { Log } from '../domain/ports.ts';
import type { LectorRecord } from '../domain/record.ts';
import type { Outbox, Owed, OwedRecord } from '../domain/store-port.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import type { OutboxEntry } from './keys.ts';
import { entryAt, isOwed, owedByCursor, owedEntries, type Standing } from './owing.ts';
import { advance, interested, type Progress, sameInterest, settle, wants } from './progress.ts';

/** What is kept of an exporter from one run to the next. */
export type StoredExporter = Standing;
/** In the place of a reason: it was parked, and is owed again. */
export const OWED_AGAIN = true;

/** Where the outbox finds its entries and keeps its cursors. */
export type OutboxSource = {
  /** Entries that may be delivered, with a sequence above `after`, ascending. */
  entries(after: number): Iterable<OutboxEntry>;
  /** null: it is not there any more, or damaged. */
  load(entry: OutboxEntry): LectorRecord | null;
  /** Highest sequence offered so far: nothing at or below it is offered later, so a cursor may move up to it. */
  lastOffered(): number;
  stored(exporterId: string): StoredExporter | null;
  /** Every exporter that was ever registered. */
  storedIds(): readonly string[];
  /** How many records of an analyzer there are. */
  countOf(analyzerId: AnalyzerId): number;
  saveProgress(exporterId: string, progress: Progress): void;
  /** null: neither parked nor owed again. */
  saveParked(exporterId: string, sequence: number, reason: string | typeof OWED_AGAIN | null): void;
  /** Resolves when what was saved until now is durable, or kept in memory because the disk refuses it. */
  saved(): Promise<void>;
};

/** The outbox with what only the store calls. */
export type StoreOutbox = Outbox & {
  /** A record may be delivered from now on: counts it and tells the listeners. */
  offer(owed: OwedRecord): void;
  /** An entry that exists no more; returns the exporters that still owed it. */
  withdraw(entry: OutboxEntry): readonly string[];
  /** Exporters registered in this run that still owe it, parked ones included. */
  owedBy(entry: OutboxEntry): readonly string[];
  registered(): readonly string[];
};

/** `owed`: how many; null: not counted yet. */
type ExporterState = {
  progress: Progress;
  readonly parked: Map<number, string>;
  readonly again: Set<number>;
  owed: number | null;
};

/** A cursor that moved by less than this when it was counted is not worth a write. */
const MOVED_MIN = 1000;
/** Most entries looked at, for each exporter that is configured no more. */
const ABSENT_ENTRIES_MAX = 100_000;

/** Who was given what: cursors, parked records and counts over the entries of `source`. */
export function createOutbox(source: OutboxSource, log: Log): StoreOutbox {
  const exporters = new Map<string, ExporterState>();
  const listeners = new Set<(record: OwedRecord) => void>();

  let isCounted = true;

  const stateOf = (exporterId: string): ExporterState => {
    const state = exporters.get(exporterId);
    if (!isCounted) countAll();
    if (state !== undefined) return state;
    throw new LectorError('USAGE', `exporter "${exporterId}" must be registered before it can be served`);
  };
  const entryOf = (sequence: number): OutboxEntry | null => entryAt(source.entries, sequence);
  const firstOf = (entries: Iterable<OutboxEntry>): OutboxEntry | null => {
    for (const entry of entries) return entry;
    return null;
  };
  /** Counts what was not counted yet: one walk over the entries for all of them, however many exporters there are. */
  function countAll(): void {
    const fresh = [...exporters].filter(([, { owed }]) => owed === null);
    const found = new Map(fresh.map(([, state]) => [state, { count: 0, first: null as number | null }]));
    const ids = (state: ExporterState) => Object.keys(state.progress.since).map(Number);
    const pairs = fresh.flatMap(([, state]) => ids(state).map((id) => ({ id, state })));
    const wanting = Map.groupBy(pairs, ({ id }) => id);
    const from = fresh.reduce((least, [, { progress }]) => Math.min(least, progress.backlog), source.lastOffered());
    for (const entry of source.entries(from)) {
      for (const { state } of wanting.get(entry.analyzerId) ?? []) {
        const counted = found.get(state);
        if (counted === undefined || state.again.has(entry.sequence) || !isOwed(state, entry)) continue;
        counted.count += 1;
        counted.first ??= entry.sequence;
      }
    }
    for (const [exporterId, state] of fresh) {
      const { count = 0, first = null } = found.get(state) ?? {};
      const { backlog } = state.progress;
      // those are in no cursor
      state.owed = count + state.again.size;
      state.progress = advance(state.progress, first, source.lastOffered());
      if (state.progress.backlog - backlog >= MOVED_MIN) source.saveProgress(exporterId, state.progress);
    }
    isCounted = true;
  }
  const owing = (stored: Omit<Standing, 'progress'>) => (progress: Progress, of: ReadonlySet<AnalyzerId>) => {
    const owes = new Set<AnalyzerId>();
    for (const { analyzerId } of owedByCursor({ ...stored, progress }, source.entries, progress.backlog)) {
      if (of.has(analyzerId)) owes.add(analyzerId);
      if (owes.size === of.size) break;
    }
    return owes;
  };
  const moveUp = (state: ExporterState) => {
    const first = state.owed === 0 ? null : firstOf(owedByCursor(state, source.entries, 0));
    state.progress = advance(state.progress, first?.sequence ?? null, source.lastOffered());
  };
  const owedBetween = (state: ExporterState) => (after: number, before: number) =>
    (firstOf(owedByCursor(state, source.entries, after))?.sequence ?? before) < before;
  const settleOne = (exporterId: string, state: ExporterState, sequence: number) => {
    // neither a parked one nor one that is owed again says where the cursors are
    const wasParked = state.parked.delete(sequence);
    const wasAgain = state.again.delete(sequence);
    if (wasParked || wasAgain) source.saveParked(exporterId, sequence, null);
    if (wasAgain) state.owed = (state.owed ?? 0) - 1;
    const entry = entryOf(sequence);
    if (entry === null || !isOwed(state, entry)) return;
    if (!wasParked && !wasAgain) state.owed = (state.owed ?? 0) - 1;
    state.progress = settle(state.progress, sequence, owedBetween(state));
  };
  const settleAll = (exporterId: string, state: ExporterState, sequences: readonly number[]): Promise<void> => {
    for (const sequence of sequences) settleOne(exporterId, state, sequence);
    moveUp(state);
    source.saveProgress(exporterId, state.progress);
    return source.saved();
  };

  return {
    async register(exporterId, analyzers) {
      const stored = exporters.get(exporterId) ?? source.stored(exporterId);
      // one that is in the store no more is waited for by nobody
      const again = new Set([...(stored?.again ?? [])].filter((sequence) => entryOf(sequence) !== null));
      const parts = { parked: new Map(stored?.parked), again };
      const progress = interested(stored?.progress ?? null, analyzers, source.lastOffered(), owing(parts));
      exporters.set(exporterId, { ...parts, progress, owed: null });
      isCounted = false;
      const added = analyzers.filter((id) => progress.since[id] !== stored?.progress.since[id]);
      const older = added.reduce((sum, id) => sum + source.countOf(id), 0);
      if (stored != null && sameInterest(stored.progress, progress)) return { older };
      source.saveProgress(exporterId, progress);
      await source.saved();
      return { older };
    },
    absent() {
      return source.storedIds().flatMap((exporterId) => {
        const stored = exporters.has(exporterId) ? null : source.stored(exporterId);
        if (stored === null) return [];
        const state = { ...stored, parked: new Map<number, string>() };
        let [seen, count] = [0, 0];
        for (const entry of source.entries(stored.progress.backlog)) {
          if (isOwed(state, entry)) count += 1;
          seen += 1;
          if (seen >= ABSENT_ENTRIES_MAX) break;
        }
        return count === 0 ? [] : [{ exporterId, count, isAll: seen < ABSENT_ENTRIES_MAX }];
      });
    },
    next(exporterId, max, without, after = 0) {
      const state = stateOf(exporterId);
      if (state.owed === 0 || max <= 0) return [];
      const found: OwedRecord[] = [];
      const unreadable: number[] = [];
      for (const entry of owedEntries(state, source.entries, after)) {
        if (without?.has(entry.analyzerId)) continue;
        const record = source.load(entry);
        if (record === null) unreadable.push(entry.sequence);
        else found.push({ sequence: entry.sequence, record });
        if (found.length >= max) break;
      }
      if (unreadable.length > 0) giveUp(log, exporterId, unreadable, settleAll(exporterId, state, unreadable));
      return found;
    },
    acknowledge: (exporterId, sequences) => settleAll(exporterId, stateOf(exporterId), sequences),
    async park(exporterId, sequence, reason) {
      const state = stateOf(exporterId);
      const entry = entryOf(sequence);
      if (entry === null || !(isOwed(state, entry) || state.parked.has(sequence))) return;
      if (!state.parked.has(sequence)) state.owed = (state.owed ?? 0) - 1;
      state.again.delete(sequence);
      state.parked.set(sequence, reason);
      source.saveParked(exporterId, sequence, reason);
      await settleAll(exporterId, state, []);
    },
    async unpark(exporterId) {
      const state = stateOf(exporterId);
      const before = state.again.size;
      for (const sequence of [...state.parked.keys()]) {
        state.parked.delete(sequence);
        // one that is in the store no more cannot be sent
        const isThere = entryOf(sequence) !== null;
        source.saveParked(exporterId, sequence, isThere ? OWED_AGAIN : null);
        if (!isThere) continue;
        state.again.add(sequence);
        state.owed = (state.owed ?? 0) + 1;
      }
      const count = state.again.size - before;
      await source.saved();
      return count;
    },
    lastSequence: source.lastOffered,
    parked(exporterId, max) {
      const { parked } = stateOf(exporterId);
      const first = [...parked].sort(([a], [b]) => a - b).slice(0, max);
      return first.flatMap(([sequence, reason]) => {
        const entry = entryOf(sequence);
        return entry === null ? [] : [{ sequence, analyzerId: entry.analyzerId, end: entry.end, reason }];
      });
    },
    owed(exporterId): Owed {
      const state = stateOf(exporterId);
      const first = state.owed === 0 ? null : firstOf(owedEntries(state, source.entries, 0));
      const oldestEnd: EpochMs | null = first?.end ?? null;
      return { count: state.owed ?? 0, oldestEnd, parked: state.parked.size };
    },
    onRecord(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    offer(owed) {
      const analyzerId: AnalyzerId = owed.record.analyzerId;
      for (const state of exporters.values()) {
        if (state.owed === null || !wants(state.progress, analyzerId, owed.sequence)) continue;
        // all before it is settled or for others: nobody has to look through it again
        if (state.owed === 0) state.progress = advance(state.progress, owed.sequence, owed.sequence);
        state.owed += 1;
      }
      for (const listener of listeners) tell(listener, owed, log);
    },
    withdraw(entry) {
      return [...exporters].flatMap(([id, state]) => {
        if (isOwed(state, entry)) {
          state.owed = state.owed === null ? null : state.owed - 1;
          if (state.again.delete(entry.sequence)) source.saveParked(id, entry.sequence, null);
        } else if (state.parked.delete(entry.sequence)) source.saveParked(id, entry.sequence, null);
        else return [];
        return [id];
      });
    },
    owedBy: (entry) =>
      [...exporters].flatMap(([id, state]) => (isOwed(state, entry) || state.parked.has(entry.sequence) ? [id] : [])),
    registered: () => [...exporters.keys()],
  };
}

/** A listener that throws must not end what the others, and the store, are doing. */
function tell(listener: (record: OwedRecord) => void, owed: OwedRecord, log: Log): void {
  try {
    listener(owed);
  } catch (error) {
    log.error({ error: String(error), sequence: owed.sequence }, 'a listener of new records failed');
  }
}

/** What cannot be read will not be readable later: said once, and the rest flows. */
function giveUp(log: Log, exporter: string, sequences: readonly number[], settled: Promise<void>): void {
  log.error(
    { exporter, count: sequences.length, first: sequences[0] ?? 0 },
    'records in the store are damaged and cannot be delivered; they are left out',
  );
  settled.catch(() => undefined);
}
