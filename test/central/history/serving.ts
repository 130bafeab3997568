import { once } from 'node:events';
import { fastify } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { CentreApp, CentreDeps } from '../../../src/central/api/app-types.ts';
import { createFailures } from '../../../src/central/api/failures.ts';
import type { CentralRecord, History } from '../../../src/central/ports.ts';
import { shapeOf } from '../../../src/central/schema/row-codec.ts';
import { zoneOffset } from '../../../src/domain/zone-offset.ts';
import { afterTest } from '../../support/afterwards.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock, type SteppedClock } from '../../support/stepped-clock.ts';
import { asJson } from '../as-json.ts';
import { createFakeCentre } from '../fakes.ts';
import { VIEWS } from './sample-records.ts';

/** Records from memory, or whatever `records` gives. */
export function memoryHistory(stored: readonly CentralRecord[], records?: History['records']): History {
  const inTime = ({ node, analyzer, from, to }: Parameters<History['records']>[0]) =>
    stored.filter((each) => each.node === node && each.analyzer === analyzer && each.end > from && each.end <= to);
  const inMemory: History['records'] = async function* (query, allGenerations = false) {
    const found = inTime(query);
    for (const [index, each] of found.entries()) {
      if (allGenerations || found[index + 1]?.end !== each.end) yield each;
    }
  };
  return {
    ...{ records: records ?? inMemory, recordsAsJson: asJson(records ?? inMemory) },
    latest: async (node) => stored.filter((each) => node === null || each.node === node).slice(-1),
    shape: async (query) => [
      ...new Map(
        inTime(query)
          .flatMap(shapeOf)
          .map((each) => [each.code, each]),
      ).values(),
    ],
    holdings: async () => [],
  };
}

export type Served = {
  readonly app: CentreApp;
  readonly clock: SteppedClock;
  readonly deps: CentreDeps;
  /** Where it listens, `http://127.0.0.1:1234`. */
  listen(): Promise<string>;
};

/** Node 4, a school in Madrid, with analyzer 1; routes as the centre has them, and its words for what fails. */
export async function serving(
  routes: (app: CentreApp, deps: CentreDeps) => Promise<void>,
  parts: Partial<CentreDeps> & { readonly now?: number } = {},
): Promise<Served> {
  const clock = createSteppedClock(parts.now ?? Date.parse('2026-05-04T09:00:00Z'));
  const { registry, ingest, history } = createFakeCentre(clock.now());
  await registry.addNode(4, { name: 'School', location: 'Girona', timezone: 'Europe/Madrid' });
  await registry.putModel({ name: 'PM710', vendor: 'Schneider', profile: 'pm710', variables: VIEWS });
  await registry.addAnalyzer(4, 1, { name: 'Main', model: 'PM710' });
  const deps: CentreDeps = {
    ...{ registry, ingest, history, clock, log: createLogLines(), version: '1', zoneOffset, isDatabaseUp: () => true },
    live: {
      ask: () => Promise.reject(new Error('no live view')),
      watch: async () => () => undefined,
      close: async () => undefined,
    },
    ...parts,
  };
  const app = fastify({
    routerOptions: { ignoreTrailingSlash: true },
    forceCloseConnections: true,
  }) as unknown as CentreApp;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(createFailures(deps).answer);
  app.register(async (scope) => routes(scope as CentreApp, deps));
  afterTest(() => app.close());
  await app.ready();
  return {
    ...{ app, clock, deps },
    async listen() {
      app.server.listen(0, '127.0.0.1');
      await once(app.server, 'listening');
      const { port } = app.server.address() as { readonly port: number };
      return `http://127.0.0.1:${port}`;
    },
  };
}
