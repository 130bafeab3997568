import { z } from 'zod';
import { safe } from '../../domain/safe.ts';
import { epochMs } from '../../domain/units.ts';
import type { CentreApp, CentreDeps } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { ANALYZER_PATH } from '../api/schemas.ts';
import { createZones } from '../zones.ts';
import { listText, textStream } from './answer-text.ts';
import { type Day, dayBounds, parseOldDay } from './calendar.ts';
import { ALL_VARIABLES, oldRowsOf } from './old-rows.ts';

const PATH = ANALYZER_PATH.extend({
  variable: z.string().min(1).max(20).describe('A code, or ALL.'),
  from: z.string().describe('dd-mm-YYYY, included.'),
  until: z.string().describe('dd-mm-YYYY, included.'),
});

const ANSWER = z.object({
  ResultSet: z.object({
    Lectures: z.array(
      z.object({
        dataHora: z.string().describe('Local time of the end, without zone.'),
        variable: z.string(),
        descripcio: z.string(),
        valor: z.union([z.number(), z.array(z.number().nullable())]).describe('Rounded to 2 decimals.'),
        unitats: z.string(),
      }),
    ),
  }),
});

/** The predecessor's `history/load`. */
export async function oldLoadRoute(app: CentreApp, { registry, history, zoneOffset }: CentreDeps): Promise<void> {
  const zoneOf = createZones(zoneOffset);
  app.get(
    '/ws/v2/history/load/:node/:analyzer/:variable/:from/:until',
    {
      exposeHeadRoute: false,
      schema: {
        summary: "Records of some days: the predecessor's call",
        tags: ['as before'],
        params: PATH,
        response: { 200: ANSWER, ...problemResponses('not-found') },
      },
    },
    async (request, reply) => {
      const { node, analyzer, variable, ...days } = request.params;
      const from = dayOf(days.from);
      const until = dayOf(days.until);
      const [nodeRow, row] = await Promise.all([registry.node(node), registry.analyzer(node, analyzer)]);
      if (nodeRow === null || row === null) {
        throw problem('not-found', `there is no analyzer ${analyzer} of node ${node} here`);
      }
      const offsetAt = zoneOf(nodeRow.timezone);
      const [first, last] = [dayBounds(from, offsetAt)[0], dayBounds(until, offsetAt)[1]];
      if (first >= last)
        throw problem('bad-request', `expected from before until, saw ${days.from} after ${days.until}`);
      const known = new Map(row.variables.map((each) => [each.code, each]));
      // midnight belongs to the day that it begins
      const query = { node, analyzer, from: epochMs(first - 1), to: epochMs(last - 1) };
      const code = codeOf(variable, known);
      const print = (record: Parameters<typeof oldRowsOf>[0]) =>
        oldRowsOf(record, code, known, offsetAt)
          .map((each) => JSON.stringify(each))
          .join(',\n');
      reply.type('application/json; charset=utf-8');
      const text = listText('{"ResultSet":{"Lectures":[', history.records(query), print, ']}}');
      return reply.send(textStream(text) as never);
    },
  );
}

/**
 * The code that is meant. Those of a meter may differ in case alone (RPM is a maximum, RPm a minimum), and then one is
 * never taken for the other; else the case does not matter.
 */
function codeOf(asked: string, known: ReadonlyMap<string, unknown>): string {
  const upper = asked.toUpperCase();
  if (upper === ALL_VARIABLES) return ALL_VARIABLES;
  return known.has(asked) || asked !== asked.toLowerCase() ? asked : upper;
}

function dayOf(text: string): Day {
  const day = parseOldDay(text);
  if (day !== null) return day;
  throw problem('bad-request', `expected a day as dd-mm-YYYY, saw ${safe(text, 40)}`);
}
