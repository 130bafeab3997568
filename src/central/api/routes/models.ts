import { z } from 'zod';
import type { ModelRow } from '../../ports.ts';
import type { CentreApp, CentreDeps } from '../app-types.ts';
import { problem, problemResponses } from '../problems.ts';
import { MODEL, MODEL_BODY, modelView, NAME_PATH, NOTHING } from '../schemas.ts';

const TAGS = ['models'];
const ONE = '/api/v1/models/:name';

/** Models with what they measure. */
export async function modelRoutes(app: CentreApp, { registry }: CentreDeps): Promise<void> {
  app.get(
    '/api/v1/models',
    {
      schema: {
        summary: 'All models',
        tags: TAGS,
        response: { 200: z.object({ models: z.array(MODEL) }), ...problemResponses() },
      },
    },
    async () => ({ models: (await registry.models()).map(modelView) }),
  );
  app.get(
    ONE,
    {
      schema: {
        summary: 'One model',
        tags: TAGS,
        params: NAME_PATH,
        response: { 200: MODEL, ...problemResponses('not-found') },
      },
    },
    async (request) => {
      return modelView(await existing(registry, request.params.name));
    },
  );
  app.put(
    ONE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Adds or changes a model',
        tags: TAGS,
        params: NAME_PATH,
        body: MODEL_BODY,
        response: { 204: NOTHING, ...problemResponses('conflict', 'too-large') },
      },
    },
    async (request, reply) => {
      await registry.putModel({ name: request.params.name, ...request.body });
      return reply.code(204).send(null);
    },
  );
  app.delete(
    ONE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Removes a model',
        tags: TAGS,
        params: NAME_PATH,
        response: { 204: NOTHING, ...problemResponses('not-found', 'conflict') },
      },
    },
    async (request, reply) => {
      const { name } = await existing(registry, request.params.name);
      await registry.removeModel(name);
      return reply.code(204).send(null);
    },
  );
}

async function existing(registry: CentreDeps['registry'], name: string): Promise<ModelRow> {
  const row = (await registry.models()).find((each) => each.name === name);
  if (row !== undefined) return row;
  throw problem('not-found', 'there is no model of that name; /api/v1/models says which there are');
}
