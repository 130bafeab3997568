import type { Registry } from '../ports.ts';
import { inWords } from '../schema/failure.ts';
import { createAnalyzers } from './analyzers.ts';
import { createModels } from './models.ts';
import { createNodes } from './nodes.ts';
import type { RegistryParts } from './parts.ts';
import { createSettings } from './settings.ts';
import { createSites } from './sites.ts';
import { createTokens } from './tokens.ts';

/**
 * Nodes, analyzers, models and who may deliver, in PostgreSQL; several processes may change them side by side. What
 * cannot be rejects with CENTRE_REFUSED, a database that is away with CENTRE_UNAVAILABLE.
 */
export function createRegistry(parts: RegistryParts): Registry {
  const models = createModels(parts);
  return inWords<Registry>({
    ...createNodes(parts),
    ...createAnalyzers(parts, models.models),
    ...models,
    ...createSites(parts),
    ...createTokens(parts),
    ...createSettings(parts),
  });
}
