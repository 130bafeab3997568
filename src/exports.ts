import type { DeliveryMemory } from './delivery-memory.ts';
import { createDeliveryMemory } from './delivery-memory.ts';
import type { Random } from './domain/backoff.ts';
import type { Destination } from './domain/destinations.ts';
import { type Failure, LectorError, toFailure } from './domain/errors.ts';
import type { Clock, Log } from './domain/ports.ts';
import { safe } from './domain/safe.ts';
import type { Exporter, Outbox } from './domain/store-port.ts';
import type { AnalyzerId } from './domain/units.ts';
import { createDestined } from './exporters/create.ts';
import type { Destined, ExporterContext } from './exporters/ports.ts';
import { within } from './within.ts';
import { analyzersText } from './words.ts';

/** Longest that a destination may take to say good-bye. */
const CLOSE_MS = 1000;

/** Whose records each exporter takes, by its id. */
type Interests = ReadonlyMap<string, { readonly analyzerIds: readonly AnalyzerId[] }>;

/** What serves the destinations of this run. */
export type Exports = {
  /** Destinations that are owed records: those that only show what is are none. */
  ids(): readonly string[];
  /** Throws EXPORT_FAILED for one that is there no more. */
  exporterOf(id: string): Exporter;
  /** What is known of a delivery from one attempt to the next. */
  memoryOf(id: string): DeliveryMemory;
  /** Why some of its records are not tried now, and for how long; null: nobody is kept apart. */
  holdingOf(id: string): { readonly failure: Failure; readonly forMs: number } | null;
  /** Makes the first ones known to the outbox, says what none of them gets, and starts what shows what is. */
  begin(): Promise<void>;
  /**
   * Serves these and no others, which the outbox knows when the call returns, and keeps when it resolves. It goes on
   * owing what those were not sent that end.
   */
  settle(destinations: readonly Destination[]): Promise<void>;
  /** The analyzers, or what they are called, have changed. */
  installed(): void;
  /** What this lector tells of itself has changed, and its analyzers have not. */
  siteChanged(): void;
  /** Sentences for the banner, of what only shows and does not work. */
  troubles(): readonly string[];
  close(): Promise<void>;
};

/** What exporters are made with, beside their own destination. */
export type ExporterOptions = Omit<ExporterContext, 'id' | 'config' | 'analyzerIds' | 'reachable'> & {
  /** This one can be reached again. */
  readonly reachable: (id: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  /** Another way to make them. */
  readonly create?: (context: ExporterContext) => Destined;
};

type Served = Destined & {
  readonly destination: Destination;
  readonly analyzerIds: readonly AnalyzerId[];
  readonly memory: DeliveryMemory;
};

export function createExports(outbox: Outbox, first: readonly Destination[], options: ExporterOptions): Exports {
  const served = new Map<string, Served>();
  /** What could not even be made, by its id. */
  const unmade = new Map<string, string>();
  let isBegun = false;

  const make = (destination: Destination): Destined => {
    const { id, config } = destination;
    const analyzerIds = () => served.get(id)?.analyzerIds ?? idsOf(destination);
    try {
      unmade.delete(id);
      const reachable = () => options.reachable(id);
      return (options.create ?? createDestined)({ ...options, id, config, analyzerIds, reachable });
    } catch (error) {
      const { message } = toFailure(error, 'EXPORT_FAILED');
      unmade.set(id, `${safe(id)} is not served: ${safe(message)}`);
      options.log.error({ exporter: id, error }, `${id} is not served: ${message}`);
      return { exporter: null, live: null };
    }
  };
  const serve = (destination: Destination): Served => {
    const before = served.get(destination.id);
    const stays = before !== undefined && isSameConfig(before, destination) && !unmade.has(destination.id);
    const memory = stays ? before.memory : createDeliveryMemory(options);
    const destined = stays ? { exporter: before.exporter, live: before.live } : make(destination);
    return { ...destined, destination, memory, analyzerIds: idsOf(destination) };
  };
  const owing = () => new Map([...served].filter(([, { exporter }]) => exporter !== null));

  for (const each of first) served.set(each.id, serve(each));
  return {
    ids: () => [...owing().keys()],
    exporterOf(id) {
      const exporter = served.get(id)?.exporter ?? null;
      if (exporter === null) throw new LectorError('EXPORT_FAILED', `${id} is configured no more`);
      return exporter;
    },
    memoryOf: (id) => served.get(id)?.memory ?? createDeliveryMemory(options),
    holdingOf: (id) => holdingOf(served.get(id)?.memory),
    async begin() {
      await registerExports(outbox, owing(), options.log);
      isBegun = true;
      for (const { live } of served.values()) live?.start();
    },
    async settle(destinations) {
      const next = new Map(destinations.map((each) => [each.id, serve(each)] as const));
      const before = new Map(served);
      served.clear();
      for (const [id, each] of next) {
        served.set(id, each);
        // what an analyzer that comes back was not sent may lie anywhere
        each.memory.passed = 0;
      }
      for (const id of [...unmade.keys()].filter((id) => !next.has(id))) unmade.delete(id);
      const registered = registerChanges(outbox, before, next, options.log);
      const ended = [...before].flatMap(([id, each]) => partsThatEnd(each, next.get(id)));
      const begun = [...next].filter(([id, { live }]) => live !== before.get(id)?.live);
      await registered;
      // one that listens where another did can begin when that one has ended
      await closeAll(ended, options.clock);
      // another settling may have ended it meanwhile
      for (const [id, { live }] of begun) if (isBegun && served.get(id)?.live === live) live?.start();
    },
    installed() {
      for (const { live } of served.values()) live?.installed();
    },
    siteChanged() {
      for (const { live } of served.values()) live?.siteChanged?.();
    },
    troubles: () => [...unmade.values(), ...[...served.values()].flatMap(({ live }) => live?.trouble() ?? [])],
    async close() {
      isBegun = false;
      const parts = [...served.values()].flatMap((each) => partsThatEnd(each, undefined));
      await closeAll(parts, options.clock);
    },
  };
}

const idsOf = ({ analyzers }: Destination): readonly AnalyzerId[] => analyzers.map(({ id }) => id);

function isSameConfig({ destination }: Served, { config }: Destination): boolean {
  return JSON.stringify(destination.config) === JSON.stringify(config);
}

type Part = { close(): Promise<void> };

/** Whoever is slow to leave holds up neither a reload nor an end. */
async function closeAll(parts: readonly Part[], clock: Clock): Promise<void> {
  await Promise.allSettled(parts.map((each) => within(each.close(), CLOSE_MS, clock)));
}

/** What of one is not part of the other. */
function partsThatEnd(before: Destined, after: Destined | undefined): readonly Part[] {
  const parts = [before.exporter, before.live];
  return parts.flatMap((part) => (part === null || part === after?.exporter || part === after?.live ? [] : [part]));
}

function holdingOf(memory: DeliveryMemory | undefined): ReturnType<Exports['holdingOf']> {
  const holding = memory?.holding() ?? null;
  if (holding === null) return null;
  const { failure, forMs, analyzerIds } = holding;
  const message = `${failure.message} (records of ${analyzersText(analyzerIds)} wait, the others go on)`;
  return { failure: { ...failure, message }, forMs };
}

const isSameInterest = ({ analyzerIds, exporter }: Served, other: Served | undefined): boolean =>
  other !== undefined &&
  other.exporter !== null &&
  exporter !== null &&
  analyzerIds.length === other.analyzerIds.length &&
  analyzerIds.every((id, index) => id === other.analyzerIds[index]);

/** The outbox knows what has changed when this returns, and keeps it when it resolves. */
function registerChanges(
  outbox: Outbox,
  before: ReadonlyMap<string, Served>,
  next: ReadonlyMap<string, Served>,
  log: Log,
): Promise<unknown> {
  const gone = [...before].filter(([id, { exporter }]) => exporter !== null && !next.get(id)?.exporter);
  const others = [...next].filter(([id, each]) => each.exporter !== null && !isSameInterest(each, before.get(id)));
  return Promise.all([
    ...gone.map(([id]) => registerOne(outbox, id, [], log)),
    ...others.map(([id, { analyzerIds }]) => registerOne(outbox, id, analyzerIds, log)),
  ]);
}

/** Types that `lector backfill` serves. */
const BACKFILLED = /^(clientRest|influx|http):/;

async function registerOne(outbox: Outbox, exporter: string, ids: readonly AnalyzerId[], log: Log): Promise<void> {
  const { older } = await outbox.register(exporter, ids);
  if (older === 0) return;
  const how = BACKFILLED.test(exporter) ? ': lector backfill sends them' : '';
  const rest = `${older} older records stay in the store and are not sent${how}`;
  log.info({ exporter, older }, `${exporter} gets what is recorded from now on; ${rest}`);
}

/**
 * Makes every exporter known to the outbox, and says what none of them gets: records from before it was configured,
 * and those of exporters that are configured no more.
 */
export async function registerExports(outbox: Outbox, exports: Interests, log: Log): Promise<void> {
  for (const [exporter, { analyzerIds }] of exports) await registerOne(outbox, exporter, analyzerIds, log);
  for (const { exporterId: exporter, count, isAll } of outbox.absent()) {
    const waiting = `${isAll ? '' : 'more than '}${count} ${count === 1 ? 'record' : 'records'}`;
    const text =
      `${exporter} is configured no more: it was not sent ${waiting}, which stay in the store like any others and ` +
      'are sent when it is configured again';
    log.warn({ exporter, count }, text);
  }
}
