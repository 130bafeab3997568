import { LectorError, toFailure } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import type { DeliveryResult, Exporter, OwedRecord } from '../../domain/store-port.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import { recordWire } from '../../protocol/record-wire.ts';
import type { ExporterContext } from '../ports.ts';
import type { Connection } from './connection.ts';
import type { MqttSession } from './session.ts';
import type { MqttSettings } from './settings.ts';
import { createSuspects } from './suspects.ts';
import { reasonWords } from './words.ts';

type Properties = Readonly<Record<string, string>>;

const BATCH_MAX = 100;
/** MQTT 5: the broker took it, and nobody subscribes to it. */
const NOBODY = 16;
/** MQTT 5: what is in the message is not what was announced: it never will be. */
const PAYLOAD_INVALID = 153;

/**
 * Publishes each record with QoS 1; the acknowledgement of the broker is the receipt. Sent again where it was lost,
 * which a subscriber tells by node, analyzer, end and generation. A broker that speaks 3.1.1 acknowledges what it
 * refuses too: only MQTT 5 has words for that.
 */
export function createRecords(context: ExporterContext, settings: MqttSettings, connection: Connection): Exporter {
  const name = safe(context.config.target);
  const suspects = createSuspects();
  const deliverOne = async (
    session: MqttSession,
    { sequence, record }: OwedRecord,
    properties: Properties,
  ): Promise<DeliveryResult> => {
    try {
      const message = messageOf(record, properties);
      return outcome(sequence, message.topic, await session.publish(message));
    } catch (error) {
      const isTooLarge = error instanceof LectorError && error.code === 'EXPORT_REFUSED';
      if (isTooLarge) return { sequence, kind: 'refused', reason: error.message };
      const failure = toFailure(error, 'EXPORT_FAILED');
      return { sequence, kind: 'failed', failure: { ...failure, message: `${name}: ${failure.message}` } };
    }
  };

  const messageOf = (record: OwedRecord['record'], properties: Properties) => ({
    topic: settings.topics.record(record.nodeId, record.analyzerId),
    payload: JSON.stringify(recordWire(record, (at) => isoTime(at, context.offsetAt))),
    ...({ qos: 1, retain: false } as const),
    properties,
  });

  const outcome = (sequence: number, topic: string, code: number): DeliveryResult => {
    const isUnheard = code === NOBODY && settings.needsSubscriber;
    if (code < 0x80 && !isUnheard) return { sequence, kind: 'delivered' };
    const words = isUnheard ? 'nobody subscribes to it, and <wait_for_subscriber> says to wait' : reasonWords(code);
    const text = `${name} does not take ${topic}: ${words}`;
    if (code === PAYLOAD_INVALID) return { sequence, kind: 'refused', reason: text };
    return { sequence, kind: 'failed', failure: { code: 'EXPORT_FAILED', message: text, facts: { reason: code } } };
  };

  return {
    ...{ id: context.id, order: 'freshFirst', batchMax: BATCH_MAX },
    async deliver(records) {
      const session = await connection.session();
      // made once: a site is told with all of its analyzers
      const properties = { 'lector-instance': context.site().instance };
      const isOver = () => connection.now() !== session;
      return suspects.deliver(records, (each) => deliverOne(session, each, properties), isOver);
    },
    async close() {},
  };
}
