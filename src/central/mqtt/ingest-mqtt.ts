import { reopenWaitMs } from '../../domain/backoff.ts';
import { toFailure } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import type { Ingest, Registry } from '../ports.ts';
import { type BrokerOptions, brokerOf, TAKEN_OVER } from './broker.ts';
import { type Counts, createReceipts } from './receipts.ts';
import { connectSession, type Session } from './session.ts';

/** What was running so long was a good connection: the next loss is tried again at once. */
const STABLE_MS = 30_000;
/** What makes a good connection end soon, again and again. */
const AGAIN = 'again and again: is there another ingester of this name? give each its own with --id';
/** Two of one name would take the session from each other for ever. */
const TAKEN_OVER_MS = 30_000;
const GOODBYE_MS = 2_000;
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
  const { clock, log } = o;
  const broker = brokerOf(o);
  const prefix = o.prefix ?? 'lector';
  const topic = `$share/${o.group ?? 'lector'}/${prefix}/+/+/record`;
  const receipts = createReceipts({ ...o, prefix });
  let session: Session | null = null;
  let trouble: string | null = `${broker.words} is not connected yet`;
  let attempt = 0;
  let timer: unknown = null;
  let isClosed = false;
  let making: Promise<void> = Promise.resolve();

  const again = (words: string, reason: number) => {
    session = null;
    if (isClosed) return;
    attempt += 1;
    if (trouble !== `${broker.words}: ${words}`)
      log.warn({ broker: broker.words, reason }, `${broker.words}: ${words}; it is tried again`);
    trouble = `${broker.words}: ${words}`;
    const wait = Math.max(reason === TAKEN_OVER ? TAKEN_OVER_MS : 0, reopenWaitMs('tcp', attempt, null, o.random));
    timer = clock.setTimeout(start, wait);
  };
  const tryOnce = async () => {
    try {
      const made = await connectSession({ broker, topic, clientId: o.clientId, clock, onMessage: receipts.take });
      if (isClosed) return await made.close(GOODBYE_MS, false);
      session = made;
      trouble = null;
      const since = clock.mono();
      log.info({ broker: broker.words }, `${broker.words}: takes records as ${safe(o.clientId, 60)}`);
      made.onEnd(({ words, reason }) => {
        const wasGood = clock.mono() - since >= STABLE_MS;
        if (wasGood) attempt = 0;
        // some brokers do not say why: mosquitto 2.0 closes for another client of the name without a word
        again(!wasGood && reason === 0 && attempt > 1 ? `${words} ${AGAIN}` : words, reason);
      });
    } catch (error) {
      const { message, facts } = toFailure(error, 'EXPORT_FAILED');
      again(safe(message), typeof facts.reason === 'number' ? facts.reason : 0);
    }
  };
  const start = () => {
    making = tryOnce();
  };
  const finish = async (forget: boolean) => {
    if (isClosed) return;
    isClosed = true;
    clock.clearTimeout(timer);
    await making;
    await receipts.close();
    await session?.close(GOODBYE_MS, forget);
    session = null;
  };
  start();
  return {
    counts: receipts.counts,
    trouble: () => trouble,
    close: () => finish(false),
    async leave() {
      await making;
      await session?.unsubscribe();
      await receipts.quiet(QUIET_MS);
      const isThere = session !== null;
      await finish(isThere);
      return isThere;
    },
  };
}
