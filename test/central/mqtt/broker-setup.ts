import { connectAsync, type MqttClient } from 'mqtt';
import { createIngest } from '../../../src/central/ingest/ingest.ts';
import { type IngestMqttOptions, ingestMqtt } from '../../../src/central/mqtt/ingest-mqtt.ts';
import type { Database } from '../../../src/central/schema/database.ts';
import type { Clock } from '../../../src/domain/ports.ts';
import { afterTest } from '../../support/afterwards.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { type Mosquitto, type MosquittoOptions, startMosquitto } from '../../support/mosquitto.ts';
import { wireOf } from './wire.ts';

/** What a broker needs to lose nothing: it keeps sessions on disk, and no queue is too long. */
export const LASTING = [
  'allow_anonymous true',
  'max_queued_messages 0',
  'persistence true',
  'persistence_location FOLDER/',
  'autosave_on_changes true',
  'autosave_interval 1',
] as const;

export const broker = (o: Omit<MosquittoOptions, 'onEnd'> = {}): Promise<Mosquitto> =>
  startMosquitto({ config: LASTING, ...o, onEnd: (end) => afterTest(end) });

/** Waits are a twentieth of what they are. */
export const clock: Clock = fastClock(20);

/** An ingester of its own, as a process has it; its end is that of the test. */
export function ingester(
  url: string,
  clientId: string,
  parts: Partial<IngestMqttOptions> & { readonly database?: Database } = {},
) {
  const log = createLogLines();
  const { database, ...others } = parts;
  const ingest = others.ingest ?? createIngest({ database: database!, clock, log });
  const running = ingestMqtt({
    ...{ url, clientId, clock, log, ingest, random: () => 0 },
    registry: { mayFeed: async () => ({ ok: true }) },
    ...others,
  });
  afterTest(() => running.close());
  return { ...running, log, lines: () => JSON.stringify(log.lines) };
}

/** Who publishes with QoS 1, as a lector does. */
export async function publisher(url: string, more: object = {}): Promise<MqttClient> {
  const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 50, ...more });
  client.on('error', () => undefined);
  afterTest(() => client.endAsync(true));
  return client;
}

/** Records `from` to `to` of an analyzer; resolves when the broker has them. */
export async function publish(client: MqttClient, from: number, to: number, analyzer = 1): Promise<void> {
  const all = Array.from({ length: to - from }, (_, index) =>
    client.publishAsync(`lector/4/${analyzer}/record`, wireOf(4, analyzer, from + index), { qos: 1 }),
  );
  await Promise.all(all);
}

/** Resolves when it holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

/** Records and different identities in the database. */
export async function held({ pool }: Database): Promise<{ readonly records: number; readonly sum: number }> {
  const { rows } = await pool.query(
    'SELECT count(*)::int AS records, coalesce(sum("values"[1]), 0) AS sum FROM records',
  );
  return rows[0];
}

/** What `held` gives when the first `count` records are there, each once. */
export const whole = (count: number) => ({ records: count, sum: (count * count) / 2 });
