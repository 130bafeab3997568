import type { OffsetAt } from '../domain/grid.ts';
import type { EpochMs } from '../domain/units.ts';
import type { VariableView } from '../protocol/answers.ts';
import type { HeldRecord, RecordStatus } from '../protocol/centre-wire.ts';
import type { RecordWire } from '../protocol/record-wire.ts';
import type { SiteWire } from '../protocol/site-wire.ts';
import type { Shape } from './schema/tables.ts';

type WireVariable = RecordWire['variables'][string];

/** One variable of a record; `min`, `max` and `n` empty: an old lector does not say. */
export type CentralVariable = Omit<WireVariable, 'at' | 'expected'> & {
  readonly at: EpochMs | null;
  readonly expected: number | null;
};

/** A record as the centre takes and gives it; null where an old lector does not say. */
export type CentralRecord = {
  readonly node: number;
  readonly analyzer: number;
  readonly model: string;
  readonly start: EpochMs | null;
  readonly end: EpochMs;
  readonly generation: number;
  readonly n: number | null;
  readonly expected: number | null;
  readonly ratio: number | null;
  readonly variables: Readonly<Record<string, CentralVariable>>;
};

export type Verdict = { readonly status: RecordStatus; readonly reason?: string };

/**
 * Stores records once each. `put` resolves with one verdict a record, in their order, when those that are `stored` are
 * durable; rejects with CENTRE_UNAVAILABLE (retryable) when the database does not take them. Many calls made together
 * share one commit. `register`: analyzers (and nodes) that are not known are made known; else they are `refused`.
 */
export interface Ingest {
  put(records: readonly CentralRecord[], register: boolean): Promise<readonly Verdict[]>;
  /** Calls back with each record that was stored by this process; returns the function that ends it. */
  onStored(listener: (record: CentralRecord) => void): () => void;
  /** Finishes what was given. */
  close(): Promise<void>;
}

export type NodeRow = {
  readonly id: number;
  readonly name: string;
  readonly location: string;
  readonly timezone: string;
  readonly lector: { readonly host: string; readonly port: number } | null;
  readonly instance: string | null;
  readonly version: string | null;
  readonly clockOffsetMs: number | null;
  readonly addedAt: EpochMs;
  readonly seenAt: EpochMs | null;
  readonly tokens: number;
};

export type AnalyzerRow = {
  readonly node: number;
  readonly id: number;
  readonly name: string;
  readonly location: string;
  readonly vendor: string;
  readonly model: string;
  readonly recordingMs: number | null;
  /** Its own, else those of its model; empty: not known. */
  readonly variables: readonly VariableView[];
  readonly lastEnd: EpochMs | null;
};

export type ModelRow = {
  readonly name: string;
  readonly vendor: string;
  readonly profile: string | null;
  readonly variables: readonly VariableView[];
  readonly edited: boolean;
};

export type NodeChange = {
  readonly name?: string;
  readonly location?: string;
  readonly timezone?: string;
  readonly lector?: { readonly host: string; readonly port: number } | null;
};
export type AnalyzerChange = { readonly name?: string; readonly location?: string; readonly model?: string };

/** Nodes, analyzers, models and who may deliver. What cannot be rejects with CENTRE_REFUSED, in words. */
export interface Registry {
  nodes(): Promise<readonly NodeRow[]>;
  node(id: number): Promise<NodeRow | null>;
  addNode(id: number, about: NodeChange): Promise<NodeRow>;
  changeNode(id: number, change: NodeChange): Promise<NodeRow>;
  /** Only one without records, unless `withRecords`. */
  removeNode(id: number, withRecords: boolean): Promise<void>;
  /** The lector of another data folder may feed it from now on. */
  replaceLector(id: number): Promise<void>;
  analyzers(node: number | null): Promise<readonly AnalyzerRow[]>;
  analyzer(node: number, id: number): Promise<AnalyzerRow | null>;
  addAnalyzer(node: number, id: number, about: AnalyzerChange): Promise<AnalyzerRow>;
  changeAnalyzer(node: number, id: number, change: AnalyzerChange): Promise<AnalyzerRow>;
  removeAnalyzer(node: number, id: number, withRecords: boolean): Promise<void>;
  models(): Promise<readonly ModelRow[]>;
  putModel(model: Omit<ModelRow, 'edited'>): Promise<void>;
  removeModel(name: string): Promise<void>;

  /**
   * A lector says who it is: keeps name, zone, analyzers, version and how wrong its clock is, makes the node when there
   * is none (`register`) and binds it to the instance. 'taken': another instance feeds it; `words` say which and what
   * to do. 'unknown': there is no such node and it may not be made.
   */
  acceptSite(
    site: SiteWire,
    receivedAt: EpochMs,
    register: boolean,
  ): Promise<{ readonly kind: 'accepted' } | { readonly kind: 'taken' | 'unknown'; readonly words: string }>;
  /** Whether a lector of this instance may feed the node (null: it does not say, and an old one may). */
  mayFeed(
    node: number,
    instance: string | null,
  ): Promise<{ readonly ok: true } | { readonly ok: false; words: string }>;

  /** 256 random bits in base64url; only its SHA-256 is kept. */
  issueNodeToken(node: number, label: string): Promise<string>;
  revokeNodeTokens(node: number): Promise<number>;
  /** The node that a token belongs to; kept for some seconds, for it is asked with every call. */
  nodeOfToken(token: string): Promise<number | null>;
  issueAdminToken(label: string): Promise<string>;
  revokeAdminTokens(): Promise<number>;
  isAdminToken(token: string): Promise<boolean>;
  hasAdminToken(): Promise<boolean>;

  /** Addresses that may deliver without a token; `node` null: for any. */
  allowed(): Promise<readonly { readonly cidr: string; readonly node: number | null }[]>;
  allow(cidr: string, node: number | null): Promise<void>;
  disallow(cidr: string): Promise<boolean>;

  /** Days that records are kept; null: for ever. */
  retentionDays(): Promise<number | null>;
  /** What ends before is not kept; null: all is. */
  keptSince(): Promise<EpochMs | null>;
  setRetention(days: number | null): Promise<void>;
}

export type HistoryQuery = {
  readonly node: number;
  readonly analyzer: number;
  /** End in (from, to]. */
  readonly from: EpochMs;
  readonly to: EpochMs;
};

export type RecordsAsJson = {
  readonly codes: readonly string[] | null;
  /** Of the zone that times are told in. */
  readonly offsetAt: OffsetAt;
  readonly allGenerations: boolean;
};

/** What is stored, read in pieces so that a year costs no more memory than a day. */
export interface History {
  /** By end. Of several generations of one end the last, unless `allGenerations`. */
  records(query: HistoryQuery, allGenerations?: boolean): AsyncIterable<CentralRecord>;
  /**
   * The same as the API answers them in JSON, some at once with commas between them; never an empty text. `codes`: the
   * variables that are told, in this order; null: all.
   */
  recordsAsJson(query: HistoryQuery, options: RecordsAsJson): AsyncIterable<string>;
  /** The newest record of each analyzer (of one node) that is not ahead of the clock. */
  latest(node: number | null): Promise<readonly CentralRecord[]>;
  /** Every variable of the records in a time, for a heading that is written before them. */
  shape(query: HistoryQuery): Promise<Shape>;
  holdings(node: number, from: EpochMs, to: EpochMs): Promise<readonly HeldRecord[]>;
}
