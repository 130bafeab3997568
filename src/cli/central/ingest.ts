import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createIngest } from '../../central/ingest/ingest.ts';
import { type IngestMqttOptions, ingestMqtt, type MqttIngester } from '../../central/mqtt/ingest-mqtt.ts';
import { attachPostgres } from '../../central/postgres/postgres.ts';
import { createRegistry } from '../../central/registry/registry.ts';
import { openDatabase } from '../../central/schema/database.ts';
import { systemClock } from '../../clock.ts';
import { LectorError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import { createLog } from '../../log/create-log.ts';
import { endOnCrash } from '../crash.ts';
import type { IngestOptions } from './options.ts';
import { placeOf } from './place.ts';
import { stopRequest } from './stop-request.ts';

type Broker = Omit<IngestMqttOptions, 'ingest' | 'registry' | 'clock' | 'log' | 'random'>;

/** Between two lines of the log that say how it goes. */
const TELL_EVERY_MS = 3_600_000;
const SECRET_BYTES_MAX = 4_096;

/** `lector central ingest --mqtt URL`: stores the records of a broker, until it is told to stop. */
export async function ingest(options: IngestOptions): Promise<number> {
  const broker = brokerOf(options, process.env);
  const log = createLog({ level: 'info', dir: options.log ?? null, terminal: process.stdout.isTTY === true });
  const calm = endOnCrash(log);
  try {
    const stop = stopRequest(log);
    await withIngester(options, { broker, log, clock: systemClock() }, async (ingester) => {
      if (options.leave === true) {
        if (await ingester.leave()) {
          const words = `${countsText(ingester)}; the broker keeps nothing for ${safe(broker.clientId, 60)} any more`;
          log.info({ ...ingester.counts() }, words);
          return;
        }
        throw new LectorError('CENTRE_UNAVAILABLE', 'the broker was not reached, and keeps what it has for this name');
      }
      await stop.first;
      await ingester.close();
      log.info({ ...ingester.counts() }, countsText(ingester));
    });
    stop.end();
    log.info({}, 'stopped');
    return 0;
  } finally {
    await log.close();
    calm();
  }
}

type Parts = { readonly broker: Broker; readonly log: Log; readonly clock: Clock };

async function withIngester(
  options: IngestOptions,
  { broker, log, clock }: Parts,
  use: (ingester: MqttIngester) => Promise<void>,
): Promise<void> {
  const place = placeOf(options, process.env, process.cwd());
  const postgres = 'dir' in place ? await attachPostgres({ dir: place.dir, clock, log }) : null;
  try {
    const url = postgres === null ? (place as { readonly url: string }).url : postgres.url;
    const database = await openDatabase({ url, log });
    try {
      await database.migrate();
      const parts = { database, clock, log };
      const stored = createIngest(parts);
      const ingester = ingestMqtt({
        ...{ ...broker, ingest: stored, registry: createRegistry(parts), clock, log, random: Math.random },
      });
      const quiet = tellNowAndThen(ingester, clock, log);
      await use(ingester).finally(quiet);
      await stored.close();
    } finally {
      await database.close();
    }
  } finally {
    await postgres?.close();
  }
}

function tellNowAndThen(ingester: MqttIngester, clock: Clock, log: Log): () => void {
  let timer: unknown = null;
  const plan = () => {
    timer = clock.setTimeout(() => {
      log.info({ ...ingester.counts() }, countsText(ingester));
      plan();
    }, TELL_EVERY_MS);
  };
  plan();
  return () => clock.clearTimeout(timer);
}

function countsText(ingester: MqttIngester): string {
  const { stored, duplicate, differs, refused } = ingester.counts();
  const trouble = ingester.trouble();
  const words = `stored ${stored} records; ${duplicate} were here already, ${differs} differed, ${refused} were none`;
  return trouble === null ? words : `${words}; ${trouble}`;
}

function brokerOf(options: IngestOptions, env: Readonly<Record<string, string | undefined>>): Broker {
  const { mqtt, id, prefix, group, user, passwordFile, caFile, certFile, keyFile } = options;
  named('--id', id, /^[^\s/+#]{1,60}$/, 'a name of at most 60 characters without blanks, /, + or #');
  named('--group', group, /^[^\s/+#]{1,60}$/, 'a name of at most 60 characters without blanks, /, + or #');
  named('--prefix', prefix, /^[^\s/+#]+(?:\/[^\s/+#]+)*$/, 'levels of a topic such as lector or plant/meters');
  const password = passwordFile === undefined ? env.LECTOR_MQTT_PASSWORD : secretIn(passwordFile);
  return {
    ...{ url: mqtt, clientId: id ?? `lector-ingest-${hostname()}` },
    ...(prefix === undefined ? {} : { prefix }),
    ...(group === undefined ? {} : { group }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined || password === '' ? {} : { password }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

/** What the broker would take for something else, or not at all. */
function named(option: string, text: string | undefined, form: RegExp, expected: string): void {
  if (text === undefined || form.test(text)) return;
  throw new LectorError('USAGE', `expected ${option} as ${expected}; saw "${safe(text, 60)}"`);
}

function secretIn(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > SECRET_BYTES_MAX) throw new Error(`it is larger than ${SECRET_BYTES_MAX} bytes`);
    return text.split(/\r?\n/)[0] ?? '';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LectorError('USAGE', `--password-file ${safe(file)} cannot be read: ${safe(reason)}`);
  }
}
