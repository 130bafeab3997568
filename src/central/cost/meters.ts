import type { Database } from '../schema/database.ts';
import { inWords } from '../schema/failure.ts';
import { createEvents } from './events.ts';
import type { Meters } from './ports.ts';
import { createVirtuals } from './virtuals.ts';

/** Sums of analyzers and entered events in PostgreSQL; several processes may change them side by side. */
export function createMeters({ database }: { readonly database: Database }): Meters {
  return inWords<Meters>({ ...createVirtuals(database), ...createEvents(database) });
}
