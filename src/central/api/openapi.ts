import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Access, CentreApp } from './app-types.ts';
import { problemResponses } from './problems.ts';

const ABOUT = `The centre of Lector: records of many sites, each once.
Reading: from this machine, from those that were trusted at start, else with the admin token.
Changing: with the admin token. Delivering: with the token of the node, or from an address that is allowed to.
Failures are problems as in RFC 9457.`;

/** The head of the OpenAPI document. */
export const openapiHead = (version: string) => ({
  openapi: '3.1.0' as const,
  info: { title: 'Lector, the centre', version, description: ABOUT },
  components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
  security: [{}, { token: [] }],
});

type Transform = typeof jsonSchemaTransform;

/** Who may call it, as the document tells it; no token at all is the other way where `{}` stands. */
const SECURITY: Readonly<Record<Access, readonly Readonly<Record<string, string[]>>[]>> = {
  open: [{}],
  read: [{}, { token: [] }],
  change: [{ token: [] }],
  deliver: [{}, { token: [] }],
};

/** A route as the document tells it: who may call it, and what the route reads by itself. */
export const describedRoute: Transform = (input) => {
  const { access = 'read', described = {} } = input.route.config ?? {};
  const { body, rest } = described;
  const params = rest === undefined ? {} : { params: z.object({ [rest]: z.string() }) };
  const { schema, url } = jsonSchemaTransform({ ...input, schema: { ...input.schema, ...params } });
  const content =
    body === undefined ? {} : { body: { content: { [body.type]: { schema: z.toJSONSchema(body.schema) } } } };
  return { schema: { ...schema, ...content, security: SECURITY[access] }, url: url.replace('*', `:${rest}`) };
};

/** The description of all routes. */
export async function openapiRoute(app: CentreApp): Promise<void> {
  app.get(
    '/api/v1/openapi.json',
    {
      config: { access: 'open' },
      schema: {
        summary: 'This description',
        tags: ['about'],
        response: { 200: z.record(z.string(), z.unknown()), ...problemResponses() },
      },
    },
    async () => app.swagger() as unknown as Record<string, unknown>,
  );
}
