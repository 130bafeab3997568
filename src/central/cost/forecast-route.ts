import { z } from 'zod';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { bill } from '../../tariff/bill.ts';
import { dateOf, dayOf } from '../../tariff/local-day.ts';
import type { UsageRecord } from '../../tariff/usage.ts';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { existingAnalyzer } from '../api/routes/existing.ts';
import { ANALYZER_PATH, isoOf } from '../api/schemas.ts';
import { billsOf, type CostDeps, chargedBy, localDay, type Priced, startOf } from './billing.ts';
import { expectedRecords, LEARNT_MS } from './forecast.ts';
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

async function forecast(query: z.output<typeof QUERY>, deps: CostDeps): Promise<z.output<typeof ANSWER>> {
  const analyzer = await existingAnalyzer(deps.registry, query.node, query.analyzer);
  const { zone, by } = await chargedBy(query.contract ?? null, analyzer, deps);
  const now = deps.clock.now();
  const offsetAt = deps.zoneOffset(zone);
  const today = localDay(now, offsetAt);
  const span = monthOf(today);
  const [start, until] = [startOf(span.from, offsetAt), startOf(span.to, offsetAt)];
  const from: EpochMs = epochMs(Math.min(start, now - LEARNT_MS));
  const { records, notes } = await toldBetween(analyzer, from, now, deps);
  const known = records.filter(({ end }) => end <= now);
  const variables = billedVariables(analyzer);
  const { recordingMs } = analyzer;
  // what a counter went over the border of the month is divided by what comes after it
  const more = expectedRecords(known, { variables, recordingMs, now, until: epochMs(until + HOUR_MS), offsetAt });
  if (more.length === 0) {
    const words = `analyzer ${analyzer.id} of node ${analyzer.node} has no records of the last four weeks`;
    throw problem('not-found', `${words}: nothing tells what is to come`);
  }
  const priced = await by(span);
  const price = (told: readonly UsageRecord[], list: readonly Priced[]) => {
    const usage = usageFrom({ records: told, notes }, analyzer);
    return billsOf(list.map((each) => bill({ ...each, usage, offsetAt: deps.zoneOffset(each.contract.timezone) })));
  };
  const all = price([...known, ...more], priced);
  const tomorrow = dateOf(dayOf(today) + 1);
  const passed = priced.filter((each) => each.from < tomorrow);
  const soFar = price(
    known,
    passed.map((each) => ({ ...each, to: each.to < tomorrow ? each.to : tomorrow })),
  );
  const { whatIf: _, ...told } = billedView({ ...span, analyzer, ...all, whatIf: null });
  const kwhOf = ({ bills }: typeof all) => bills.reduce((sum, { kwh }) => sum + kwh, 0);
  return {
    ...{ ...told, at: isoOf(now), kwh: kwhOf(all), soFar: { total: soFar.total, kwh: kwhOf(soFar) } },
    notes: NOTES,
  };
}

const HOUR_MS = 3_600_000;

function monthOf(today: string) {
  const from = `${today.slice(0, 7)}-01`;
  return { from, to: `${dateOf(dayOf(from) + 31).slice(0, 7)}-01` };
}
