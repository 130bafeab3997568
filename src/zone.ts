import type { OffsetAt } from './domain/grid.ts';
import type { EpochMs } from './domain/units.ts';

export { zoneOffset } from './domain/zone-offset.ts';

/** An instant as people of the zone write it: "2026-11-25 12:15:00". */
export function localText(instant: EpochMs, offsetAt: OffsetAt): string {
  return new Date(instant + offsetAt(instant)).toISOString().slice(0, 19).replace('T', ' ');
}
