import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { LectorError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import { type Broker, errorWords, reasonWords } from './broker.ts';

const CONNECT_LIMIT_MS = 10_000;
const KEEPALIVE_S = 30;
/** Messages that may be unacknowledged at once; brokers have a limit of their own, mosquitto 20. */
export const IN_FLIGHT_MAX = 500;
/** How long the broker keeps what is for an ingester that is away, s. */
export const SESSION_EXPIRY_S = 30 * 86_400;
const PACKET_BYTES_MAX = 2_097_152;

/** A message that came, and what tells the broker that it need not come again. */
export type Message = {
  readonly topic: string;
  readonly payload: string;
  /** Of the lector that sent it; null: it does not say. */
  readonly instance: string | null;
  /** Does nothing when the connection over which it came is gone: then it comes again. */
  acknowledge(): void;
};

/** One connection, from CONNACK to its end. */
export type Session = {
  readonly isOver: boolean;
  /** Calls back once, at once where it has ended. */
  onEnd(listener: (end: { readonly words: string; readonly reason: number }) => void): void;
  /** Gets no new messages from now on; what the broker keeps for it still comes. */
  unsubscribe(): Promise<void>;
  /** Says goodbye, cut off after `limitMs`. `forget`: the broker keeps nothing for it any more. */
  close(limitMs: number, forget: boolean): Promise<void>;
};

export type SessionOptions = {
  readonly broker: Broker;
  readonly clientId: string;
  readonly topic: string;
  readonly clock: Clock;
  readonly onMessage: (message: Message, session: Session) => void;
};

/**
 * Connects once and subscribes. The session at the broker outlives the connection: what was not acknowledged, and what
 * comes while nobody is here, waits for a client of this name. Rejects EXPORT_FAILED with the end of a sentence.
 */
export async function connectSession(o: SessionOptions): Promise<Session> {
  const client = connect(optionsOf(o));
  const session = createSession(client, o);
  try {
    await connected(client);
    await subscribed(client, o.topic);
    return session;
  } catch (error) {
    await session.close(0, false);
    throw error;
  }
}

function optionsOf({ broker, clientId }: SessionOptions): IClientOptions {
  return {
    ...broker.options,
    ...{ clientId, protocolVersion: 5, clean: false, keepalive: KEEPALIVE_S, connectTimeout: CONNECT_LIMIT_MS },
    // one connection: who made it makes the next
    ...{ reconnectPeriod: 0, queueQoSZero: false, resubscribe: false },
    properties: {
      ...{ sessionExpiryInterval: SESSION_EXPIRY_S, receiveMaximum: IN_FLIGHT_MAX },
      maximumPacketSize: PACKET_BYTES_MAX,
    },
  };
}

const failed = (words: string, reason = 0) => new LectorError('EXPORT_FAILED', words, { reason });

function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      const { code } = error as { readonly code?: unknown };
      reject(failed(errorWords(error), typeof code === 'number' ? code : 0));
    };
    client.once('error', fail);
    client.once('close', () => reject(failed('it closed the connection before it was made: is it an MQTT broker?')));
    client.once('connect', ({ properties }) => {
      if (properties?.sharedSubscriptionAvailable === false) reject(failed(reasonWords(158)));
      else resolve();
    });
  });
}

function subscribed(client: MqttClient, topic: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('close', () => reject(failed('it closed the connection')));
    client.subscribe(topic, { qos: 1 }, (error, granted) => {
      const code = granted?.[0]?.qos ?? 0;
      if (error !== null) reject(failed(errorWords(error)));
      else if (code >= 0x80) reject(failed(reasonWords(code), code));
      else resolve();
    });
  });
}

function createSession(client: MqttClient, { clock, topic: wanted, onMessage }: SessionOptions): Session {
  const listeners = new Set<(end: { words: string; reason: number }) => void>();
  let ended: { readonly words: string; readonly reason: number } | null = null;
  let said: { readonly words: string; readonly reason: number } | null = null;

  const end = (words: string, reason = 0) => {
    if (ended !== null) return;
    ended = said ?? { words, reason };
    client.end(true);
    client.stream.destroy();
    for (const listener of listeners) listener(ended);
  };
  client.on('disconnect', ({ reasonCode = 0 }) => {
    said = { words: reasonWords(reasonCode), reason: reasonCode };
  });
  client.on('error', (error) => end(errorWords(error)));
  client.on('close', () => end('it closed the connection'));
  client.handleMessage = (packet, next) => {
    onMessage(messageOf(packet), session);
    // an error is what keeps the library from acknowledging by itself, one after the other
    next(new Error('it is acknowledged when it is stored'));
  };

  function messageOf(packet: IPublishPacket): Message {
    const { topic, payload, qos, messageId = 0, properties } = packet;
    const given = properties?.userProperties?.['lector-instance'];
    const [instance = null] = [given].flat();
    return {
      ...{ topic, payload: payload.toString(), instance },
      acknowledge() {
        if (ended === null && qos > 0) client.stream.write(puback(messageId));
      },
    };
  }

  const session: Session = {
    get isOver() {
      return ended !== null;
    },
    onEnd(listener) {
      if (ended === null) listeners.add(listener);
      else listener(ended);
    },
    async unsubscribe() {
      await new Promise<void>((resolve) => {
        listeners.add(() => resolve());
        client.unsubscribe(wanted, () => resolve());
      });
    },
    async close(limitMs, forget) {
      if (ended !== null) return;
      listeners.clear();
      await new Promise<void>((resolve) => {
        const timer = clock.setTimeout(() => resolve(), limitMs);
        const goodbye = forget ? { properties: { sessionExpiryInterval: 0 } } : {};
        client.end(false, goodbye, () => {
          clock.clearTimeout(timer);
          resolve();
        });
      });
      end('it was closed');
    },
  };
  return session;
}

/** PUBACK with success: MQTT 5, section 3.4.2.1. */
const puback = (messageId: number): Buffer => Buffer.from([0x40, 2, messageId >> 8, messageId & 0xff]);
