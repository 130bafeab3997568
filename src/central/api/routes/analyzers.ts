import { z } from 'zod';
import type { CentreApp, CentreDeps } from '../app-types.ts';
import { problemResponses } from '../problems.ts';
import {
  ANALYZER,
  ANALYZER_CHANGE,
  ANALYZER_PATH,
  analyzerId,
  analyzerView,
  NODE_PATH,
  NOTHING,
  REMOVE_QUERY,
} from '../schemas.ts';
import { defined } from './defined.ts';
import { existingAnalyzer, existingNode } from './existing.ts';

const TAGS = ['analyzers'];
const OF_NODE = '/api/v1/nodes/:node/analyzers';
const ONE = '/api/v1/nodes/:node/analyzers/:analyzer';
const LIST = z.object({ analyzers: z.array(ANALYZER) });

/** Analyzers of the nodes. */
export async function analyzerRoutes(app: CentreApp, { registry }: CentreDeps): Promise<void> {
  app.get(
    '/api/v1/analyzers',
    { schema: { summary: 'All analyzers', tags: TAGS, response: { 200: LIST, ...problemResponses() } } },
    async () => ({ analyzers: (await registry.analyzers(null)).map(analyzerView) }),
  );
  app.get(
    OF_NODE,
    {
      schema: {
        summary: 'Analyzers of a node',
        tags: TAGS,
        params: NODE_PATH,
        response: { 200: LIST, ...problemResponses('not-found') },
      },
    },
    async (request) => {
      const { id } = await existingNode(registry, request.params.node);
      return { analyzers: (await registry.analyzers(id)).map(analyzerView) };
    },
  );
  app.get(
    ONE,
    {
      schema: {
        summary: 'One analyzer',
        tags: TAGS,
        params: ANALYZER_PATH,
        response: { 200: ANALYZER, ...problemResponses('not-found') },
      },
    },
    async (request) => {
      const { node, analyzer } = request.params;
      return analyzerView(await existingAnalyzer(registry, node, analyzer));
    },
  );
  changes(app, registry);
}

function changes(app: CentreApp, registry: CentreDeps['registry']): void {
  app.post(
    OF_NODE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'A new analyzer',
        tags: TAGS,
        params: NODE_PATH,
        body: ANALYZER_CHANGE.extend({ id: analyzerId }),
        response: { 201: ANALYZER, ...problemResponses('not-found', 'conflict', 'too-large') },
      },
    },
    async (request, reply) => {
      const { id, ...about } = request.body;
      const node = await existingNode(registry, request.params.node);
      const row = await registry.addAnalyzer(node.id, id, defined(about));
      return reply.code(201).send(analyzerView(row));
    },
  );
  app.patch(
    ONE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Changes an analyzer',
        tags: TAGS,
        params: ANALYZER_PATH,
        body: ANALYZER_CHANGE,
        response: { 200: ANALYZER, ...problemResponses('not-found', 'conflict', 'too-large') },
      },
    },
    async (request) => {
      const { node, analyzer } = request.params;
      await existingAnalyzer(registry, node, analyzer);
      return analyzerView(await registry.changeAnalyzer(node, analyzer, defined(request.body)));
    },
  );
  app.delete(
    ONE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Removes an analyzer',
        tags: TAGS,
        params: ANALYZER_PATH,
        querystring: REMOVE_QUERY,
        response: { 204: NOTHING, ...problemResponses('not-found', 'conflict') },
      },
    },
    async (request, reply) => {
      const { node, analyzer } = request.params;
      await existingAnalyzer(registry, node, analyzer);
      await registry.removeAnalyzer(node, analyzer, request.query.records === 'remove');
      return reply.code(204).send(null);
    },
  );
}
