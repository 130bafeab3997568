import { z } from 'zod';
import { problemText } from '../../domain/problem.ts';
import { SPAN_UNITS } from '../../tariff/slices.ts';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { ANALYZER_PATH, analyzerId, nodeId } from '../api/schemas.ts';
import { type Asked, type BillRequest, billed } from './billing.ts';
import { writtenOf } from './contract-routes.ts';
import { readWritten } from './read-written.ts';
import { BILLED_BESIDE, billedBesideView, CONTRACT_BODY, contractName, date } from './schemas.ts';

const TAGS = ['cost'];
const BILLS = '/api/v1/bills';
const PROBLEMS_MAX = 5;

const ESTIMATE = 'Energy of time without data is guessed, and marked.';
const DATES = {
  from: date.optional().describe('Local; the first of the month that runs unless told.'),
  to: date.optional().describe('Local, exclusive; tomorrow unless told.'),
};
const BESIDE = {
  by: z
    .enum(SPAN_UNITS)
    .optional()
    .describe('A bill for each too. Those of days and weeks are without what is of a whole bill, such as excess.'),
  open: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'What a line is made of too, day by day: a period such as P3 (its energy), the name of a line, or a kind such ' +
        'as excess; P3@2026-01-15: record by record of that day.',
    ),
};
const LAST_YEAR = 'The same dates a year before too.';
const flag = (words: string) =>
  z
    .enum(['true', 'false'])
    .default('false')
    .transform((word) => word === 'true')
    .describe(words);
const QUERY = ANALYZER_PATH.extend({
  ...DATES,
  contract: contractName.optional().describe('Name of a contract; what it is charged by unless told.'),
  whatIf: contractName.optional().describe('Name of another contract, to compare with.'),
  ...{ ...BESIDE, estimate: flag(ESTIMATE), lastYear: flag(LAST_YEAR) },
}).strict();

export const ONE_OF_BOTH = z
  .union([contractName, CONTRACT_BODY])
  .optional()
  .describe('A contract by its name here, or one that comes with the question and is not kept.');
const BODY = z.strictObject({
  ...{ node: nodeId, analyzer: analyzerId, ...DATES, contract: ONE_OF_BOTH, whatIf: ONE_OF_BOTH },
  ...{ ...BESIDE, lastYear: z.boolean().default(false).describe(LAST_YEAR) },
  estimate: z.boolean().default(false).describe(ESTIMATE),
});

/** What the energy of an analyzer costs. */
export async function billRoutes(app: CentreApp, deps: AppDeps): Promise<void> {
  const summary = 'What the energy of an analyzer costs, and what it would cost by another contract';
  const response = { 200: BILLED_BESIDE, ...problemResponses('not-found', 'conflict', 'too-large') };
  app.get(BILLS, { schema: { summary, tags: TAGS, querystring: QUERY, response } }, async ({ query }) =>
    billedBesideView(await billed(requestOf(query), deps)),
  );
  app.post(
    BILLS,
    { schema: { summary: `${summary} that comes with the question`, tags: TAGS, body: BODY, response } },
    async ({ body }) => billedBesideView(await billed(requestOf(body), deps)),
  );
}

function requestOf({ contract, whatIf, from, to, by, open, ...rest }: z.output<typeof BODY>): BillRequest {
  return {
    ...{ ...rest, by: by ?? null, open: open ?? null },
    ...{ from: from ?? null, to: to ?? null },
    ...{ contract: askedOf(contract, 'contract'), whatIf: askedOf(whatIf, 'whatIf') },
  };
}

/** Throws the problem `bad-request` for a contract that is none. */
export function askedOf(given: z.output<typeof ONE_OF_BOTH>, at: string): Asked | null {
  if (given === undefined) return null;
  if (typeof given === 'string') return given;
  const read = readWritten(writtenOf(given), at);
  if (read.ok) return read.value;
  throw problem('bad-request', read.problems.slice(0, PROBLEMS_MAX).map(problemText).join('; '));
}
