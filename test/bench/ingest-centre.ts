/**
 * Our centre, as it is served: with a database, or with an ingest that keeps nothing.
 *
 *   node ingest-centre.ts [DATABASE_URL]
 *
 * Prints its port once it knows node 1 with 32 analyzers.
 */
import type { AddressInfo } from 'node:net';
import { createCentreApp } from '../../src/central/api/app.ts';
import { API_SETTINGS } from '../../src/central/api/settings.ts';
import { createCentre } from '../../src/central/centre.ts';
import type { Ingest, Registry } from '../../src/central/ports.ts';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import { emptyColumns } from '../../src/tariff/usage-columns.ts';
import { zoneOffset } from '../../src/zone.ts';
import { createFakeCentre } from '../central/fakes.ts';

const ANALYZERS = 32;
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const clock = systemClock();
const [url] = process.argv.slice(2);

async function fill(registry: Registry): Promise<void> {
  if ((await registry.node(1)) !== null) return;
  await registry.addNode(1, { name: 'bench', timezone: 'UTC' });
  for (let id = 1; id <= ANALYZERS; id += 1) await registry.addAnalyzer(1, id, { model: 'PM710' });
}

async function withDatabase(database: string): Promise<string> {
  const options = { settings: API_SETTINGS, port: 0, clock, log: SILENT, version: 'bench', zoneOffset };
  const { origin, registry } = await createCentre({ ...options, database: { url: database } });
  await fill(registry);
  return new URL(origin).port;
}

/** What is not the database: HTTP, the form, the readings, who may. */
async function without(): Promise<string> {
  const { registry, history } = createFakeCentre();
  await fill(registry);
  const ingest: Ingest = {
    put: async (records) => records.map(() => ({ status: 'stored' })),
    onStored: () => () => undefined,
    close: async () => undefined,
  };
  const live = { reading: () => Promise.reject(new Error('none')) } as never;
  const deps = { registry, ingest, history, live, clock, log: SILENT, version: 'bench', zoneOffset };
  const app = createCentreApp(
    {
      ...deps,
      contracts: {} as never,
      meters: {} as never,
      rules: {} as never,
      readUsage: async () => emptyColumns(0, []),
      isDatabaseUp: () => true,
    },
    API_SETTINGS,
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  return String((app.server.address() as AddressInfo).port);
}

const port = url === undefined ? await without() : await withDatabase(url);
process.stdout.write(`${JSON.stringify({ port: Number(port) })}\n`);
