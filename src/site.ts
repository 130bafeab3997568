import { randomUUID } from 'node:crypto';
import { consultedOf } from './domain/consulted.ts';
import type { CostEvent } from './domain/cost-event.ts';
import type { OffsetAt } from './domain/grid.ts';
import { indexOf } from './domain/profile-index.ts';
import type { StateFile } from './domain/store-port.ts';
import type { EpochMs } from './domain/units.ts';
import type { Fleet } from './fleet.ts';
import { variableView } from './live/stored.ts';
import { isoTime } from './protocol/iso-time.ts';
import type { SiteAnalyzer, SiteWire } from './protocol/site-wire.ts';

export type SiteOptions = {
  readonly now: EpochMs;
  readonly offsetAt: OffsetAt;
  readonly version: string;
  /** See {@link instanceOf}. */
  readonly instance: string;
  /** What was entered by hand; null: it cannot be read now. */
  readonly events: readonly CostEvent[] | null;
};

/** What this lector tells a centre of itself: analyzers that are read, and those whose last window is to come. */
export function siteOf(fleet: Fleet, o: SiteOptions): SiteWire {
  const { node, virtuals = [] } = fleet.installation;
  const { version, instance } = o;
  const all = [...fleet.analyzers, ...fleet.leaving.map(({ analyzer }) => analyzer)];
  return {
    ...{ node: node.id, name: node.name, location: node.location, timezone: node.timezone, version, instance },
    now: isoTime(o.now, o.offsetAt),
    analyzers: all.map((analyzer): SiteAnalyzer => {
      // of one that leaves, the configuration of now may not know the profile
      const { profile } = fleet.placeOf(analyzer.id) ?? { profile: fleet.profileOf(analyzer) };
      const { variable } = indexOf(profile);
      const { id, name, location, model, recordingMs } = analyzer;
      return {
        ...{ id, name, location, vendor: profile.vendor, model, recordingMs },
        variables: consultedOf(analyzer).flatMap((code) => {
          const known = variable.get(code);
          return known === undefined ? [] : [variableView({ profile }, known)];
        }),
      };
    }),
    virtuals: virtuals.map(({ id, name, location, of }) => ({ id, name, location, of })),
    events: o.events,
  };
}

/**
 * The UUID of this data folder: made at the first start, and kept from then on. Where the disk does not take it, it is
 * another one at the next start.
 */
export function instanceOf(state: StateFile, failed: (error: unknown) => void): string {
  const known = state.read().instance;
  if (known !== undefined) return known;
  const instance = randomUUID();
  state.update((before) => ({ ...before, instance: before.instance ?? instance })).catch(failed);
  return instance;
}
