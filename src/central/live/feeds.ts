import type { Clock, Log } from '../../domain/ports.ts';
import type { NodeRow } from '../ports.ts';
import { type Feed, openFeed, placeOf } from './feed.ts';
import { IDLE_MS, noAddress } from './node-clients.ts';
import type { FeedState, LiveEvent, LiveReading } from './types.ts';

/** Nodes whose lectors are listened to at one time; of others their records are told. */
export const FEEDS_MAX = 64;

export type Feeds = {
  /**
   * Opens the feeds that are wanted; closes those whose node is gone or has moved, and in a minute those that nobody
   * wants any more.
   */
  settle(nodes: ReadonlyMap<number, NodeRow>, isWanted: (node: number) => boolean): void;
  /** How the readings of a node come. */
  stateOf(node: NodeRow): FeedState;
  isLive(node: number): boolean;
  /** Last readings of those that are listened to. */
  readings(): Iterable<LiveReading>;
  close(): void;
};

export function createFeeds(clock: Clock, log: Log, onEvent: (node: number, event: LiveEvent) => void): Feeds {
  const feeds = new Map<number, Feed>();
  /** Timers of those that nobody wants, until they are closed. */
  const leaving = new Map<number, unknown>();

  function stay(id: number): void {
    clock.clearTimeout(leaving.get(id));
    leaving.delete(id);
  }
  function close(id: number): void {
    stay(id);
    feeds.get(id)?.close();
    feeds.delete(id);
  }
  function open(node: NodeRow, address: NonNullable<NodeRow['lector']>): void {
    const onReading = (data: LiveReading) => onEvent(node.id, { event: 'reading', data });
    const onState = (data: FeedState) => {
      if (data.state === 'unreachable') log.info({ node: node.id }, `readings of ${data.words}`);
      onEvent(node.id, { event: 'node', data });
    };
    feeds.set(node.id, openFeed({ node, address, clock, onReading, onState }));
  }

  return {
    settle(nodes, isWanted) {
      for (const [id, { place }] of [...feeds]) {
        const address = nodes.get(id)?.lector ?? null;
        if (address === null || placeOf(address) !== place) close(id);
        else if (isWanted(id)) stay(id);
        else if (!leaving.has(id))
          leaving.set(
            id,
            clock.setTimeout(() => close(id), IDLE_MS),
          );
      }
      for (const node of nodes.values()) {
        if (node.lector === null || feeds.has(node.id) || !isWanted(node.id)) continue;
        const [unwanted] = leaving.keys();
        if (feeds.size >= FEEDS_MAX && unwanted !== undefined) close(unwanted);
        if (feeds.size < FEEDS_MAX) open(node, node.lector);
      }
    },
    stateOf: (node) => feeds.get(node.id)?.state() ?? { node: node.id, state: 'records', words: recordsWords(node) },
    isLive: (node) => feeds.get(node)?.state().state === 'live',
    *readings() {
      for (const feed of feeds.values()) yield* feed.readings();
    },
    close() {
      for (const id of [...feeds.keys()]) close(id);
    },
  };
}

const recordsWords = (node: NodeRow): string =>
  node.lector === null ? noAddress(node) : `${FEEDS_MAX} nodes are listened to; of this one its records are told`;
