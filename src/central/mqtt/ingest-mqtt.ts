import type { Clock, Log } from '../../domain/ports.ts';
import type { Ingest, Registry } from '../ports.ts';
import { type BrokerOptions, brokerOf } from './broker.ts';
import { createConnection } from './connection.ts';
import { type Counts, createReceipts } from './receipts.ts';

/** Silence after which the broker has nothing more for one that leaves. */
export const QUIET_MS = 2_000;

export type IngestMqttOptions = BrokerOptions & {
  /** Name of this ingester at the broker: each has its own, and keeps it over restarts. */
  readonly clientId: string;
  /** First levels of the topics; `lector` unless told. */
  readonly prefix?: string;
  /** All that share the work name the same; `lector` unless told. */
  readonly group?: string;
  readonly ingest: Ingest;
  readonly registry: Pick<Registry, 'mayFeed'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
};

export type MqttIngester = {
  counts(): Counts;
  /** What is wrong with the broker, in a sentence; null: it is connected. */
  trouble(): string | null;
  /** Finishes what came and disconnects. The broker keeps what comes meanwhile for the next of this name. */
  close(): Promise<void>;
  /**
   * For good: takes no more, finishes what the broker has kept for it, and is forgotten there. false: the broker was
   * not reached, and keeps what it has for one of this name.
   */
  leave(): Promise<boolean>;
};

/**
 * Stores the records of a broker's topics `<prefix>/<node>/<analyzer>/record`. Several side by side share them. A
 * message is acknowledged when its record is durable, or can never be stored; until then it is the broker's, and comes
 * again to whoever has this name. Connects again for ever. Throws USAGE for what can be no broker.
 */
export function ingestMqtt(o: IngestMqttOptions): MqttIngester {
  const { clientId, clock, log, random } = o;
  const broker = brokerOf(o);
  const prefix = o.prefix ?? 'lector';
  const topic = `$share/${o.group ?? 'lector'}/${prefix}/+/+/record`;
  const receipts = createReceipts({ ...o, prefix });
  const connection = createConnection({ broker, topic, clientId, clock, log, random, onMessage: receipts.take });
  let ending: Promise<void> | null = null;

  const end = async (forget: boolean): Promise<void> => {
    await connection.stop();
    await receipts.close();
    await connection.close(forget);
  };
  return {
    counts: receipts.counts,
    trouble: connection.trouble,
    close() {
      ending ??= end(false);
      return ending;
    },
    async leave() {
      await connection.settled();
      await connection.now()?.unsubscribe();
      await receipts.quiet(QUIET_MS);
      const isThere = connection.now() !== null;
      ending ??= end(isThere);
      await ending;
      return isThere;
    },
  };
}
