import { z } from 'zod';
import { problemText } from '../../domain/problem.ts';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { ANALYZER_PATH, analyzerId, nodeId } from '../api/schemas.ts';
import { type Asked, billed } from './billing.ts';
import { writtenOf } from './contract-routes.ts';
import { readWritten } from './read-written.ts';
import { BILLED, billedView, CONTRACT_BODY, contractName, date } from './schemas.ts';

const TAGS = ['cost'];
const BILLS = '/api/v1/bills';
const PROBLEMS_MAX = 5;

const ESTIMATE = 'Energy of time without data is guessed, and marked.';
const DATES = {
  from: date.optional().describe('Local; the first of the month that runs unless told.'),
  to: date.optional().describe('Local, exclusive; tomorrow unless told.'),
};
const QUERY = ANALYZER_PATH.extend({
  ...DATES,
  contract: contractName.optional().describe('Name of a contract; what it is charged by unless told.'),
  whatIf: contractName.optional().describe('Name of another contract, to compare with.'),
  estimate: z
    .enum(['true', 'false'])
    .default('false')
    .transform((word) => word === 'true')
    .describe(ESTIMATE),
}).strict();

const ONE_OF_BOTH = z
  .union([contractName, CONTRACT_BODY])
  .optional()
  .describe('A contract by its name here, or one that comes with the question and is not kept.');
const BODY = z.strictObject({
  ...{ node: nodeId, analyzer: analyzerId, ...DATES, contract: ONE_OF_BOTH, whatIf: ONE_OF_BOTH },
  estimate: z.boolean().default(false).describe(ESTIMATE),
});

/** What the energy of an analyzer costs. */
export async function billRoutes(app: CentreApp, deps: AppDeps): Promise<void> {
  const summary = 'What the energy of an analyzer costs, and what it would cost by another contract';
  const response = { 200: BILLED, ...problemResponses('not-found', 'conflict', 'too-large') };
  app.get(BILLS, { schema: { summary, tags: TAGS, querystring: QUERY, response } }, async ({ query }) =>
    billedView(await billed(requestOf(query), deps)),
  );
  app.post(
    BILLS,
    { schema: { summary: `${summary} that comes with the question`, tags: TAGS, body: BODY, response } },
    async ({ body }) => billedView(await billed(requestOf(body), deps)),
  );
}

function requestOf({ node, analyzer, from, to, contract, whatIf, estimate }: z.output<typeof BODY>) {
  return {
    ...{ node, analyzer, from: from ?? null, to: to ?? null },
    ...{ contract: askedOf(contract, 'contract'), whatIf: askedOf(whatIf, 'whatIf') },
    estimate,
  };
}

function askedOf(given: z.output<typeof ONE_OF_BOTH>, at: string): Asked | null {
  if (given === undefined) return null;
  if (typeof given === 'string') return given;
  const read = readWritten(writtenOf(given), at);
  if (read.ok) return read.value;
  throw problem('bad-request', read.problems.slice(0, PROBLEMS_MAX).map(problemText).join('; '));
}
