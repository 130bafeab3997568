import { createIngest } from '../../../src/central/ingest/ingest.ts';
import { ingestMqtt } from '../../../src/central/mqtt/ingest-mqtt.ts';
import { openDatabase } from '../../../src/central/schema/database.ts';
import { systemClock } from '../../../src/clock.ts';

// an ingester as a process of its own, to be killed: BROKER DATABASE NAME
const [url = '', databaseUrl = '', clientId = ''] = process.argv.slice(2);
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const clock = systemClock();
const database = await openDatabase({ url: databaseUrl, log });
const ingest = createIngest({ database, clock, log });
ingestMqtt({
  url,
  clientId,
  clock,
  log,
  ingest,
  random: Math.random,
  registry: { mayFeed: async () => ({ ok: true }) },
});
