import type { OffsetAt } from '../../domain/grid.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { CentralRecord, Ingest, NodeRow, Registry } from '../ports.ts';
import { createZones } from '../zones.ts';
import { createFeeds } from './feeds.ts';
import { createNodeClients } from './node-clients.ts';
import type { CentreLive, LiveEvent, LiveReading } from './types.ts';

/** How often it is looked whether a node is new, has moved or is gone, while somebody watches. */
export const LOOK_MS = 60_000;

export type LiveOptions = {
  readonly registry: Pick<Registry, 'nodes'>;
  readonly ingest: Pick<Ingest, 'onStored'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Of an IANA zone; throws RangeError when it is not known. */
  readonly zoneOffset: (timezone: string) => OffsetAt;
};

type Watcher = {
  readonly nodes: ReadonlySet<number> | null;
  readonly listener: (event: LiveEvent) => void;
};

/** The means of a record, as a reading of its end. */
export function recordReading(record: CentralRecord, offsetAt: OffsetAt): LiveReading {
  const values = Object.entries(record.variables).map(([code, variable]) => [code, variable.values] as const);
  return {
    ...{ node: record.node, analyzer: record.analyzer, source: 'record', at: isoTime(record.end, offsetAt) },
    ...{ values: Object.fromEntries(values), flags: {}, failure: null },
  };
}

/** Asks lectors, and tells what they read; records that this process stores where they are not reached. */
export function createCentreLive({ registry, ingest, clock, log, zoneOffset }: LiveOptions): CentreLive {
  const clients = createNodeClients(clock);
  const zoneOf = createZones(zoneOffset);
  const watchers = new Set<Watcher>();
  let nodes: ReadonlyMap<number, NodeRow> = new Map();
  let looking: unknown = null;
  let isClosed = false;

  const wants = (watcher: Watcher, node: number): boolean => watcher.nodes === null || watcher.nodes.has(node);
  const isWanted = (node: number): boolean => [...watchers].some((each) => wants(each, node));
  const tell = (node: number, event: LiveEvent): void => {
    for (const each of watchers) if (wants(each, node)) each.listener(event);
  };
  const feeds = createFeeds(clock, log, tell);

  async function learn(): Promise<void> {
    nodes = new Map((await registry.nodes()).map((row) => [row.id, row]));
  }
  /** The database may be away: what is known goes on. */
  async function lookAgain(): Promise<void> {
    await learn().catch(() => undefined);
    looking = null;
    if (isClosed || watchers.size === 0) return;
    feeds.settle(nodes, isWanted);
    look();
  }
  function look(): void {
    looking ??= clock.setTimeout(() => void lookAgain(), LOOK_MS);
  }

  const stopHearing = ingest.onStored((record) => {
    if (watchers.size === 0 || feeds.isLive(record.node)) return;
    const data = recordReading(record, zoneOf(nodes.get(record.node)?.timezone ?? 'UTC'));
    tell(record.node, { event: 'reading', data });
  });

  return {
    ask: clients.ask,
    async watch(wanted, listener) {
      await learn();
      const watcher = { nodes: wanted, listener };
      if (isClosed) return () => undefined;
      watchers.add(watcher);
      feeds.settle(nodes, isWanted);
      look();
      for (const row of nodes.values()) {
        if (wants(watcher, row.id)) listener({ event: 'node', data: feeds.stateOf(row) });
      }
      for (const data of feeds.readings()) if (wants(watcher, data.node)) listener({ event: 'reading', data });
      return () => {
        watchers.delete(watcher);
        if (!isClosed) feeds.settle(nodes, isWanted);
      };
    },
    async close() {
      isClosed = true;
      stopHearing();
      watchers.clear();
      clock.clearTimeout(looking);
      feeds.close();
      clients.close();
    },
  };
}
