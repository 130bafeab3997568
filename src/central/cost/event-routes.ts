import { z } from 'zod';
import type { AppDeps, CentreApp } from '../api/app-types.ts';
import { problemResponses } from '../api/problems.ts';
import { NOTHING, nodeId } from '../api/schemas.ts';
import { EVENT_ID_MAX } from '../registry/site-sums.ts';
import { EVENT, EVENT_BODY, eventOf, eventView } from './event-schemas.ts';
import { queried } from './schemas.ts';

const TAGS = ['cost'];
const EVENTS = '/api/v1/events';
const OF_NODE = z.strictObject({ node: queried(nodeId).optional() });
const WHICH = z.strictObject({
  node: queried(nodeId),
  id: queried(z.number().int().min(1).max(EVENT_ID_MAX)).describe('Of one that was entered here.'),
});

/** What changes the arithmetic of bills: meters that were exchanged, time that is not billed, notes. */
export async function eventRoutes(app: CentreApp, { meters, clock }: AppDeps): Promise<void> {
  app.get(
    EVENTS,
    {
      schema: {
        summary: 'What was entered by hand, at the sites and here',
        tags: TAGS,
        querystring: OF_NODE,
        response: { 200: z.object({ events: z.array(EVENT) }), ...problemResponses() },
      },
    },
    async ({ query }) => ({ events: (await meters.events(query.node ?? null)).map(eventView) }),
  );
  app.post(
    EVENTS,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Enters that a meter was exchanged, that time is not billed, or a note',
        tags: TAGS,
        body: EVENT_BODY,
        response: { 201: EVENT, ...problemResponses('conflict', 'too-large') },
      },
    },
    async ({ body }, reply) => {
      const row = await meters.addEvent(body.node, eventOf(body, clock.now()));
      return reply.code(201).send(eventView(row));
    },
  );
  app.delete(
    EVENTS,
    {
      config: { access: 'change' },
      schema: {
        summary: 'Takes back what was entered here',
        tags: TAGS,
        querystring: WHICH,
        response: { 204: NOTHING, ...problemResponses('conflict') },
      },
    },
    async ({ query }, reply) => {
      await meters.removeEvent(query.node, query.id);
      return reply.code(204).send(null);
    },
  );
}
