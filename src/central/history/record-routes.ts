import { z } from 'zod';
import type { OffsetAt } from '../../domain/grid.ts';
import { parseLocalTime } from '../../domain/local-time.ts';
import { AGGREGATES } from '../../domain/profile.ts';
import { safe } from '../../domain/safe.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { CentreApp, CentreDeps } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { ANALYZER_PATH, VARIABLE } from '../api/schemas.ts';
import type { AnalyzerRow, CentralRecord, HistoryQuery } from '../ports.ts';
import type { Shape } from '../schema/tables.ts';
import { createZones } from '../zones.ts';
import { answered, lineText, listText, narrowed, textStream } from './answer-text.ts';
import { type BucketLength, bucketOf, RESOLUTIONS, type Resolution } from './calendar.ts';
import { type CsvStyle, csvColumns, csvHeader, csvLine } from './csv.ts';
import { type Bucket, bucketsOf } from './resolution.ts';

const DAY_MS = 86_400_000;
const TIME = 'A date, a local time of the node, or a time with a zone: 2026-05-01, 2026-05-01T12:00, ...T12:00:00Z.';

const QUERY = ANALYZER_PATH.extend({
  from: z.string().max(40).optional().describe(`${TIME} Ends after it; a day before \`to\` unless told.`),
  to: z.string().max(40).optional().describe(`${TIME} Ends up to it; now unless told.`),
  variables: z.string().max(2_000).optional().describe('Codes with commas between them; all unless told.'),
  resolution: z
    .enum(RESOLUTIONS)
    .default('raw')
    .describe('Records as they are, or what they come to in hours, days, months of the node: always whole ones.'),
  format: z.enum(['json', 'csv']).default('json'),
  decimal: z.enum(['point', 'comma']).default('point').describe('CSV: comma has semicolons between cells.'),
  full: z.enum(['true', 'false']).default('false').describe('CSV: least, greatest and readings beside each value.'),
  generations: z
    .enum(['last', 'all'])
    .default('last')
    .describe('Where the clock was put back an end comes again: the last of its records, or all. Raw only.'),
}).strict();
type Query = z.output<typeof QUERY>;

const numbers = z.array(z.number().nullable());
const RECORD = z.object({
  node: z.number(),
  analyzer: z.number(),
  model: z.string(),
  start: z.string().nullable().describe('An old lector does not say it.'),
  end: z.string(),
  generation: z.number().optional().describe('Raw only.'),
  records: z.number().optional().describe('Hours, days and months: records that it is made of.'),
  covered: z.number().nullable().optional().describe('Hours, days and months: share of the time that has data, 0..1.'),
  n: z.number().nullable().describe('Readings with a value, of those `expected`.'),
  expected: z.number().nullable(),
  ratio: z.number().nullable(),
  variables: z.record(
    z.string(),
    z.object({
      aggregate: z.enum(AGGREGATES),
      values: numbers.describe('Means; of counters the last value; of power factors that of the sums of power.'),
      min: numbers,
      max: numbers,
      n: z.array(z.number()),
      expected: z.number().nullable(),
      delta: numbers.describe('Counters: what was added; null: not known.'),
      at: z.string().nullable(),
      flags: z.array(z.string()),
    }),
  ),
});
const ANSWER = z.object({
  node: z.number(),
  analyzer: z.number(),
  timezone: z.string(),
  resolution: z.enum(RESOLUTIONS),
  from: z.string(),
  to: z.string(),
  variables: z.array(VARIABLE),
  records: z.array(RECORD),
});

/** What is asked, against what there is. */
type Asked = {
  readonly query: HistoryQuery;
  readonly analyzer: AnalyzerRow;
  readonly timezone: string;
  readonly offsetAt: OffsetAt;
  readonly resolution: Resolution;
  readonly allGenerations: boolean;
  /** Codes asked for; null: all. */
  readonly codes: readonly string[] | null;
  /** Variables of the answer. */
  readonly shape: Shape;
};

/** Records of an analyzer, streamed. */
export async function recordRoutes(app: CentreApp, deps: CentreDeps): Promise<void> {
  const zoneOf = createZones(deps.zoneOffset);
  app.get(
    '/api/v1/records',
    {
      exposeHeadRoute: false,
      schema: {
        summary: 'Records of an analyzer, or what they come to in hours, days or months',
        description: 'Streamed: a year takes no more room than a day. An answer that breaks off is not whole.',
        tags: ['records'],
        querystring: QUERY,
        response: {
          200: {
            description: 'By end',
            content: {
              'application/json': { schema: ANSWER },
              'text/csv': { schema: z.string().describe('A heading with units, then a line each.') },
            },
          },
          ...problemResponses('not-found'),
        },
      },
    },
    async (request, reply) => {
      const asked = await understand(request.query, deps, zoneOf);
      const style = { decimal: request.query.decimal, full: request.query.full === 'true' };
      const isCsv = request.query.format === 'csv';
      reply.type(isCsv ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8');
      if (isCsv) reply.header('content-disposition', `attachment; filename="${fileName(asked)}"`);
      return reply.send(textStream(isCsv ? csvText(asked, deps, style) : jsonText(asked, deps)) as never);
    },
  );
}

async function understand(
  query: Query,
  { registry, history, clock }: CentreDeps,
  zoneOf: (timezone: string) => OffsetAt,
): Promise<Asked> {
  const { node, resolution } = query;
  const [nodeRow, analyzer] = await Promise.all([registry.node(node), registry.analyzer(node, query.analyzer)]);
  if (nodeRow === null || analyzer === null) {
    throw problem('not-found', `there is no analyzer ${query.analyzer} of node ${node} here`);
  }
  const { timezone } = nodeRow;
  const offsetAt = zoneOf(timezone);
  const to = query.to === undefined ? clock.now() : instantOf('to', query.to, offsetAt);
  const from = query.from === undefined ? epochMs(to - DAY_MS) : instantOf('from', query.from, offsetAt);
  if (from > to) throw problem('bad-request', `expected from before to, saw ${query.from} after ${query.to ?? 'now'}`);
  const whole = { node, analyzer: analyzer.id, ...wholeBuckets(from, to, resolution, offsetAt) };
  const shape = withKnown(await history.shape(whole), analyzer);
  const codes = query.variables === undefined ? null : codesIn(query.variables, shape, analyzer);
  return {
    ...{ query: whole, analyzer, timezone, offsetAt, resolution, codes },
    allGenerations: query.generations === 'all',
    shape: codes === null ? shape : codes.flatMap((code) => shape.filter((each) => each.code === code)),
  };
}

/** A + that was not escaped arrives as a blank. */
const UNESCAPED = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*) (\d\d:\d\d)$/;

function instantOf(name: string, text: string, offsetAt: OffsetAt): EpochMs {
  const instant = parseLocalTime(text.trim().replace(UNESCAPED, '$1+$2'), offsetAt);
  if (instant !== null) return instant;
  throw problem(
    'bad-request',
    `expected ${name} as 2026-05-01, 2026-05-01T12:00 or 2026-05-01T12:00:00Z, saw ${safe(text, 40)}`,
  );
}

/** Part of an hour, day or month would be told as if it were all of it. */
function wholeBuckets(from: EpochMs, to: EpochMs, resolution: Resolution, offsetAt: OffsetAt) {
  if (resolution === 'raw' || from === to) return { from, to };
  const { start } = bucketOf(epochMs(from + 1), resolution, offsetAt);
  return { from: start, to: bucketOf(to, resolution, offsetAt).end };
}

/** What the analyzer has now in its order, then what it had. */
function withKnown(shape: Shape, { variables }: AnalyzerRow): Shape {
  const now = variables.map(({ code, aggregate, phases }) => {
    const stored = shape.find((each) => each.code === code && each.count === phases.length);
    return stored ?? { code, aggregate, count: phases.length };
  });
  return [...now, ...shape.filter((each) => !now.includes(each))];
}

function codesIn(text: string, shape: Shape, { node, id }: AnalyzerRow): readonly string[] {
  const codes = [...new Set(text.split(',').map((code) => code.trim()))];
  const unknown = codes.filter((code) => !shape.some((each) => each.code === code));
  if (unknown.length === 0) return codes;
  const words = `analyzer ${id} of node ${node} has no variable ${safe(unknown.join(', '), 100)}`;
  throw problem('bad-request', `${words}; it has ${shape.map(({ code }) => code).join(', ')}`);
}

function buckets(
  { query, analyzer, offsetAt }: Asked,
  length: BucketLength,
  { history }: CentreDeps,
): AsyncIterable<Bucket> {
  const { variables, recordingMs } = analyzer;
  return bucketsOf(history.records(query, true), { length, offsetAt, variables, recordingMs });
}

function csvText(asked: Asked, deps: CentreDeps, style: CsvStyle) {
  const { query, resolution, shape, analyzer, offsetAt, allGenerations } = asked;
  const isRaw = resolution === 'raw';
  const items: AsyncIterable<CentralRecord | Bucket> = isRaw
    ? deps.history.records(query, allGenerations)
    : buckets(asked, resolution, deps);
  const columns = csvColumns(shape, analyzer.variables, style);
  const head = csvHeader(columns, isRaw ? 'record' : 'bucket', style);
  return lineText(head, items, (each) => csvLine(each, columns, offsetAt, style));
}

function jsonText(asked: Asked, deps: CentreDeps) {
  const { query, analyzer, codes, timezone, resolution, offsetAt, allGenerations } = asked;
  const iso = (at: EpochMs) => isoTime(at, offsetAt);
  const head = JSON.stringify({
    ...{ node: query.node, analyzer: query.analyzer, timezone, resolution, from: iso(query.from), to: iso(query.to) },
    variables: analyzer.variables.filter(({ code }) => codes === null || codes.includes(code)),
  });
  const print = (each: Bucket) => JSON.stringify(answered(narrowed(each, codes), offsetAt));
  const [open, close] = [`${head.slice(0, -1)},"records":[\n`, '\n]}\n'];
  return resolution === 'raw'
    ? listText(open, deps.history.recordsAsJson(query, { codes, offsetAt, allGenerations }), (text) => text, close)
    : listText(open, buckets(asked, resolution, deps), print, close);
}

function fileName({ query, resolution, offsetAt }: Asked): string {
  const day = (at: EpochMs) => isoTime(at, offsetAt).slice(0, 10);
  const { node, analyzer, from, to } = query;
  return `records-${node}-${analyzer}-${day(from)}-${day(to)}${resolution === 'raw' ? '' : `-${resolution}`}.csv`;
}
