import { reopenWaitMs } from '../../domain/backoff.ts';
import { LectorError, toFailure } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import type { CentralRecord, Ingest, Registry, Verdict } from '../ports.ts';
import { recordMessage } from './record-message.ts';
import type { Message, Session } from './session.ts';

/** Messages by what became of them. */
export type Counts = {
  readonly stored: number;
  readonly duplicate: number;
  /** Another record of that identity is there. */
  readonly differs: number;
  /** No records, or such as can never be stored; acknowledged all the same, for they would come for ever. */
  readonly refused: number;
  /** Not acknowledged yet. */
  readonly waiting: number;
};

/** What was refused is said at once, then once a minute with how many there were. */
const SAY_EVERY_MS = 60_000;
/** Failures of one message in which others were stored: it will always fail, and must not hold a place for ever. */
const FAILURES_MAX = 10;

export type ReceiptOptions = {
  readonly prefix: string;
  readonly ingest: Ingest;
  readonly registry: Pick<Registry, 'mayFeed'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
};

/** Stores what comes, and acknowledges it when that is done. */
export function createReceipts(o: ReceiptOptions) {
  const { clock, log, ingest, registry } = o;
  const counts = { stored: 0, duplicate: 0, differs: 0, refused: 0 };
  const underWay = new Set<Promise<void>>();
  const pauses = createPauses(clock);
  const say = createSayer(clock, log);
  let lastCame = clock.mono();
  let isClosed = false;

  const settle = (message: Message, kind: keyof typeof counts, words = ''): void => {
    counts[kind] += 1;
    if (kind === 'refused' || kind === 'differs') say(words);
    message.acknowledge();
  };

  async function store(record: CentralRecord, instance: string | null): Promise<Verdict> {
    const feeds = await registry.mayFeed(record.node, instance);
    if (!feeds.ok) return { status: 'refused', reason: feeds.words };
    // who may publish there is for the broker to say
    const [verdict] = await ingest.put([record], true);
    return verdict ?? { status: 'later' };
  }

  async function handle(message: Message, session: Session): Promise<void> {
    const read = recordMessage(o.prefix, message.topic, message.payload);
    if (read.kind === 'none') return settle(message, 'refused', read.words);
    const storedBefore = counts.stored;
    for (let attempt = 1; !isClosed && !session.isOver; attempt += 1) {
      const verdict = await store(read.record, message.instance).catch((error: unknown) => error);
      if (isVerdict(verdict) && verdict.status !== 'later') {
        const { status, reason = 'another record of that time is there' } = verdict;
        return settle(message, status, `${safe(message.topic, 100)}: ${reason}`);
      }
      const words = isVerdict(verdict) ? (verdict.reason ?? 'not now') : toFailure(verdict).message;
      const isPoison = attempt >= FAILURES_MAX && counts.stored > storedBefore && !isAway(verdict);
      if (isPoison) return settle(message, 'refused', `${safe(message.topic, 100)}: ${words}`);
      if (attempt === 1) say(`records wait: ${words}`);
      await pauses.wait(reopenWaitMs('tcp', attempt, null, o.random));
    }
  }

  return {
    take(message: Message, session: Session): void {
      // it comes again, to the next of this name
      if (isClosed) return;
      lastCame = clock.mono();
      const handling = handle(message, session)
        .catch((error: unknown) => log.error({ ...toFailure(error).facts }, safe(toFailure(error).message)))
        .finally(() => underWay.delete(handling));
      underWay.add(handling);
    },
    counts: (): Counts => ({ ...counts, waiting: underWay.size }),
    /** Resolves when nothing came for so long and nothing waits. */
    async quiet(ms: number): Promise<void> {
      while (!isClosed && (underWay.size > 0 || clock.mono() - lastCame < ms)) {
        await Promise.all(underWay);
        await pauses.wait(Math.max(1, ms - (clock.mono() - lastCame)));
      }
    },
    /** Takes no more, and waits for what is being stored; what waits for the database stays the broker's. */
    async close(): Promise<void> {
      isClosed = true;
      pauses.end();
      await Promise.all(underWay);
      say.close();
    },
  };
}

/** Waits that can be ended before their time. */
function createPauses(clock: Clock) {
  const waits = new Map<unknown, () => void>();
  return {
    wait: (ms: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = clock.setTimeout(() => {
          waits.delete(timer);
          resolve();
        }, ms);
        waits.set(timer, resolve);
      }),
    end(): void {
      for (const [timer, resolve] of waits) {
        clock.clearTimeout(timer);
        resolve();
      }
      waits.clear();
    },
  };
}

const isVerdict = (value: unknown): value is Verdict =>
  typeof value === 'object' && value !== null && 'status' in value;
const isAway = (value: unknown): boolean => value instanceof LectorError && value.code === 'CENTRE_UNAVAILABLE';

/** Says the first at once, then once a minute how many more there were, with the last of them. */
function createSayer(clock: Clock, log: Log) {
  let more = 0;
  let last = '';
  let timer: unknown = null;
  const tell = () => {
    timer = null;
    if (more === 0) return;
    log.warn({ messages: more }, `${last} (${more} such in the last minute)`);
    more = 0;
    timer = clock.setTimeout(tell, SAY_EVERY_MS);
  };
  const say = (words: string) => {
    if (timer === null) {
      log.warn({}, words);
      timer = clock.setTimeout(tell, SAY_EVERY_MS);
      return;
    }
    more += 1;
    last = words;
  };
  return Object.assign(say, { close: () => clock.clearTimeout(timer) });
}
