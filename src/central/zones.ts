import type { OffsetAt } from '../domain/grid.ts';

/** Zones kept; there are about 600. */
const ZONES_MAX = 1_000;
const UTC: OffsetAt = () => 0;

/** Offsets of zones by their IANA names, each made once; one that this Node does not know is told in UTC. */
export function createZones(zoneOffset: (timezone: string) => OffsetAt): (timezone: string) => OffsetAt {
  const known = new Map<string, OffsetAt>();
  return (timezone) => {
    const before = known.get(timezone);
    if (before !== undefined) return before;
    if (known.size >= ZONES_MAX) known.clear();
    const offsetAt = offsetOf(timezone, zoneOffset);
    known.set(timezone, offsetAt);
    return offsetAt;
  };
}

function offsetOf(timezone: string, zoneOffset: (timezone: string) => OffsetAt): OffsetAt {
  try {
    return zoneOffset(timezone);
  } catch {
    return UTC;
  }
}
