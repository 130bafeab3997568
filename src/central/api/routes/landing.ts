import { z } from 'zod';
import type { CentreApp, CentreDeps } from '../app-types.ts';
import { LANDING_CSP, landingPage } from '../landing-page.ts';
import { problemResponses } from '../problems.ts';

/** The page at `/`: sites, analyzers and their last records. */
export async function landingRoute(app: CentreApp, deps: CentreDeps): Promise<void> {
  const { registry, history, clock, version } = deps;
  app.get(
    '/',
    {
      schema: {
        summary: 'A page for people',
        tags: ['about'],
        response: {
          200: { description: 'HTML', content: { 'text/html': { schema: z.string() } } },
          ...problemResponses(),
        },
      },
    },
    async (request, reply) => {
      const [nodes, analyzers, latest] = await Promise.all([
        registry.nodes(),
        registry.analyzers(null),
        history.latest(null),
      ]);
      const origin = `${request.protocol}://${request.host}`;
      const page = landingPage({ nodes, analyzers, latest, version, now: clock.now(), origin });
      return reply.header('content-security-policy', LANDING_CSP).type('text/html; charset=utf-8').send(page);
    },
  );
}
