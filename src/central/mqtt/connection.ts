import { reopenWaitMs } from '../../domain/backoff.ts';
import { toFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import { TAKEN_OVER } from './broker.ts';
import { connectSession, type Session, type SessionOptions } from './session.ts';

/** What was connected so long was a good connection: the next loss is tried again at once. */
const STABLE_MS = 30_000;
/** What makes a good connection end soon, again and again. */
const AGAIN = 'again and again: is there another ingester of this name? give each its own with --id';
/** Two of one name would take the session from each other for ever. */
const TAKEN_OVER_MS = 30_000;
const GOODBYE_MS = 2_000;

/** Keeps a session with the broker, with waits between the attempts. */
export type Connection = {
  now(): Session | null;
  /** Resolves when the attempt that is under way has ended. */
  settled(): Promise<void>;
  trouble(): string | null;
  /** Makes no other; the one that there is goes on until `close`. */
  stop(): Promise<void>;
  close(forget: boolean): Promise<void>;
};

export type ConnectionOptions = SessionOptions & { readonly log: Log; readonly random: () => number };

export function createConnection(o: ConnectionOptions): Connection {
  const { broker, clock, log } = o;
  let session: Session | null = null;
  let trouble: string | null = `${broker.words} is not connected yet`;
  let attempt = 0;
  let timer: unknown = null;
  let isStopped = false;
  let making: Promise<void> = Promise.resolve();

  const again = (cause: string, reason: number) => {
    session = null;
    if (isStopped) return;
    attempt += 1;
    const words = `${broker.words}: ${cause}`;
    if (trouble !== words) log.warn({ broker: broker.words, reason }, `${words}; it is tried again`);
    trouble = words;
    const wait = Math.max(reason === TAKEN_OVER ? TAKEN_OVER_MS : 0, reopenWaitMs('tcp', attempt, null, o.random));
    timer = clock.setTimeout(start, wait);
  };
  const up = (made: Session) => {
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
  };
  const tryOnce = async () => {
    try {
      const made = await connectSession(o);
      if (isStopped) await made.close(GOODBYE_MS, false);
      else up(made);
    } catch (error) {
      const { message, facts } = toFailure(error, 'EXPORT_FAILED');
      again(safe(message), typeof facts.reason === 'number' ? facts.reason : 0);
    }
  };
  const start = () => {
    making = tryOnce();
  };
  start();
  return {
    now: () => session,
    settled: () => making,
    trouble: () => trouble,
    async stop() {
      isStopped = true;
      clock.clearTimeout(timer);
      await making;
    },
    async close(forget) {
      await session?.close(GOODBYE_MS, forget);
      session = null;
    },
  };
}
