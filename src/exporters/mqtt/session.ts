import type { IClientOptions, IConnackPacket, MqttClient } from 'mqtt';
import { LectorError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import { createSlots } from './slots.ts';
import type { Broker } from './target.ts';
import { closedWords, errorWords, failed, isCut, reasonWords } from './words.ts';

/** Longest that making a connection may take. */
export const CONNECT_LIMIT_MS = 10_000;
/** A broker that says nothing about a message for so long is lost: the network may have swallowed it. */
export const ACK_LIMIT_MS = 20_000;
/** Messages that may be on their way at once; fewer where the broker says so. */
const IN_FLIGHT_MAX = 20;
const KEEPALIVE_S = 30;
const HEARD_BYTES_MAX = 64 * 1024;
/** What a packet holds beside topic, payload and properties, and some room. */
const PACKET_REST = 64;

export type MqttMessage = {
  readonly topic: string;
  /** '' with `retain` makes the broker forget what it kept. */
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** MQTT 5 only: left out where the broker speaks 3.1.1. */
  readonly properties?: Readonly<Record<string, string>>;
};

/** One connection to a broker, from CONNACK to its end. Nothing is queued, nothing connects again by itself. */
export type MqttSession = {
  readonly version: 5 | 4;
  /**
   * Resolves with the reason code of the broker: 0, 16 (nobody subscribes), or 128 and above, which is a refusal. QoS
   * 0, and any message in MQTT 3.1.1: 0. Rejects EXPORT_FAILED when the connection ended first, EXPORT_REFUSED for a
   * message that is larger than the broker takes.
   */
  publish(message: MqttMessage): Promise<number>;
  /** Calls back with what comes on these topics. Rejects EXPORT_FAILED where the broker refuses. */
  subscribe(topics: readonly string[], listener: (topic: string, payload: string) => void): Promise<void>;
  /** Calls back once, at once where it has ended; `words` are the end of a sentence about the broker. */
  onEnd(listener: (words: string) => void): void;
  /** Says goodbye, so that the will is not sent; cut off after `limitMs`. */
  close(limitMs: number): Promise<void>;
};

export type SessionOptions = {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly clientId: string;
  readonly user: string | null;
  readonly password: string | null;
  /** Sent by the broker, retained, when the connection ends without a goodbye. */
  readonly will?: { readonly topic: string; readonly payload: string };
};

/**
 * Connects once, with MQTT 5, or with 3.1.1 where the broker does not know 5.
 *
 * @throws LectorError EXPORT_FAILED: the end of a sentence about the broker, such as `nothing listens there`.
 */
export async function connectMqtt(o: SessionOptions): Promise<MqttSession> {
  try {
    return await connectAs(o, 5);
  } catch (error) {
    if (!(error instanceof LectorError) || error.facts.older !== 1) throw error;
    return connectAs(o, 4);
  }
}

/** Codes of a broker that does not know MQTT 5. */
const isOlder = (code: unknown): boolean => code === 1 || code === 132;

async function connectAs(o: SessionOptions, version: 5 | 4): Promise<MqttSession> {
  // a plant without a broker starts, and runs, without its hundred modules
  const { connect } = await import('mqtt');
  const client = connect(optionsOf(o, version));
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const fail = (words: string, older: boolean) => {
      if (isSettled) return;
      isSettled = true;
      client.end(true);
      reject(failed(words, older && version === 5 ? { older: 1 } : {}));
    };
    // brokers of old close the connection at a version that they do not know
    const closed = () => fail(closedWords(o.broker.isEncrypted), true);
    client.on('error', (error) => {
      const { code } = error as { code?: unknown };
      if (isCut(code)) closed();
      else fail(errorWords(error), isOlder(code));
    });
    client.on('close', closed);
    client.once('connect', (connack) => {
      if (isSettled) return;
      isSettled = true;
      resolve(createSession(client, connack, version, o.clock));
    });
  });
}

function optionsOf({ broker, clientId, user, password, will }: SessionOptions, version: 5 | 4): IClientOptions {
  return {
    ...broker.options,
    ...{ clientId, protocolVersion: version, clean: true, keepalive: KEEPALIVE_S, connectTimeout: CONNECT_LIMIT_MS },
    // one connection, and nothing kept for another: what is owed is in the outbox
    ...{ reconnectPeriod: 0, queueQoSZero: false, resubscribe: false },
    // we only hear `online` and `offline`: nobody fills our memory with more
    ...(version === 5 && { properties: { maximumPacketSize: HEARD_BYTES_MAX } }),
    ...(user !== null && { username: user }),
    ...(password !== null && { password }),
    ...(will && { will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
  };
}

type Waiting = { readonly reject: (error: Error) => void };

function createSession(client: MqttClient, connack: IConnackPacket, version: 5 | 4, clock: Clock): MqttSession {
  const { receiveMaximum, maximumPacketSize = Number.POSITIVE_INFINITY } = connack.properties ?? {};
  const slots = createSlots(Math.min(IN_FLIGHT_MAX, receiveMaximum ?? IN_FLIGHT_MAX));
  const waiting = new Set<Waiting>();
  const listeners = new Set<(words: string) => void>();
  const received = new Set<(topic: string, payload: string) => void>();
  let ended: string | null = null;
  let said: string | null = null;
  let lastCode = 0;

  const end = (words: string) => {
    if (ended !== null) return;
    ended = words;
    client.end(true);
    // one that waits for what was not acknowledged does not end by being asked again
    client.stream.destroy();
    const error = failed(words);
    for (const each of waiting) each.reject(error);
    slots.close(error);
    for (const listener of listeners) listener(words);
  };
  client.on('disconnect', ({ reasonCode = 0 }) => {
    said = reasonWords(reasonCode);
  });
  client.on('error', (error) => end(said ?? errorWords(error)));
  client.on('close', () => end(said ?? 'it closed the connection'));
  client.on('message', (topic, payload) => {
    for (const listener of received) listener(topic, payload.toString());
  });
  // the callback of a publish is not told the code of a success
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'puback') lastCode = packet.reasonCode ?? 0;
  });

  /** Waits for the broker, and no longer than it may take. */
  const answered = <T>(ask: (settle: (error: Error | null, value: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      if (ended !== null) return reject(failed(ended));
      const entry = { reject };
      waiting.add(entry);
      const timer = clock.setTimeout(() => end('it does not acknowledge what it is sent'), ACK_LIMIT_MS);
      ask((error, value) => {
        clock.clearTimeout(timer);
        waiting.delete(entry);
        if (error === null) resolve(value);
        else reject(failed(ended ?? errorWords(error)));
      });
    });

  const send = ({ topic, payload, qos, retain, properties }: MqttMessage): Promise<number> =>
    answered((settle) => {
      const more = version === 5 && properties !== undefined;
      client.publish(
        topic,
        payload,
        { qos, retain, ...(more && { properties: propertiesOf(properties) }) },
        (error) => {
          const { code } = (error ?? {}) as { readonly code?: unknown };
          if (typeof code === 'number' && code >= 0x80) settle(null, code);
          else settle(error ?? null, qos === 1 ? lastCode : 0);
        },
      );
    });

  return {
    version,
    async publish(message) {
      const bytes = sizeOf(message);
      if (bytes > maximumPacketSize) {
        const words = `the message has ${bytes} bytes, and the broker takes no more than ${maximumPacketSize}`;
        throw new LectorError('EXPORT_REFUSED', words);
      }
      if (message.qos === 0) return send(message);
      await slots.take();
      return send(message).finally(() => slots.give());
    },
    async subscribe(topics, listener) {
      received.add(listener);
      await answered<null>((settle) => {
        // what we send ourselves is not wanted back
        client.subscribe([...topics], { qos: 1, nl: version === 5 }, (error) => settle(error, null));
      });
    },
    onEnd(listener) {
      if (ended !== null) return listener(ended);
      listeners.add(listener);
    },
    async close(limitMs) {
      if (ended !== null) return;
      listeners.clear();
      await new Promise<void>((resolve) => {
        const timer = clock.setTimeout(() => resolve(), limitMs);
        client.end(false, () => {
          clock.clearTimeout(timer);
          resolve();
        });
      });
      end('it was closed');
    },
  };
}

const propertiesOf = (userProperties: Readonly<Record<string, string>>) => ({
  ...{ payloadFormatIndicator: true, contentType: 'application/json' },
  userProperties: { ...userProperties },
});

/** Upper bound of what a message takes on the wire, bytes. */
function sizeOf({ topic, payload, properties = {} }: MqttMessage): number {
  const parts = [topic, payload, ...Object.entries(properties).flat()];
  return parts.reduce((sum, part) => sum + Buffer.byteLength(part) + 5, PACKET_REST);
}
