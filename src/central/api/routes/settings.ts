import { z } from 'zod';
import { isNet } from '../addresses.ts';
import type { CentreApp, CentreDeps } from '../app-types.ts';
import { problem, problemResponses } from '../problems.ts';
import { NOTHING, nodeId } from '../schemas.ts';

const TAGS = ['settings'];
const ALLOWED = '/api/v1/allowed';
const RETENTION = '/api/v1/retention';
const ALLOWANCE = z.strictObject({
  cidr: z.string().max(50).refine(isNet, 'expected an address or a net such as 10.0.0.0/8'),
  node: nodeId.nullable().describe('null: for any node'),
});
const ROW = z.object({ cidr: z.string(), node: nodeId.nullable() });
const DAYS = z.strictObject({ days: z.number().int().min(1).max(36_500).nullable().describe('null: for ever') });

/** Who may deliver without a token, and how long records are kept. */
export async function settingRoutes(app: CentreApp, { registry }: CentreDeps): Promise<void> {
  app.get(
    ALLOWED,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Addresses that may deliver without a token',
        tags: TAGS,
        response: { 200: z.object({ allowed: z.array(ROW) }), ...problemResponses() },
      },
    },
    async () => ({ allowed: (await registry.allowed()).map(({ cidr, node }) => ({ cidr, node })) }),
  );
  app.post(
    ALLOWED,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Lets an address or a net deliver without a token',
        tags: TAGS,
        body: ALLOWANCE.extend({ node: ALLOWANCE.shape.node.default(null) }),
        response: { 204: NOTHING, ...problemResponses('conflict', 'too-large') },
      },
    },
    async (request, reply) => {
      await registry.allow(request.body.cidr, request.body.node);
      return reply.code(204).send(null);
    },
  );
  app.delete(
    ALLOWED,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Lets it no more',
        tags: TAGS,
        querystring: z.strictObject({ cidr: z.string().max(50) }),
        response: { 204: NOTHING, ...problemResponses('not-found', 'conflict') },
      },
    },
    async (request, reply) => {
      if (await registry.disallow(request.query.cidr)) return reply.code(204).send(null);
      throw problem('not-found', `${request.query.cidr} is not among those allowed`);
    },
  );
  app.get(
    RETENTION,
    { schema: { summary: 'Days that records are kept', tags: TAGS, response: { 200: DAYS, ...problemResponses() } } },
    async () => ({ days: await registry.retentionDays() }),
  );
  app.put(
    RETENTION,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Changes how long records are kept; older ones are removed within a day',
        tags: TAGS,
        body: DAYS,
        response: { 204: NOTHING, ...problemResponses('conflict', 'too-large') },
      },
    },
    async (request, reply) => {
      await registry.setRetention(request.body.days);
      return reply.code(204).send(null);
    },
  );
}
