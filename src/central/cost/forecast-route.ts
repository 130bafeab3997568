import { z } from 'zod';
import type { OffsetAt } from '../../domain/grid.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { bill } from '../../tariff/bill.ts';
import type { Usage } from '../../tariff/charges/context.ts';
import { type EnteredTerm, usageSteps } from '../../tariff/entered.ts';
import { withExchanges } from '../../tariff/events.ts';
import { dateOf, dayOf } from '../../tariff/local-day.ts';
import { columnsOf, listOf, recordedPlaces, recordsIn } from '../../tariff/usage-columns.ts';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { ANALYZER_PATH, isoOf } from '../api/schemas.ts';
import { billsOf, type CostDeps, chargedBy, localDay, type Priced, startOf } from './billing.ts';
import { billedTarget, type CostTarget, enteredSpan, type TargetTerm } from './cost-target.ts';
import { expectedRecords, LEARNT_MS } from './forecast.ts';
import { inTurns } from './in-turns.ts';
import { BILLED, billedView, contractName } from './schemas.ts';
import { billedVariables } from './usage-records.ts';
import { toldBetween, usageFrom } from './usage-told.ts';

const QUERY = ANALYZER_PATH.extend({
  contract: contractName.optional().describe('Name of a contract; what it is charged by unless told.'),
}).strict();
const ANSWER = BILLED.omit({ whatIf: true }).extend({
  at: z.string().describe('What is after it is expected, not measured.'),
  kwh: z.number(),
  soFar: z
    .object({ total: z.string().nullable(), kwh: z.number() })
    .describe('Today included, and its standing charges.'),
  notes: z.array(z.string()),
});

const NOTES = [
  'what is to come is taken as the mean of the same hour of the week in the four weeks before',
  'excess of power is of the peaks that were measured: what is to come may have greater ones',
];

/** What the month that runs will cost. */
export async function forecastRoute(app: CentreApp, deps: AppDeps): Promise<void> {
  app.get(
    '/api/v1/forecast',
    {
      schema: {
        summary: 'What the energy of an analyzer will have cost at the end of the month',
        tags: ['cost'],
        querystring: QUERY,
        response: { 200: ANSWER, ...problemResponses('not-found', 'conflict') },
      },
    },
    async ({ query }) => forecast(query, deps),
  );
}

export async function forecast(query: z.output<typeof QUERY>, deps: CostDeps): Promise<z.output<typeof ANSWER>> {
  const target = await billedTarget(deps, query.node, query.analyzer);
  const { zone, by } = await chargedBy(query.contract ?? null, target, deps);
  const now = deps.clock.now();
  const offsetAt = deps.zoneOffset(zone);
  const today = localDay(now, offsetAt);
  const span = monthOf(today);
  const [start, until] = [startOf(span.from, offsetAt), startOf(span.to, offsetAt)];
  const month = { from: start, learntFrom: epochMs(Math.min(start, now - LEARNT_MS)), now, until, offsetAt };
  const { known, expected } = await usagesOf(target, month, deps);
  const priced = await by(span);
  const price = (usage: Usage, list: readonly Priced[]) =>
    billsOf(list.map((each) => bill({ ...each, usage, offsetAt: deps.zoneOffset(each.contract.timezone) })));
  const all = price(expected, priced);
  const tomorrow = dateOf(dayOf(today) + 1);
  const passed = priced.filter((each) => each.from < tomorrow);
  const soFar = price(
    known,
    passed.map((each) => ({ ...each, to: each.to < tomorrow ? each.to : tomorrow })),
  );
  const { whatIf: _, ...told } = billedView({ ...span, target, ...all, whatIf: null });
  const kwhOf = ({ bills }: typeof all) => bills.reduce((sum, { kwh }) => sum + kwh, 0);
  return {
    ...{ ...told, at: isoOf(now), kwh: kwhOf(all), soFar: { total: soFar.total, kwh: kwhOf(soFar) } },
    notes: NOTES,
  };
}

type Month = {
  readonly from: EpochMs;
  readonly learntFrom: EpochMs;
  readonly now: EpochMs;
  readonly until: EpochMs;
  readonly offsetAt: OffsetAt;
};

/** What was used until now, and until the end of the month with what is to come. */
async function usagesOf(target: CostTarget, month: Month, deps: CostDeps) {
  const known: EnteredTerm[] = [];
  const expected: EnteredTerm[] = [];
  for (const term of target.terms) {
    const { sign, analyzer, events } = term;
    const usages = await termUsages(term, month, deps);
    const own = { sign, id: analyzer.id, events };
    known.push({ ...own, usage: usages.known });
    expected.push({ ...own, usage: usages.expected });
  }
  const span = enteredSpan(target, deps, { from: month.from, to: month.until, billedBy: [month.offsetAt] });
  return { known: await inTurns(usageSteps(known, span)), expected: await inTurns(usageSteps(expected, span)) };
}

async function termUsages(
  { analyzer, events }: TargetTerm,
  { learntFrom, now, until, offsetAt }: Month,
  deps: CostDeps,
) {
  const { rows, notes } = await toldBetween(analyzer, learntFrom, now, deps);
  const variables = billedVariables(analyzer);
  const places = listOf(recordedPlaces(variables, rows));
  const past = recordsIn(rows, places).filter(({ end }) => end <= now);
  const known = withExchanges(past, events, variables);
  const { recordingMs } = analyzer;
  // what a counter went over the border of the month is divided by what comes after it
  const more = expectedRecords(known, { variables, recordingMs, now, until: epochMs(until + HOUR_MS), offsetAt });
  if (more.length === 0) {
    const words = `analyzer ${analyzer.id} of node ${analyzer.node} has no records of the last four weeks`;
    throw problem('not-found', `${words}: nothing tells what is to come`);
  }
  return {
    known: await usageFrom({ rows: columnsOf(past, places), notes }, analyzer, events),
    // what was exchanged counts already, and nobody exchanges what is to come
    expected: await usageFrom({ rows: columnsOf([...known, ...more], places), notes }, analyzer),
  };
}

const HOUR_MS = 3_600_000;

function monthOf(today: string) {
  const from = `${today.slice(0, 7)}-01`;
  return { from, to: `${dateOf(dayOf(from) + 31).slice(0, 7)}-01` };
}
