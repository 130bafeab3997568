import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { LectorError } from '../../../domain/errors.ts';
import { safe } from '../../../domain/safe.ts';
import {
  type BatchAnswer,
  CENTRE_PATHS,
  HOLDINGS_SPAN_MAX_MS,
  type HoldingsAnswer,
  INSTANCE_HEADER,
  RECORD_STATUSES,
} from '../../../protocol/centre-wire.ts';
import { createTurns, type Turns } from '../../few-at-once.ts';
import type { CentralRecord, Registry, Verdict } from '../../ports.ts';
import { plainAddress } from '../addresses.ts';
import type { CentreApp, CentreDeps } from '../app-types.ts';
import { durationText } from '../page-text.ts';
import { problem, problemResponses } from '../problems.ts';
import { createRefusalLog } from '../refusal-log.ts';
import { epochOf, instant, NODE_PATH, NOTHING, SITE } from '../schemas.ts';
import { CLOCK_OFF_MS } from '../settings.ts';
import { BATCH, linesOf, unpacked } from './batch.ts';

/** Of a thousand analyzers with all that they measure it is some 5 MB. */
const SITE_BYTES_MAX = 16_777_216;
const INSTANCE_LENGTH_MAX = 100;
const NODE_ROUTE = ':node' as unknown as number;

const BATCH_ANSWER = z.object({
  product: z.literal('lector'),
  results: z.array(z.object({ status: z.enum(RECORD_STATUSES), reason: z.string().optional() })),
});

const LINES = z
  .string()
  .describe('Records as RECORDS of the control port gives them, one a line; /api/v1/about says how many at once.');

const HOLDINGS = z.object({
  node: z.number().int(),
  records: z
    .array(z.array(z.number()).min(3).max(4))
    .describe("[analyzer, end in ms, generation], and 1 where an old lector's reading stands for the record"),
  since: z.number().nullable().optional().describe('What ends before, in ms, is not kept here; null: all is.'),
});

/** What a lector calls: who it is, its records, and what the centre has of them. */
export async function deliveryRoutes(app: CentreApp, deps: CentreDeps): Promise<void> {
  const { registry, history, clock, log } = deps;
  const turns = createTurns();
  const logClock = createRefusalLog(clock, log);
  const sayClock = (node: number, offsetMs: number) => {
    if (Math.abs(offsetMs) < CLOCK_OFF_MS) return;
    const off = `${durationText(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead of' : 'behind'} this one`;
    logClock({ key: `clock ${node}`, words: `the clock of node ${node} is ${off}`, facts: { node, offsetMs } });
  };
  app.put(
    CENTRE_PATHS.site(NODE_ROUTE),
    {
      config: { access: 'deliver' },
      bodyLimit: SITE_BYTES_MAX,
      // large to check: one a turn
      preValidation: () => turns.next(),
      schema: {
        summary: 'A lector says who it is',
        tags: ['delivery'],
        params: NODE_PATH,
        body: SITE,
        response: { 204: NOTHING, ...problemResponses('not-found', 'node-taken', 'too-large') },
      },
    },
    async (request, reply) => {
      const { node } = request.params;
      const site = request.body;
      mayDeliver(request, node);
      if (site.node !== node) {
        throw problem(
          'bad-request',
          `expected the site of node ${node}, as in the path; saw that of node ${site.node}`,
        );
      }
      const answer = await registry.acceptSite(site, clock.now(), true).catch(asBadRequest);
      if (answer.kind === 'taken') throw problem('node-taken', answer.words);
      if (answer.kind === 'unknown') throw problem('not-found', answer.words);
      sayClock(node, epochOf(site.now) - clock.now());
      return reply.code(204).send(null);
    },
  );
  app.get(
    CENTRE_PATHS.holdings(NODE_ROUTE),
    {
      config: { access: 'deliver' },
      schema: {
        summary: 'Which records of a node are here',
        tags: ['delivery'],
        params: NODE_PATH,
        querystring: z.strictObject({ from: instant.describe('exclusive'), to: instant.describe('inclusive') }),
        response: { 200: HOLDINGS, ...problemResponses() },
      },
    },
    async (request): Promise<z.output<typeof HOLDINGS>> => {
      const { node } = request.params;
      mayDeliver(request, node);
      const [from, to] = [epochOf(request.query.from), epochOf(request.query.to)];
      if (from >= to || to - from > HOLDINGS_SPAN_MAX_MS) {
        const days = HOLDINGS_SPAN_MAX_MS / 86_400_000;
        throw problem('bad-request', `expected from before to, at most ${days} days apart`);
      }
      const [records, since] = await Promise.all([history.holdings(node, from, to), registry.keptSince()]);
      const answer: HoldingsAnswer = { node, records, since };
      return { ...answer, records: answer.records.map((each) => [...each] as number[]) };
    },
  );
  // its body is bytes, whatever they are called
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    batchRoute(scope, deps, turns);
  });
}

/** Who hears of a conflict keeps his records to himself; after a bad request he delivers them all the same. */
function asBadRequest(error: unknown): never {
  if (!(error instanceof LectorError) || error.code !== 'CENTRE_REFUSED') throw error;
  throw problem('bad-request', error.message);
}

function batchRoute(app: CentreApp, { registry, ingest, clock, log }: CentreDeps, turns: Turns): void {
  const logRefused = createRefusalLog(clock, log);
  const say = ({ ip, deliverer }: FastifyRequest, results: readonly Verdict[]) => {
    const bad = results.filter(({ status }) => status === 'refused' || status === 'differs');
    const [first] = bad;
    if (first === undefined) return;
    const reason = safe(first.reason ?? 'another record of that time is here already');
    const words = `${bad.length} of ${results.length} records from ${plainAddress(ip)} were not stored: ${reason}`;
    logRefused({ key: `${deliverer?.words} ${first.status}`, words, facts: { refused: bad.length } });
  };
  app.post(
    CENTRE_PATHS.records,
    {
      config: { access: 'deliver', described: { body: { type: 'application/x-ndjson', schema: LINES } } },
      bodyLimit: BATCH.bytes,
      schema: {
        summary: 'Stores records, each once',
        description: 'The body is NDJSON, plain or in gzip, one record a line. The answer has one result a line.',
        tags: ['delivery'],
        response: { 200: BATCH_ANSWER, ...problemResponses('node-taken', 'too-large') },
      },
    },
    async (request): Promise<z.output<typeof BATCH_ANSWER>> => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const lines = await linesOf(await unpacked(body, request.headers['content-encoding']), turns);
      const records = lines.flatMap((line) => (line.kind === 'record' ? [line.record] : []));
      await mayFeed(registry, nodesToFeed(request, records), request);
      const isTheirs = (record: CentralRecord) => request.deliverer?.mayFor(record.node) === true;
      const verdicts = [...(await ingest.put(records.filter(isTheirs), true))];
      const results = lines.map((line): Verdict => {
        if (line.kind === 'refused') return { status: 'refused', reason: line.reason };
        if (!isTheirs(line.record)) return { status: 'refused', reason: notTheirs(request, line.record.node) };
        // one that is missing was not said to be stored
        return verdicts.shift() ?? { status: 'later' };
      });
      say(request, results);
      const answer: BatchAnswer = { product: 'lector', results };
      return { ...answer, results: results.map((each) => ({ ...each })) };
    },
  );
}

/** Nodes of a batch that this caller may deliver for; when there is none, it is the wrong caller. */
function nodesToFeed(request: FastifyRequest, records: readonly CentralRecord[]): readonly number[] {
  const nodes = [...new Set(records.map(({ node }) => node))];
  const theirs = nodes.filter((node) => request.deliverer?.mayFor(node) === true);
  const [foreign] = nodes;
  if (theirs.length === 0 && foreign !== undefined) throw problem('not-allowed', notTheirs(request, foreign));
  return theirs;
}

async function mayFeed(registry: Registry, nodes: readonly number[], request: FastifyRequest): Promise<void> {
  const instance = instanceOf(request);
  for (const node of nodes) {
    const answer = await registry.mayFeed(node, instance);
    if (!answer.ok) throw problem('node-taken', answer.words);
  }
}

/** Throws the problem when this caller may not deliver for `node`. */
export function mayDeliver(request: FastifyRequest, node: number): void {
  if (request.deliverer?.mayFor(node) !== true) throw problem('not-allowed', notTheirs(request, node));
}

const notTheirs = ({ deliverer }: FastifyRequest, node: number): string =>
  `${deliverer?.words ?? 'this caller'} may not deliver for node ${node}`;

/** The data folder that a lector says it is; null: it does not say. */
export function instanceOf({ headers }: FastifyRequest): string | null {
  const value = headers[INSTANCE_HEADER];
  return typeof value === 'string' && value !== '' ? value.slice(0, INSTANCE_LENGTH_MAX) : null;
}
