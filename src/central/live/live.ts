import type { OffsetAt } from '../../domain/grid.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { CentralRecord, Ingest, NodeRow, Registry } from '../ports.ts';
import { createZones } from '../zones.ts';
import { type Feed, openFeed, placeOf } from './feed.ts';
import { createNodeClients, IDLE_MS, noAddress } from './node-clients.ts';
import type { CentreLive, FeedState, LiveEvent, LiveReading } from './types.ts';

/** Nodes whose lectors are listened to at one time; of others their records are told. */
export const FEEDS_MAX = 64;
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

const UTC: OffsetAt = () => 0;

export function createCentreLive({ registry, ingest, clock, log, zoneOffset }: LiveOptions): CentreLive {
  const clients = createNodeClients(clock);
  const offsetOf = createZones(zoneOffset);
  const watchers = new Set<Watcher>();
  const feeds = new Map<number, Feed>();
  /** When feeds that nobody watches are closed. */
  const leaving = new Map<number, unknown>();
  let rows = new Map<number, NodeRow & { readonly offsetAt: OffsetAt }>();
  let looking: unknown = null;
  let isClosed = false;

  const wants = ({ nodes }: Watcher, node: number): boolean => nodes === null || nodes.has(node);
  const isWanted = (node: number): boolean => [...watchers].some((each) => wants(each, node));
  const tell = (node: number, event: LiveEvent): void => {
    for (const each of watchers) if (wants(each, node)) each.listener(event);
  };

  function closeFeed(id: number): void {
    clock.clearTimeout(leaving.get(id));
    leaving.delete(id);
    feeds.get(id)?.close();
    feeds.delete(id);
  }

  function openFeedOf(node: NodeRow, address: NonNullable<NodeRow['lector']>): void {
    const onReading = (data: LiveReading) => tell(node.id, { event: 'reading', data });
    const onState = (data: FeedState) => {
      if (data.state === 'unreachable') log.info({ node: node.id }, `readings of ${data.words}`);
      tell(node.id, { event: 'node', data });
    };
    feeds.set(node.id, openFeed({ node, address, clock, onReading, onState }));
  }

  /** Opens the feeds that are wanted; closes those whose node is gone or has moved, in a minute those not wanted. */
  function settle(): void {
    for (const [id, { place }] of [...feeds]) {
      const address = rows.get(id)?.lector ?? null;
      if (address === null || placeOf(address) !== place) closeFeed(id);
      else if (isWanted(id)) {
        clock.clearTimeout(leaving.get(id));
        leaving.delete(id);
      } else if (!leaving.has(id))
        leaving.set(
          id,
          clock.setTimeout(() => closeFeed(id), IDLE_MS),
        );
    }
    for (const node of rows.values()) {
      if (node.lector === null || feeds.has(node.id) || !isWanted(node.id)) continue;
      const [unwatched] = leaving.keys();
      if (feeds.size >= FEEDS_MAX && unwatched !== undefined) closeFeed(unwatched);
      if (feeds.size < FEEDS_MAX) openFeedOf(node, node.lector);
    }
  }

  async function learn(): Promise<void> {
    const known = await registry.nodes();
    rows = new Map(known.map((row) => [row.id, { ...row, offsetAt: offsetOf(row.timezone) }]));
  }

  function look(): void {
    looking = clock.setTimeout(() => {
      // the database may be away: what is known goes on
      learn()
        .then(settle, () => undefined)
        .finally(() => {
          if (!isClosed && watchers.size > 0) look();
          else looking = null;
        });
    }, LOOK_MS);
  }

  const stateOf = (node: NodeRow): FeedState =>
    feeds.get(node.id)?.state() ?? {
      ...{ node: node.id, state: 'records' },
      words:
        node.lector === null ? noAddress(node) : `${FEEDS_MAX} nodes are listened to; of this one its records are told`,
    };

  const stopHearing = ingest.onStored((record) => {
    if (watchers.size === 0 || feeds.get(record.node)?.state().state === 'live') return;
    const data = recordReading(record, rows.get(record.node)?.offsetAt ?? UTC);
    tell(record.node, { event: 'reading', data });
  });

  return {
    ask: clients.ask,
    async watch(nodes, listener) {
      await learn();
      const watcher = { nodes, listener };
      if (isClosed) return () => undefined;
      watchers.add(watcher);
      settle();
      if (looking === null) look();
      for (const row of rows.values()) if (wants(watcher, row.id)) listener({ event: 'node', data: stateOf(row) });
      for (const [id, feed] of feeds) {
        if (wants(watcher, id)) for (const data of feed.readings()) listener({ event: 'reading', data });
      }
      return () => {
        watchers.delete(watcher);
        if (!isClosed) settle();
      };
    },
    async close() {
      isClosed = true;
      stopHearing();
      watchers.clear();
      clock.clearTimeout(looking);
      for (const id of [...feeds.keys()]) closeFeed(id);
      clients.close();
    },
  };
}
