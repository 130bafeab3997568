import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { connectMqtt, type MqttSession } from '../mqtt/session.ts';
import { brokerOf } from '../mqtt/target.ts';
import type { ActionContext, Attempt } from './attempt.ts';
import { secretOf } from './secret-of.ts';

/** From here on a reason code is a refusal. */
const REFUSED = 0x80;
const GOODBYE_MS = 1_000;

/** Publishes an alarm as JSON with QoS 1, by a short connection of its own: alarms are rare. */
export const createTopic =
  ({ clock, random }: ActionContext): Attempt<'mqtt'> =>
  async ({ url, topic, retain, user, password, caFile }, wire, signal) => {
    const broker = brokerOf(url, caFile === null ? {} : { ca: caFile });
    const clientId = `lector-alarm-${Math.floor(random() * 2 ** 40).toString(36)}`;
    const secret = await secretOf(password, 'password');
    const about = (error: unknown) => {
      if (!(error instanceof LectorError)) return error;
      return new LectorError(error.code, `${broker.words}: ${error.message}`, error.facts, error);
    };
    let session: MqttSession | null = null;
    const cut = () => void session?.close(0);
    signal.addEventListener('abort', cut, { once: true });
    try {
      session = await connectMqtt({ broker, clock, clientId, user: user === '' ? null : user, password: secret });
      const code = await session.publish({ topic, payload: JSON.stringify(wire), qos: 1, retain });
      if (code >= REFUSED) {
        throw new LectorError('EXPORT_REFUSED', `it refuses what is published to ${safe(topic)} (code ${code})`, {
          code,
        });
      }
    } catch (error) {
      throw about(error);
    } finally {
      signal.removeEventListener('abort', cut);
      await session?.close(GOODBYE_MS);
    }
  };
