import { z } from 'zod';
import type { CentreApp, CentreDeps } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { ANALYZER_PATH, NODE_PATH } from '../api/schemas.ts';
import type { CentralRecord, NodeRow } from '../ports.ts';
import { createZones } from '../zones.ts';
import { openEventStream } from './event-stream.ts';
import { liveReading } from './feed.ts';
import { recordReading } from './live.ts';
import { nodeWords } from './node-clients.ts';
import type { LiveReading } from './types.ts';

/** Streams at one time. */
const STREAMS_MAX = 200;

const READING = z.object({
  node: z.number(),
  analyzer: z.number(),
  source: z.enum(['live', 'record']).describe('live: what the lector of the node read last; record: its newest means.'),
  at: z.string(),
  ageMs: z.number().describe('By the clock of the centre.'),
  values: z.record(z.string(), z.array(z.number().nullable())),
  flags: z.record(z.string(), z.array(z.string())).describe('Values that are kept and doubted.'),
  failure: z.object({ code: z.string(), message: z.string() }).nullable().describe('What is missing of it.'),
});
type ReadingAnswer = z.output<typeof READING>;

const nodeList = z
  .string()
  .regex(/^\d{1,10}(,\d{1,10})*$/, 'expected ids of nodes with commas between them')
  .transform((text) => text.split(',').map(Number))
  .describe('Ids of nodes with commas between them; all unless told.');

/** What is measured now: `/api/v1/readings`, one analyzer's reading, and a stream of them. */
export async function liveRoutes(app: CentreApp, deps: CentreDeps): Promise<void> {
  readingRoutes(app, deps);
  streamRoute(app, deps);
}

function readingRoutes(app: CentreApp, { registry, history, live, clock, zoneOffset }: CentreDeps): void {
  const zoneOf = createZones(zoneOffset);
  const aged = (reading: LiveReading) =>
    ({ ...reading, ageMs: clock.now() - Date.parse(reading.at) }) as unknown as ReadingAnswer;
  const ofRecord = (record: CentralRecord, nodes: readonly NodeRow[]) =>
    aged(recordReading(record, zoneOf(nodes.find(({ id }) => id === record.node)?.timezone ?? 'UTC')));

  app.get(
    '/api/v1/readings',
    {
      schema: {
        summary: 'The newest record of every analyzer, as a reading',
        tags: ['readings'],
        querystring: z.strictObject({ node: NODE_PATH.shape.node.optional() }),
        response: { 200: z.object({ readings: z.array(READING) }), ...problemResponses('not-found') },
      },
    },
    async ({ query: { node = null } }) => {
      const [nodes, records] = await Promise.all([registry.nodes(), history.latest(node)]);
      if (node !== null && !nodes.some(({ id }) => id === node)) throw problem('not-found', `there is no node ${node}`);
      return { readings: records.map((record) => ofRecord(record, nodes)) };
    },
  );
  app.get(
    '/api/v1/nodes/:node/analyzers/:analyzer/reading',
    {
      schema: {
        summary: 'What an analyzer reads now',
        description:
          "Asked of the node's own lector, 5 s at most; where the centre has no address of it, the newest record.",
        tags: ['readings'],
        params: ANALYZER_PATH,
        response: { 200: READING, ...problemResponses('not-found', 'conflict', 'lector-unreachable') },
      },
    },
    async ({ params: { node, analyzer } }) => {
      const row = await registry.node(node);
      if (row === null) throw problem('not-found', `there is no node ${node}`);
      if (row.lector === null) {
        const record = (await history.latest(node)).find((each) => each.analyzer === analyzer);
        if (record !== undefined) return ofRecord(record, [row]);
        throw problem('not-found', `nothing of analyzer ${analyzer} of ${nodeWords(row)} has been delivered yet`);
      }
      const { reading } = await live.ask(row, (client) => client.vars(analyzer));
      const known = liveReading(node, analyzer, reading);
      if (known !== null) return aged(known);
      throw problem('not-found', `analyzer ${analyzer} of ${nodeWords(row)} has not been read yet`);
    },
  );
}

function streamRoute(app: CentreApp, { live, clock }: CentreDeps): void {
  const open = new Set<{ destroy(): unknown }>();
  // they would never end by themselves, and the server waits for its connections
  app.addHook('preClose', async () => {
    for (const stream of [...open]) stream.destroy();
  });
  app.get(
    '/api/v1/stream',
    {
      exposeHeadRoute: false,
      config: { lasts: true },
      schema: {
        summary: 'Readings as they come',
        description:
          "Server-sent events. `reading`: from the node's own lector or, where it is not reached, as records " +
          'are stored. `node`: how the readings of a node come, and why. ' +
          '`lagged`: so many were left out for a slow reader.',
        tags: ['readings'],
        querystring: z.strictObject({ node: nodeList.optional() }),
        response: {
          200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
          ...problemResponses(),
        },
      },
    },
    async ({ query: { node } }, reply) => {
      if (open.size >= STREAMS_MAX) throw problem('unavailable', `${STREAMS_MAX} streams are open; try again later`);
      let end: (() => void) | null = null;
      let isOver = false;
      const events = openEventStream(clock, () => {
        isOver = true;
        open.delete(events.stream);
        end?.();
      });
      open.add(events.stream);
      try {
        end = await live.watch(node === undefined ? null : new Set(node), events.push);
      } catch (error) {
        events.stream.destroy();
        throw error;
      }
      if (isOver) end();
      reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no');
      return reply.send(events.stream as never);
    },
  );
}
