import type { Failure } from './errors.ts';
import type { AnalyzerConfig } from './installation.ts';
import type { MeterPlace } from './meter-place.ts';
import type { Reading } from './reading.ts';
import type { Gap, LectorRecord } from './record.ts';
import type { SilentRegister } from './silent-register.ts';
import type { AnalyzerId, EpochMs } from './units.ts';

export type OwedRecord = { readonly sequence: number; readonly record: LectorRecord };

/** A record that its destination refuses, and why. */
export type ParkedRecord = {
  readonly sequence: number;
  readonly analyzerId: AnalyzerId;
  readonly end: EpochMs;
  readonly reason: string;
};

/** What an exporter owes: everything after its cursors that it wants, parked ones apart. */
export type Owed = {
  readonly count: number;
  readonly oldestEnd: EpochMs | null;
  readonly parked: number;
};

/**
 * Readings and records on disk. What resolves is durable; what rejects was not written and may be tried again. While
 * the disk refuses, `putReading`, `putRecord` and `putGap` stay pending: what they were given waits in bounded memory,
 * where everything that reads here and in the outbox sees it. Do not hold up a machine for them.
 */
export interface Store {
  /** Durable when it resolves; many calls made together share one commit. */
  putReading(reading: Reading): Promise<void>;
  /** Readings with nominal in (after, until], by nominal instant. */
  readings(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly Reading[];
  /** Only the nominal instants of those, which is several times as fast. */
  instants(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly EpochMs[];
  /** The last stored reading, or null. */
  lastReading(analyzerId: AnalyzerId): Reading | null;
  /** Writes the record and its place in the outbox in one commit. 'present': that identity is there already. */
  putRecord(record: LectorRecord): Promise<'written' | 'present'>;
  /** The record written last; when the wall clock was put back, not the one with the latest end. */
  lastRecord(analyzerId: AnalyzerId): LectorRecord | null;
  /** Records with end in (after, until], by end and generation. */
  records(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly LectorRecord[];
  putGap(gap: Gap): Promise<void>;
  gaps(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly Gap[];
  /** Marks that the server was alive at `at`; `lastAlive` is the mark before this run, for gaps after a stop. */
  markAlive(at: EpochMs): Promise<void>;
  lastAlive(): EpochMs | null;
  readonly outbox: Outbox;
  /** Words for the banner while the disk refuses writes; null when all is well. */
  trouble(): string | null;
  close(): Promise<void>;
}

/** What exporters see of the store. */
export interface Outbox {
  /**
   * Makes an exporter known for these analyzers; a new one starts at now and owes nothing older, and neither does one
   * of an analyzer that is new to it: `older` says how many records of those there are. What it owes of an analyzer
   * that is not among them any more, it goes on owing.
   */
  register(exporterId: string, analyzers: readonly AnalyzerId[]): Promise<{ readonly older: number }>;
  /**
   * Exporters that were registered in a run before and not in this one, and how many records wait for each (`isAll`:
   * no more than that). Nothing is kept for them beyond its age; registered again, they get what is still there.
   */
  absent(): readonly { readonly exporterId: string; readonly count: number; readonly isAll: boolean }[];
  /**
   * Oldest owed first, at most `max`, parked ones and those of the analyzers in `without` left out; `after`: only those
   * with a higher sequence.
   */
  next(exporterId: string, max: number, without?: ReadonlySet<AnalyzerId>, after?: number): readonly OwedRecord[];
  /**
   * The receipt: moves the cursor past these in one durable commit. While the disk refuses, it resolves when the
   * receipt is kept in memory (so do `register`, `park` and `markAlive`), and is written first thing afterwards.
   */
  acknowledge(exporterId: string, sequences: readonly number[]): Promise<void>;
  park(exporterId: string, sequence: number, reason: string): Promise<void>;
  /** What is set aside, oldest first, at most `max`. */
  parked(exporterId: string, max: number): readonly ParkedRecord[];
  /** What is set aside is owed again, durably (see `acknowledge`); how many those are. */
  unpark(exporterId: string): Promise<number>;
  /** The highest sequence that may be owed now: what is recorded from now on gets a higher one. */
  lastSequence(): number;
  owed(exporterId: string): Owed;
  /** Calls back after each record written; returns the function that ends it. */
  onRecord(listener: (record: OwedRecord) => void): () => void;
}

/** Small human-readable state that outlives a restart. */
export type SmallState = {
  readonly version: 1;
  /** Analyzer ids paused by hand, with the instant they resume by themselves or null; `by`: with its whole line. */
  readonly paused: Readonly<
    Record<string, { readonly since: number; readonly until: number | null; readonly by?: 'line' }>
  >;
  /** What each analyzer said it is, and what was learnt about it, by analyzer id. */
  readonly identities: Readonly<Record<string, Identity>>;
  /** How often the wall clock was put back in all runs, and to when it was the last time; absent: never. */
  readonly pass?: { readonly number: number; readonly from: number };
  /** How the readings of each analyzer are made, by analyzer id, and since when; absent: not kept yet. */
  readonly meters?: Readonly<Record<string, MeterMark>>;
  /** A UUID made once for a data folder; absent: not made yet. */
  readonly instance?: string;
  /** Analyzers that a reload removed, by id, whose open window was not recorded yet; absent: none. */
  readonly leaving?: Readonly<Record<string, AnalyzerConfig>>;
};

/** Readings of another meter, or made with another ratio or sign, are not to be mixed with those since `since`. */
export type MeterMark = Partial<MeterPlace> & {
  readonly profileId: string;
  readonly model: string;
  readonly ratio: number;
  readonly invert: boolean;
  readonly since: number;
  /** How often the wall clock had been put back then; absent: never. */
  readonly pass?: number;
};

/** Absent places: kept before they were. */
export type Identity = Partial<MeterPlace> & {
  readonly profileId: string;
  readonly text: string;
  readonly at: number;
  /** Wire addresses at which a block must be split, learnt by exception 02 or 03. */
  readonly splits: readonly number[];
  /** Registers that the meter refused, by id. */
  readonly refused: readonly string[];
  /** Those of them, now or before, that it was silent to: tried again daily. Absent: none. */
  readonly silent?: readonly SilentRegister[];
  /** Base of the map for profiles with discovery. */
  readonly base: number;
};

export interface StateFile {
  read(): SmallState;
  /** Atomic and fsynced; one write at a time. */
  update(change: (state: SmallState) => SmallState): Promise<void>;
}

/** A destination of records. */
export interface Exporter {
  readonly id: string;
  /**
   * oldest: strictly as recorded. freshFirst: what is recorded now does not wait behind a backlog, which is delivered
   * oldest first between.
   */
  readonly order: 'oldest' | 'freshFirst';
  /** Most records that one call of `deliver` takes. */
  readonly batchMax: number;
  /**
   * true: what fails waits however often it did, for the destination refuses records with `refused` alone (a disk may
   * be full for days). Absent: a record that fails again and again while others are taken is set aside.
   */
  readonly patient?: boolean;
  /**
   * Delivers in order; resolves with how each fared. Rejects (LectorError) when the destination as a whole cannot be
   * tried, so that the records of other analyzers would fare no better.
   */
  deliver(records: readonly OwedRecord[]): Promise<readonly DeliveryResult[]>;
  close(): Promise<void>;
}

/**
 * failed: not now; what follows of the same analyzer waits behind it. held: the records of this analyzer are not tried
 * for so long, and the others go on as if there were none. refused: never, it is set aside.
 */
export type DeliveryResult =
  | { readonly sequence: number; readonly kind: 'delivered' }
  | { readonly sequence: number; readonly kind: 'failed'; readonly failure: Failure }
  | { readonly sequence: number; readonly kind: 'held'; readonly forMs: number; readonly failure: Failure }
  | { readonly sequence: number; readonly kind: 'refused'; readonly reason: string };
