import { z } from 'zod';
import { CENTRE_PATHS, type CentreAbout } from '../../../protocol/centre-wire.ts';
import type { CentreApp, CentreDeps } from '../app-types.ts';
import { problem, problemResponses } from '../problems.ts';
import { isoOf } from '../schemas.ts';
import { BATCH } from './batch.ts';

const ABOUT = z.object({
  product: z.literal('lector'),
  role: z.literal('centre'),
  version: z.string(),
  api: z.literal(1),
  batch: z.object({
    records: z.number().int(),
    bytes: z.number().int().describe('as sent'),
    unpackedBytes: z.number().int(),
  }),
  now: z.string(),
});

/** What it is, and whether it works: open to all. */
export async function aboutRoutes(app: CentreApp, { clock, version, isDatabaseUp }: CentreDeps): Promise<void> {
  app.get(
    CENTRE_PATHS.about,
    {
      config: { access: 'open' },
      schema: { summary: 'What this is', tags: ['about'], response: { 200: ABOUT, ...problemResponses() } },
    },
    async (): Promise<CentreAbout> => {
      const now = isoOf(clock.now());
      return { product: 'lector', role: 'centre', version, api: 1, batch: BATCH, now };
    },
  );
  app.get(
    '/api/v1/health',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Whether it works, for load balancers',
        tags: ['about'],
        response: { 200: z.object({ database: z.literal('up') }), ...problemResponses() },
      },
    },
    async () => {
      if (isDatabaseUp()) return { database: 'up' as const };
      throw problem('unavailable', 'the database of the centre does not answer now');
    },
  );
}
