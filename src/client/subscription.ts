import { LectorError, toFailure } from '../domain/errors.ts';
import type { LaggedEvent, PlantEvent, Snapshot } from '../protocol/events.ts';
import { askJson } from './asking.ts';
import { openComm, TIMEOUT_MS } from './comm.ts';
import { createEventStream } from './event-stream.ts';
import type { ClientPorts } from './ports.ts';
import { isPassing, reconnectWaitMs } from './reconnect.ts';
import type { ClientEvent, ClientOptions } from './types.ts';

/** Silence after which the server is asked whether it is there: nothing may have happened, or its cable is out. */
export const HEARTBEAT_MS = 10_000;
/** A server that has much to push may be slow to answer. */
const HEARTBEAT_LIMIT_MS = 5000;

export type SubscriptionOptions = {
  readonly client: ClientOptions;
  readonly what: readonly string[];
  readonly ports: ClientPorts;
  /** Called once, when it has ended. */
  readonly onEnd: () => void;
};

export type Subscription = AsyncIterator<ClientEvent, undefined> & {
  /** Ends it: what waits is dropped, whoever waits is done. */
  end(): void;
};

/**
 * One subscription on a connection of its own, connected again for ever: `snapshot`, changes, `disconnected`,
 * `snapshot` ... A refusal that stays (a wrong token, a question that is wrong) is thrown to the reader; with
 * `reconnect: false` so is a lost connection.
 */
export function openSubscription(o: SubscriptionOptions): Subscription {
  const ending = Promise.withResolvers<never>();
  ending.promise.catch(() => {});
  let timer: unknown = null;
  const stream = createEventStream(() => {
    o.ports.clock.clearTimeout(timer);
    ending.reject(new LectorError('CANCELLED', 'the subscription has ended'));
    o.onEnd();
  });
  const waitFor = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      timer = o.ports.clock.setTimeout(() => resolve(), ms);
    });
  const run = async () => {
    let attempt = 0;
    let said = '';
    const onSnapshot = () => {
      attempt = 0;
      said = '';
    };
    while (!stream.isOver) {
      const error = await listen(o, ending.promise, stream.push, onSnapshot);
      if (stream.isOver) return;
      if (o.client.reconnect === false || !isPassing(error)) return stream.fail(error);
      const { message } = toFailure(error);
      if (message !== said) stream.push({ event: 'disconnected', data: { message } });
      said = message;
      attempt += 1;
      await waitFor(reconnectWaitMs(attempt, o.ports.random));
    }
  };
  void run();
  return stream;
}

/** Subscribes once and pushes what comes; resolves with why it is over. */
async function listen(
  { client, what, ports }: SubscriptionOptions,
  ending: Promise<never>,
  push: (event: ClientEvent) => void,
  onSnapshot: () => void,
): Promise<unknown> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  /** Events that came in one piece with the snapshot are seen before it is. */
  let early: ClientEvent[] | null = [];
  let heard = true;
  let beat: unknown = null;
  const comm = openComm(
    {
      ...client,
      staysAwake: true,
      onLost: lost.reject,
      onEvent: (line) => {
        heard = true;
        const event = parsed(line);
        if (event === null) return;
        if (early === null) push(event);
        else early.push(event);
      },
    },
    ports,
  );
  const heartbeat = () => {
    beat = ports.clock.setTimeout(() => {
      const isSilent = !heard;
      heard = false;
      if (isSilent) askJson(comm, 'VERSION', undefined, limitMs).then(heartbeat, lost.reject);
      else heartbeat();
    }, HEARTBEAT_MS);
  };
  const limitMs = Math.max(client.timeoutMs ?? TIMEOUT_MS, HEARTBEAT_LIMIT_MS);
  try {
    const { data } = await Promise.race([askJson(comm, 'SUBSCRIBE', what.join(',')), ending]);
    onSnapshot();
    push({ event: 'snapshot', data: data as Snapshot });
    for (const event of early) push(event);
    early = null;
    heartbeat();
    return await Promise.race([lost.promise, ending]);
  } catch (error) {
    return error;
  } finally {
    ports.clock.clearTimeout(beat);
    comm.close();
  }
}

/** A pushed line; null for what is none. */
function parsed(line: string): PlantEvent | LaggedEvent | null {
  try {
    return JSON.parse(line) as PlantEvent | LaggedEvent;
  } catch {
    return null;
  }
}
