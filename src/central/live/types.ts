import type { LectorClient } from '../../client/index.ts';
import type { ErrorView, IsoTime, NumberList } from '../../protocol/views.ts';
import type { NodeRow } from '../ports.ts';

/** The last values of an analyzer, and where they are from. */
export type LiveReading = {
  readonly node: number;
  readonly analyzer: number;
  /** live: read just now, as the node's own lector says; record: means of its newest record. */
  readonly source: 'live' | 'record';
  readonly at: IsoTime;
  readonly values: Readonly<Record<string, NumberList>>;
  /** Values that are kept and doubted, by variable. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  /** What is missing of it, and why; null: nothing. */
  readonly failure: ErrorView | null;
};

/** How the readings of a node come: from its control port, or (`records`) as its records are stored here. */
export type FeedState = {
  readonly node: number;
  readonly state: 'connecting' | 'live' | 'unreachable' | 'records';
  readonly words: string;
};

export type LiveEvent =
  | { readonly event: 'reading'; readonly data: LiveReading }
  | { readonly event: 'node'; readonly data: FeedState };

/** Asks the lectors of the nodes, and tells what they read, for as long as somebody looks. */
export interface CentreLive {
  /**
   * Asks a node's own lector, 5 s at most. Rejects as the problem `lector-unreachable` in words when nobody is there,
   * `not-found` when it has no such analyzer, `conflict` when it refuses, `unavailable` when too many are asked.
   */
  ask<T>(node: NodeRow, question: (client: LectorClient) => Promise<T>): Promise<T>;
  /**
   * What the analyzers of these nodes (null: of all) read from now on, beginning with how each node is reached and what
   * was read last; returns the function that ends it.
   */
  watch(nodes: ReadonlySet<number> | null, listener: (event: LiveEvent) => void): Promise<() => void>;
  /** Ends every connection and whatever waits. */
  close(): Promise<void>;
}
