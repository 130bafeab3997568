import { z } from 'zod';
import { safe } from '../../domain/safe.ts';
import { dateOf, dayOf } from '../../tariff/local-day.ts';
import type { LocalDate } from '../../tariff/period-table.ts';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { parseOldDay } from '../history/calendar.ts';
import { chargedBy, checkSpan, usageFor } from './billing.ts';
import { costTarget } from './cost-target.ts';
import { oldCostLine, oldDays } from './old-costs.ts';

/** Days of one answer: some ms each. */
const DAYS_MAX = 400;

const PATH = z.object({
  id: z.string().regex(/^\d{1,10}-\d{1,5}$/, 'expected <node>-<analyzer>, such as 4-1'),
  from: z.string().describe('dd-mm-YYYY, included.'),
  until: z.string().describe('dd-mm-YYYY, included.'),
});
const QUERY = z.strictObject({
  cobertura: z.enum(['1', '0']).default('0').describe('1: with the share of time that has data beside each amount.'),
});
const PERIOD = z.object({ import: z.string().nullable(), consum: z.string(), horesTarifa: z.number() });
const ANSWER = z.object({
  ResultSet: z.object({
    Linies: z.array(
      z
        .object({ data: z.string(), P1: PERIOD.optional(), consumTotal: z.string(), costTotal: z.string().nullable() })
        .describe('A period beside P1 for each that the contract has. null: a price is not in the contract.'),
    ),
  }),
});

/** The predecessor's costs by day: the energy alone, without taxes, by what the analyzer is charged by. */
export async function oldCostsRoute(app: CentreApp, deps: AppDeps): Promise<void> {
  app.get(
    '/costs/:id/:from/:until',
    {
      exposeHeadRoute: false,
      schema: {
        summary: "What the energy of some days cost: the predecessor's call",
        tags: ['as before'],
        params: PATH,
        querystring: QUERY,
        response: { 200: ANSWER, ...problemResponses('not-found', 'conflict') },
      },
    },
    async ({ params, query }, reply) => {
      const [node = 0, id = 0] = params.id.split('-').map(Number);
      const target = await costTarget(deps, node, id);
      const span = { from: dateIn(params.from), to: dateOf(dayOf(dateIn(params.until)) + 1) };
      checkSpan(span, DAYS_MAX);
      const { by } = await chargedBy(null, target, deps);
      const priced = await by(span);
      const usage = await usageFor(target, priced, deps);
      const texts: string[] = [];
      for (const { contract, from, to } of priced) {
        for (const day of oldDays({ contract, usage, from, to, offsetAt: deps.zoneOffset(contract.timezone) })) {
          texts.push(oldCostLine(day, query.cobertura === '1'));
          // others have their turn
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
      }
      // as it stands: 8.0 hours are 8 where JSON.stringify prints them
      const text = `{"ResultSet": {"Linies": [${texts.join(', ')}]}}`;
      return reply
        .type('application/json; charset=utf-8')
        .serializer(String)
        .send(text as never);
    },
  );
}

function dateIn(text: string): LocalDate {
  const day = parseOldDay(text);
  if (day === null) throw problem('bad-request', `expected a day as dd-mm-YYYY, saw ${safe(text, 40)}`);
  return dateOf(Date.UTC(day.year, day.month - 1, day.day) / 86_400_000);
}
