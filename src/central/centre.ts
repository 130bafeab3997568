import type { OffsetAt } from '../domain/grid.ts';
import type { Clock, Log } from '../domain/ports.ts';
import { safe } from '../domain/safe.ts';
import { isLoopback } from './api/addresses.ts';
import { createCentreApp } from './api/app.ts';
import type { CentreApp } from './api/app-types.ts';
import type { ApiSettings } from './api/settings.ts';
import { createContracts } from './cost/contracts.ts';
import { createMeters } from './cost/meters.ts';
import { createUsageRows } from './cost/usage-rows.ts';
import { watchDatabase } from './database-watch.ts';
import { askedByFew } from './few-at-once.ts';
import { createHistory } from './history/history.ts';
import { createIngest } from './ingest/ingest.ts';
import { listen } from './listening.ts';
import { createCentreLive } from './live/live.ts';
import { logUntil } from './log-until.ts';
import type { Registry } from './ports.ts';
import { openPostgres } from './postgres/postgres.ts';
import { createRegistry } from './registry/registry.ts';
import { keepRetention } from './retention-days.ts';
import { createRules } from './rules/rules.ts';
import { createSecrets, type SecretOf } from './rules/secrets.ts';
import { watchRules } from './rules/watch.ts';
import { type Database, openDatabase } from './schema/database.ts';
import { within } from './within.ts';

/** Longest that what is being answered may take once the end was asked for, and each part of the end after it, ms. */
const ANSWERS_MS = 5_000;
const PART_MS = 10_000;
/** Questions for records that PostgreSQL is asked at one time. */
const READERS_MAX = 2;
/** What PostgreSQL does not answer within so long is lost: its host may be gone without a word. */
const ANSWER_MS = 60_000;

export type CentreOptions = {
  /** A PostgreSQL of our own in this folder, or the URL of another. */
  readonly database: { readonly dir: string } | { readonly url: string };
  /** 0: any that is free. */
  readonly port: number;
  readonly settings: ApiSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly zoneOffset: (timezone: string) => OffsetAt;
  /** Of the webhooks of rules; unless given there are none. */
  readonly secretOf?: SecretOf;
};

export type Centre = {
  /** `http://127.0.0.1:50080` */
  readonly origin: string;
  readonly registry: Registry;
  /** Answers what was asked, stores what was taken, ends. Bounded; never rejects. */
  close(): Promise<void>;
};

/** Ends parts in the order in which they were given, each within a time. */
function createEndings({ clock, log }: Pick<CentreOptions, 'clock' | 'log'>) {
  const parts: { readonly name: string; readonly end: () => Promise<void> }[] = [];
  return {
    /** What begins later ends sooner. */
    begun: (name: string, end: () => Promise<void>) => void parts.unshift({ name, end }),
    async end(): Promise<void> {
      for (const { name, end } of parts.splice(0)) {
        await within(clock, PART_MS, end()).catch((error: unknown) =>
          log.warn({ error }, `${name} did not end in order`),
        );
      }
    },
  };
}

/**
 * Opens the database, brings its tables to this version, and listens. Rejects in words when one of these cannot be;
 * then nothing is left running.
 */
export async function createCentre(options: CentreOptions): Promise<Centre> {
  const endings = createEndings(options);
  try {
    return await begin(options, endings);
  } catch (error) {
    await endings.end();
    throw error;
  }
}

async function begin(o: CentreOptions, endings: ReturnType<typeof createEndings>): Promise<Centre> {
  const { clock, log, version, zoneOffset, settings } = o;
  const { database, patient, aside, isUp } = await openDatabaseOf(o, endings);
  await patient.migrate();
  const registry = createRegistry({ database, clock, log });
  const ingest = createIngest({ database, clock, log });
  endings.begun('storing records', () => ingest.close());
  const live = createCentreLive({ registry, ingest, clock, log, zoneOffset });
  endings.begun('asking lectors', () => live.close());
  const retention = keepRetention({ database: patient, clock, log });
  endings.begun('removing old records', async () => retention.stop());
  // years of records are read beside deliveries, never before them
  const readers = askedByFew(database, READERS_MAX);
  const history = createHistory({ database: readers, clock });
  const kept = { contracts: createContracts({ database }), meters: createMeters({ database }) };
  const costs = { ...kept, rules: createRules({ database, clock }), readUsage: createUsageRows(readers) };
  const common = { registry, ingest, history, live, clock, log, version, zoneOffset, isDatabaseUp: isUp };
  const deps = { ...common, ...costs };
  // what rules read waits for nobody, and nobody for it
  const watch = watchRules({
    ...{ pool: aside.pool, secretOf: o.secretOf ?? createSecrets(null, {}), random: Math.random },
    deps: { ...deps, readUsage: createUsageRows(aside) },
  });
  endings.begun('rules', () => watch.stop());
  const app = createCentreApp(deps, settings);
  // streams last as long as who reads them: ended first, or the server would wait for them
  endings.begun('the server', () => closeApp(app, clock, () => live.close()));
  const origin = await listen(app, { host: settings.host, port: o.port, isTls: settings.tls !== null });
  await greet({ o, origin, registry });
  return { origin, registry, close: () => endings.end() };
}

type Opened = {
  readonly database: Database;
  /** For what may take long: migrations, and removing old records. */
  readonly patient: Database;
  /** For rules: a connection that they keep, and one that they read by. */
  readonly aside: Database;
  readonly isUp: () => boolean;
};

async function openDatabaseOf(
  { database, clock, log }: CentreOptions,
  endings: ReturnType<typeof createEndings>,
): Promise<Opened> {
  const postgres = 'dir' in database ? await openPostgres({ dir: database.dir, clock, log }) : null;
  if (postgres !== null) endings.begun('PostgreSQL', () => postgres.close());
  const url = postgres === null ? (database as { readonly url: string }).url : postgres.url;
  const news = logUntil(log);
  const patient = await openDatabase({ url, log: news.log, poolMax: 2 });
  endings.begun('the connection to PostgreSQL', () => patient.close());
  const aside = await openDatabase({ url, log: news.log, answerMs: ANSWER_MS, poolMax: 2 });
  endings.begun('the connections of rules', () => aside.close());
  const opened = await openDatabase({ url, log: news.log, answerMs: ANSWER_MS });
  endings.begun('the connections to PostgreSQL', async () => {
    news.end();
    await opened.close();
  });
  const isRunning = () => postgres?.isUp() ?? true;
  const watch = watchDatabase(opened.pool, clock, log, isRunning);
  endings.begun('looking at PostgreSQL', async () => watch.stop());
  return { database: opened, patient, aside, isUp: () => isRunning() && watch.isUp() };
}

async function closeApp(app: CentreApp, clock: Clock, endStreams: () => Promise<void>): Promise<void> {
  const closed = app.close();
  await endStreams();
  await within(clock, ANSWERS_MS, closed).catch(() => app.server.closeAllConnections());
  await closed;
}

type Greeting = { readonly o: CentreOptions; readonly origin: string; readonly registry: Registry };

/** Says where it is, what it keeps, and who may do what. */
async function greet({ o, origin, registry }: Greeting): Promise<void> {
  const { database, log, settings } = o;
  const where = 'dir' in database ? `in ${safe(database.dir)}` : 'in the PostgreSQL of --database';
  log.info({}, `the centre listens at ${origin} and keeps records ${where}; Ctrl+C stops it`);
  const allowed = await registry.allowed();
  const nets = allowed.map(({ cidr, node }) => (node === null ? cidr : `${cidr} (node ${node})`)).join(', ');
  const without = allowed.length === 0 ? 'from nowhere' : `from ${safe(nets)}`;
  log.info({}, `without a token lectors may deliver ${without}; from elsewhere with "lector central node token NODE"`);
  const isWide = !isLoopback(settings.host) && settings.host !== 'localhost';
  if (isWide && settings.tls === null) {
    log.warn({}, `${origin} is plain HTTP: tokens can be read on the way; give --tls-cert and --tls-key`);
  }
  if ((await registry.nodes()).length > 0) return;
  // where it listens everywhere its own name leads there
  const reached = origin.replace(
    /\/\/(?:0\.0\.0\.0|\[::\]):/,
    () => `//${safe(settings.names[0] ?? 'localhost', 80)}:`,
  );
  const element = `<dataexports> <dataexport type="clientRest" target="${reached}/ws/v2"/> </dataexports>`;
  const place = 'behind the </equips> of the config.xml of a lector';
  log.info({}, `no site has delivered yet: write ${element} ${place}, and restart or reload it`);
}
