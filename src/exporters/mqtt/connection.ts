import { reopenWaitMs } from '../../domain/backoff.ts';
import { toFailure } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import type { MqttSession } from './session.ts';
import { failed } from './words.ts';

/** A connection that lasted so long was a good one: the next loss is news again, and tried again at once. */
export const STABLE_MS = 30_000;

/** What keeps a connection to one broker, with waits between the attempts. */
export type Connection = {
  start(): void;
  /** The connection as it is now. Rejects EXPORT_FAILED in words while there is none; waits for the first attempt. */
  session(): Promise<MqttSession>;
  /** The same, or null at once. */
  now(): MqttSession | null;
  /** Ends the connection with these words, and makes another at once. */
  renew(farewell: Farewell): Promise<void>;
  trouble(): string | null;
  close(): Promise<void>;
};

/** What is still to be said before a goodbye. */
type Farewell = (session: MqttSession) => Promise<void>;

export type ConnectionOptions = {
  /** What people call the broker. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Rejects with the end of a sentence about the broker. */
  readonly connect: () => Promise<MqttSession>;
  readonly onUp: (session: MqttSession) => void;
  readonly farewell: Farewell;
};

/** Longest that a goodbye may take. */
const FAREWELL_MS = 2_000;

type Phase = 'idle' | 'first' | 'connecting' | 'up' | 'waiting' | 'closed';

export function createConnection(o: ConnectionOptions): Connection {
  const { clock, log, name } = o;
  let phase: Phase = 'idle';
  let session: MqttSession | null = null;
  let cause = 'is not connected yet';
  let attempt = 0;
  let timer: unknown = null;
  let upSince = 0;
  let firstAttempt: Promise<void> = Promise.resolve();
  const said = new Set<string>();

  const wait = (ms: number, then: () => void) => {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(then, ms);
  };
  const down = (words: string) => {
    if (phase === 'closed') return;
    const wasGood = session !== null && clock.mono() - upSince >= STABLE_MS;
    session = null;
    phase = 'waiting';
    cause = words;
    attempt = wasGood ? 1 : attempt + 1;
    // each cause once, until a connection has lasted
    const stop = words.endsWith('?') ? '' : '.';
    if (!said.has(words))
      log.warn({ broker: name }, `${name}: ${words}${stop} It is tried again, with waits of a minute at most`);
    said.add(words);
    wait(reopenWaitMs('tcp', attempt, null, o.random), () => void tryOnce());
  };
  const up = (made: MqttSession) => {
    session = made;
    phase = 'up';
    upSince = clock.mono();
    const version = made.version === 5 ? 'MQTT 5' : 'MQTT 3.1.1';
    if (said.size === 0) log.info({ broker: name }, `${name} is connected (${version})`);
    else wait(STABLE_MS, () => sayRecovered(version));
    made.onEnd((words) => {
      if (session === made) down(words);
    });
    if (session === made) o.onUp(made);
  };
  const sayRecovered = (version: string) => {
    said.clear();
    log.info({ broker: name }, `${name} is connected again (${version})`);
  };
  const tryOnce = async (): Promise<void> => {
    if (phase === 'closed') return;
    phase = phase === 'idle' ? 'first' : 'connecting';
    try {
      const made = await o.connect();
      // closed meanwhile
      if (isClosed()) await made.close(FAREWELL_MS);
      else up(made);
    } catch (error) {
      down(safe(toFailure(error, 'EXPORT_FAILED').message));
    }
  };
  const isClosed = () => phase === 'closed';
  const goodbye = async (farewell: Farewell) => {
    const last = session;
    session = null;
    if (last === null) return;
    await Promise.race([
      farewell(last).catch(() => undefined),
      new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), FAREWELL_MS)),
    ]);
    await last.close(FAREWELL_MS);
  };

  return {
    start() {
      if (phase === 'idle') firstAttempt = tryOnce();
    },
    async session() {
      if (phase === 'first') await firstAttempt;
      if (session === null) throw failed(`${name}: ${cause}`);
      return session;
    },
    now: () => session,
    async renew(farewell) {
      if (phase !== 'up') return;
      await goodbye(farewell);
      await tryOnce();
    },
    trouble: () => (phase === 'waiting' || (phase === 'connecting' && said.size > 0) ? `${name}: ${cause}` : null),
    async close() {
      if (phase === 'closed') return;
      phase = 'closed';
      clock.clearTimeout(timer);
      await goodbye(o.farewell);
    },
  };
}
