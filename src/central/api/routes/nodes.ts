import { z } from 'zod';
import type { CentreApp, CentreDeps } from '../app-types.ts';
import { problemResponses } from '../problems.ts';
import { NODE, NODE_CHANGE, NODE_PATH, NOTHING, nodeId, nodeView, REMOVE_QUERY, text } from '../schemas.ts';
import { defined } from './defined.ts';
import { existingNode } from './existing.ts';

const TAGS = ['nodes'];
const NODES = '/api/v1/nodes';
const NODE_ROUTE = '/api/v1/nodes/:node';

/** Nodes, the lectors that feed them, and their tokens. */
export async function nodeRoutes(app: CentreApp, { registry }: CentreDeps): Promise<void> {
  app.get(
    NODES,
    {
      schema: {
        summary: 'All nodes',
        tags: TAGS,
        response: { 200: z.object({ nodes: z.array(NODE) }), ...problemResponses() },
      },
    },
    async () => ({ nodes: (await registry.nodes()).map(nodeView) }),
  );
  app.post(
    NODES,
    {
      config: { access: 'change' },
      schema: {
        summary: 'A new node',
        tags: TAGS,
        body: NODE_CHANGE.extend({ id: nodeId }),
        response: { 201: NODE, ...problemResponses('conflict', 'too-large') },
      },
    },
    async (request, reply) => {
      const { id, ...about } = request.body;
      return reply.code(201).send(nodeView(await registry.addNode(id, defined(about))));
    },
  );
  app.get(
    NODE_ROUTE,
    {
      schema: {
        summary: 'One node',
        tags: TAGS,
        params: NODE_PATH,
        response: { 200: NODE, ...problemResponses('not-found') },
      },
    },
    async (request) => nodeView(await existingNode(registry, request.params.node)),
  );
  app.patch(
    NODE_ROUTE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Changes a node',
        tags: TAGS,
        params: NODE_PATH,
        body: NODE_CHANGE,
        response: { 200: NODE, ...problemResponses('not-found', 'conflict', 'too-large') },
      },
    },
    async (request) => {
      const { id } = await existingNode(registry, request.params.node);
      return nodeView(await registry.changeNode(id, defined(request.body)));
    },
  );
  app.delete(
    NODE_ROUTE,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Removes a node',
        tags: TAGS,
        params: NODE_PATH,
        querystring: REMOVE_QUERY,
        response: { 204: NOTHING, ...problemResponses('not-found', 'conflict') },
      },
    },
    async (request, reply) => {
      const { id } = await existingNode(registry, request.params.node);
      await registry.removeNode(id, request.query.records === 'remove');
      return reply.code(204).send(null);
    },
  );
  lectorRoutes(app, registry);
}

function lectorRoutes(app: CentreApp, registry: CentreDeps['registry']): void {
  app.post(
    `${NODE_ROUTE}/replace-lector`,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Lets the lector of another data folder feed the node from now on',
        tags: TAGS,
        params: NODE_PATH,
        response: { 204: NOTHING, ...problemResponses('not-found', 'conflict') },
      },
    },
    async (request, reply) => {
      const { id } = await existingNode(registry, request.params.node);
      await registry.replaceLector(id);
      return reply.code(204).send(null);
    },
  );
  app.post(
    `${NODE_ROUTE}/tokens`,
    {
      config: { access: 'change' },
      schema: {
        summary: 'A new token to deliver with; it is shown this once',
        tags: TAGS,
        params: NODE_PATH,
        body: z.strictObject({ label: text.optional() }).nullish(),
        response: { 201: z.object({ token: z.string() }), ...problemResponses('not-found', 'conflict', 'too-large') },
      },
    },
    async (request, reply) => {
      const { id } = await existingNode(registry, request.params.node);
      const token = await registry.issueNodeToken(id, request.body?.label ?? '');
      return reply.code(201).send({ token });
    },
  );
  app.delete(
    `${NODE_ROUTE}/tokens`,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Revokes all tokens of a node',
        tags: TAGS,
        params: NODE_PATH,
        response: { 200: z.object({ revoked: z.number().int() }), ...problemResponses('not-found', 'conflict') },
      },
    },
    async (request) => {
      const { id } = await existingNode(registry, request.params.node);
      return { revoked: await registry.revokeNodeTokens(id) };
    },
  );
}
