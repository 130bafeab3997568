import { z } from 'zod';
import { usedSteps } from '../../tariff/advise.ts';
import { dateOf, dayOf } from '../../tariff/local-day.ts';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { ANALYZER_PATH, analyzerId, nodeId } from '../api/schemas.ts';
import { askedOf, ONE_OF_BOTH } from './bill-routes.ts';
import { type Asked, type CostDeps, chargedBy, checkSpan, localDay, usageFor } from './billing.ts';
import { billedTarget } from './cost-target.ts';
import { inTurns } from './in-turns.ts';
import { ADVISED, type AdvisedWire, contractName, date } from './schemas.ts';

const ADVICE = '/api/v1/advice';
const YEAR_DAYS = 365;

const DATES = {
  from: date.optional().describe('Local; a year before `to` unless told.'),
  to: date.optional().describe('Local, exclusive; today unless told.'),
};
const QUERY = ANALYZER_PATH.extend({
  ...DATES,
  contract: contractName.optional().describe('Name of a contract; what it is charged by at the end unless told.'),
}).strict();
const BODY = z.strictObject({ node: nodeId, analyzer: analyzerId, ...DATES, contract: ONE_OF_BOTH });

/** The contracted power of each period that would have cost least. */
export async function adviceRoutes(app: CentreApp, deps: AppDeps): Promise<void> {
  const summary = 'The contracted power of each period that would have cost least in a year';
  const response = { 200: ADVISED, ...problemResponses('not-found', 'conflict', 'too-large') };
  const about = { tags: ['cost'], response };
  app.get(ADVICE, { schema: { ...about, summary, querystring: QUERY } }, async ({ query }) => advised(query, deps));
  app.post(
    ADVICE,
    { schema: { ...about, summary: `${summary}, by a contract that comes with the question`, body: BODY } },
    async ({ body }) => advised(body, deps),
  );
}

/** Rejects with the problems `not-found`, `bad-request`, and `conflict` where nothing can be advised, and why. */
async function advised(query: z.output<typeof BODY>, deps: CostDeps): Promise<AdvisedWire> {
  const asked: Asked | null = askedOf(query.contract, 'contract');
  const target = await billedTarget(deps, query.node, query.analyzer);
  const { zone, by } = await chargedBy(asked, target, deps);
  const to = query.to ?? localDay(deps.clock.now(), deps.zoneOffset(zone));
  const span = { from: query.from ?? dateOf(dayOf(to) - YEAR_DAYS), to };
  checkSpan(span);
  // what is charged at the end is what can be changed
  const [last] = await by({ from: dateOf(dayOf(to) - 1), to });
  if (last === undefined) throw problem('not-found', 'it has no contract at the end of that time');
  const { contract } = last;
  const { demand } = await usageFor(target, [{ ...span, contract }], deps);
  const advice = await inTurns(usedSteps({ contract, demand, ...span, offsetAt: deps.zoneOffset(contract.timezone) }));
  if ('missing' in advice) throw problem('conflict', `no advice: ${advice.missing}`);
  return {
    ...{ node: target.node, analyzer: target.id, name: target.name, of: target.of, ...span },
    ...{ contract: contract.name, currency: contract.currency, coverage: advice.coverage, days: advice.days },
    ...{ periods: [...advice.periods], notes: [...advice.notes] },
  };
}
