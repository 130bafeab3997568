import { z } from 'zod';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problemResponses } from '../api/problems.ts';
import { existingNode } from '../api/routes/existing.ts';
import { ANALYZER_PATH, NODE_PATH, NOTHING } from '../api/schemas.ts';
import { VIRTUAL, VIRTUAL_BODY, virtualView } from './schemas.ts';

const TAGS = ['cost'];
const OF_NODE = '/api/v1/nodes/:node/virtuals';
const ONE = '/api/v1/nodes/:node/virtuals/:virtual';
const ONE_PATH = z.object({ node: ANALYZER_PATH.shape.node, virtual: ANALYZER_PATH.shape.analyzer });
const LIST = z.object({ virtuals: z.array(VIRTUAL) });

/** Sums of analyzers that are billed like one. */
export async function virtualRoutes(app: CentreApp, { registry, meters }: AppDeps): Promise<void> {
  app.get(
    '/api/v1/virtuals',
    { schema: { summary: 'All virtual meters', tags: TAGS, response: { 200: LIST, ...problemResponses() } } },
    async () => ({ virtuals: (await meters.virtuals(null)).map(virtualView) }),
  );
  app.get(
    OF_NODE,
    {
      schema: {
        summary: 'Virtual meters of a node',
        tags: TAGS,
        params: NODE_PATH,
        response: { 200: LIST, ...problemResponses('not-found') },
      },
    },
    async ({ params }) => {
      const { id } = await existingNode(registry, params.node);
      return { virtuals: (await meters.virtuals(id)).map(virtualView) };
    },
  );
  app.put(
    ONE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Adds or replaces a virtual meter, of a lector that tells none',
        tags: TAGS,
        params: ONE_PATH,
        body: VIRTUAL_BODY,
        response: { 200: VIRTUAL, ...problemResponses('conflict', 'too-large') },
      },
    },
    async ({ params, body }) =>
      virtualView(await meters.putVirtual({ node: params.node, id: params.virtual, ...body })),
  );
  app.delete(
    ONE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Removes a virtual meter that was made here',
        tags: TAGS,
        params: ONE_PATH,
        response: { 204: NOTHING, ...problemResponses('conflict') },
      },
    },
    async ({ params }, reply) => {
      await meters.removeVirtual(params.node, params.virtual);
      return reply.code(204).send(null);
    },
  );
}
