import { z } from 'zod';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problem, problemResponses } from '../api/problems.ts';
import { analyzerId, NAME_PATH, NOTHING, nodeId } from '../api/schemas.ts';
import { noContract } from './contracts.ts';
import type { ContractRow, Contracts, WrittenContract } from './ports.ts';
import {
  ASSIGNMENT,
  CONTRACT,
  CONTRACT_BODY,
  contractView,
  date,
  LISTED_CONTRACT,
  listedView,
  queried,
  WHOLE_CONTRACT,
} from './schemas.ts';
import { EVER } from './terms.ts';

const TAGS = ['cost'];
/** Two files of the greatest size that `lector central contract add` takes, as JSON. */
const CONTRACT_BYTES_MAX = 12_000_000;
const ONE = '/api/v1/contracts/:name';
const ASSIGNMENTS = '/api/v1/assignments';

/** Contracts, and who is charged by which. */
export async function contractRoutes(app: CentreApp, { contracts }: AppDeps): Promise<void> {
  readRoutes(app, contracts);
  changeRoutes(app, contracts);
  assignmentRoutes(app, contracts);
}

function readRoutes(app: CentreApp, contracts: Contracts): void {
  app.get(
    '/api/v1/contracts',
    {
      schema: {
        summary: 'All contracts',
        tags: TAGS,
        response: { 200: z.object({ contracts: z.array(LISTED_CONTRACT) }), ...problemResponses() },
      },
    },
    async () => ({ contracts: (await contracts.contracts()).map(listedView) }),
  );
  app.get(
    ONE,
    {
      schema: {
        summary: 'One contract, as it was written',
        tags: TAGS,
        params: NAME_PATH,
        response: { 200: WHOLE_CONTRACT, ...problemResponses('not-found') },
      },
    },
    async ({ params }) => {
      const row = await existing(contracts, params.name);
      const { json, hourly } = row.written;
      return { ...contractView(row), contract: JSON.parse(json), hourlyPrices: hourly };
    },
  );
}

function changeRoutes(app: CentreApp, contracts: Contracts): void {
  app.put(
    ONE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Adds or replaces a contract',
        description:
          'Prices are dated: add to them, and earlier bills stay as they are. With prices by the hour at most ' +
          `${CONTRACT_BYTES_MAX / 1e6} MB in all.`,
        tags: TAGS,
        params: NAME_PATH,
        body: CONTRACT_BODY,
        response: { 200: CONTRACT, ...problemResponses('conflict', 'too-large') },
      },
      bodyLimit: CONTRACT_BYTES_MAX,
    },
    async ({ params, body }) => contractView(await contracts.putContract(params.name, writtenOf(body))),
  );
  app.delete(
    ONE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Removes a contract that nothing is charged by',
        tags: TAGS,
        params: NAME_PATH,
        response: { 204: NOTHING, ...problemResponses('not-found', 'conflict') },
      },
    },
    async ({ params }, reply) => {
      const { name } = await existing(contracts, params.name);
      await contracts.removeContract(name);
      return reply.code(204).send(null);
    },
  );
}

export const writtenOf = ({ contract, hourlyPrices }: z.output<typeof CONTRACT_BODY>): WrittenContract => ({
  json: JSON.stringify(contract, null, 2),
  hourly: hourlyPrices,
});

async function existing(contracts: Contracts, name: string): Promise<ContractRow> {
  const row = await contracts.contract(name);
  if (row !== null) return row;
  throw problem('not-found', noContract(name));
}

const OF_NODE = z.strictObject({ node: queried(nodeId).optional() });
const WHICH = z.strictObject({
  node: queried(nodeId),
  analyzer: queried(analyzerId).optional().describe('Left out: that of the node.'),
  from: date.optional().describe('Left out: whatever its date.'),
});

function assignmentRoutes(app: CentreApp, contracts: Contracts): void {
  app.get(
    ASSIGNMENTS,
    {
      schema: {
        summary: 'What nodes and analyzers are charged by, from which date on',
        tags: TAGS,
        querystring: OF_NODE,
        response: { 200: z.object({ assignments: z.array(ASSIGNMENT) }), ...problemResponses() },
      },
    },
    async ({ query }) => ({ assignments: [...(await contracts.assignments(query.node ?? null))] }),
  );
  app.post(
    ASSIGNMENTS,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Charges a node or an analyzer by a contract from a date on',
        tags: TAGS,
        body: ASSIGNMENT.extend({ analyzer: ASSIGNMENT.shape.analyzer.default(null), from: date.default(EVER) }),
        response: { 204: NOTHING, ...problemResponses('conflict', 'too-large') },
      },
    },
    async ({ body }, reply) => {
      await contracts.assign(body);
      return reply.code(204).send(null);
    },
  );
  app.delete(
    ASSIGNMENTS,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Charges it by that no more',
        tags: TAGS,
        querystring: WHICH,
        response: { 204: NOTHING, ...problemResponses('not-found', 'conflict') },
      },
    },
    async ({ query: { node, analyzer = null, from = null } }, reply) => {
      if ((await contracts.unassign(node, analyzer, from)) > 0) return reply.code(204).send(null);
      throw problem('not-found', `nothing of node ${node} is charged so; ${ASSIGNMENTS} says what is`);
    },
  );
}
