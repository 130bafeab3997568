import { type Destination, destinationsOf } from './domain/destinations.ts';
import type { OffsetAt } from './domain/grid.ts';
import type { AnalyzerConfig, DeviceConfig, Installation } from './domain/installation.ts';
import { scheduleOf } from './domain/meter-spec.ts';
import { passOf } from './domain/pass.ts';
import type { Profile } from './domain/profile.ts';
import { formerGrid, type RecordingGrid } from './domain/recording-grid.ts';
import { readOf } from './domain/reload.ts';
import { changedGrid } from './domain/reload-schedule.ts';
import type { Scheduled } from './domain/schedule.ts';
import type { SmallState, Store } from './domain/store-port.ts';
import type { AnalyzerId, DeviceId, EpochMs } from './domain/units.ts';
import type { Contract } from './tariff/contract.ts';

/** A configuration with the profiles that it needs. */
export type Configuration = {
  readonly installation: Installation;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** What supplies are charged by, by the name that an analyzer gives; absent: none. */
  readonly contracts?: ReadonlyMap<string, Contract>;
};

/** All that a record of an analyzer is made by. */
export type Place = {
  readonly analyzer: AnalyzerConfig;
  readonly scheduled: Scheduled;
  readonly profile: Profile;
};

/**
 * An analyzer that is read no more. open: its last window has not ended; recorded: a record was made of it; written:
 * the record is in the store, and waits for those to whom it is to be sent.
 */
export type Leaving = Place & { readonly phase: 'open' | 'recorded' | 'written' };

/** What is in force: a configuration made ready. A reload puts another one in its place, whole. */
export type Fleet = Configuration & {
  /** Those that are read: enabled devices and the analyzers on them. */
  readonly devices: readonly DeviceConfig[];
  readonly analyzers: readonly AnalyzerConfig[];
  readonly leaving: readonly Leaving[];
  /** When each is read and recorded; those that leave, as long as their window is open. */
  readonly scheduled: readonly Scheduled[];
  /** Where records go, of those that leave too. */
  readonly destinations: readonly Destination[];
  readonly deviceOf: (id: DeviceId) => DeviceConfig | null;
  /** Of those that leave too. */
  readonly placeOf: (id: AnalyzerId) => Place | null;
  readonly profileOf: (analyzer: AnalyzerConfig) => Profile;
};

type Remembering = { readonly state?: { read(): Pick<SmallState, 'leaving'> } };
type Around = { readonly store: Store; readonly now: EpochMs; readonly offsetAt: OffsetAt };

/** What is in force from the start on; who was removed in the run before and not recorded since still leaves. */
export function firstFleet(configuration: Configuration & Remembering, around: Around): Fleet {
  const { analyzers } = readOf(configuration.installation);
  const scheduled = (each: readonly AnalyzerConfig[]) =>
    scheduleOf(each).map((one) => withGrid(one, formerOf(one, around)));
  const left = Object.values(configuration.state?.read().leaving ?? {});
  const leaving = left.flatMap((analyzer): readonly Leaving[] => {
    const profile = configuration.profiles.get(analyzer.profileId);
    const isRead = analyzers.some(({ id }) => id === analyzer.id);
    if (isRead || profile === undefined || !hasUnrecorded(around.store, analyzer.id)) return [];
    return [{ analyzer, profile, scheduled: scheduled([analyzer])[0]!, phase: 'open' }];
  });
  return fleetOf(configuration, scheduled(analyzers), leaving);
}

function hasUnrecorded(store: Store, id: AnalyzerId): boolean {
  const [reading, record] = [store.lastReading(id), store.lastRecord(id)];
  if (reading === null || record === null) return reading !== null;
  return passOf(reading) > passOf(record) || (passOf(reading) === passOf(record) && reading.nominal > record.end);
}

/** What is in force after another configuration took the place of the former one. */
export function nextFleet(former: Fleet, next: Configuration, around: Around): Fleet {
  const installation = inForce(former.installation, next.installation);
  const { analyzers } = readOf(installation);
  const scheduled = scheduleOf(analyzers).map((each) => {
    const place = former.placeOf(each.analyzerId);
    const { recordingMs } = each;
    const grid = place ? changedGrid({ former: place.scheduled, recordingMs, ...around }) : formerOf(each, around);
    return withGrid(each, grid);
  });
  const ids = new Set(analyzers.map(({ id }) => id));
  const gone = former.analyzers.flatMap(({ id }) => {
    const place = ids.has(id) ? null : former.placeOf(id);
    return place ? [{ ...place, phase: 'open' } as const] : [];
  });
  const leaving = former.leaving.filter(({ analyzer }) => !ids.has(analyzer.id));
  return fleetOf({ ...next, installation }, scheduled, [...leaving, ...gone]);
}

/** The same with others that leave. */
export function withLeaving(fleet: Fleet, leaving: readonly Leaving[]): Fleet {
  const ids = new Set(fleet.analyzers.map(({ id }) => id));
  const scheduled = fleet.scheduled.filter(({ analyzerId }) => ids.has(analyzerId));
  return fleetOf(fleet, scheduled, leaving);
}

/** `scheduled` in the order of the analyzers that are read. */
function fleetOf(
  { installation, profiles, contracts = new Map() }: Configuration,
  scheduled: readonly Scheduled[],
  leaving: readonly Leaving[],
): Fleet {
  const { devices, analyzers } = readOf(installation);
  // that every analyzer has its profile was checked when the configuration was read
  const profileOf = ({ profileId }: AnalyzerConfig) => profiles.get(profileId)!;
  const places = new Map<AnalyzerId, Place>([
    ...leaving.map((each) => [each.analyzer.id, each] as const),
    ...analyzers.map(
      (analyzer, index) =>
        [analyzer.id, { analyzer, scheduled: scheduled[index]!, profile: profileOf(analyzer) }] as const,
    ),
  ]);
  const deviceById = new Map(devices.map((device) => [device.id, device]));
  const open = leaving.filter(({ phase }) => phase === 'open');
  return {
    ...{ installation, profiles, contracts, devices, analyzers, leaving, profileOf },
    scheduled: [...scheduled, ...open.map((each) => each.scheduled)],
    destinations: destinationsOf([...analyzers, ...leaving.map(({ analyzer }) => analyzer)]),
    deviceOf: (id) => deviceById.get(id) ?? null,
    placeOf: (id) => places.get(id) ?? null,
  };
}

/** What counts only at a start stays as it was. */
function inForce(former: Installation, next: Installation): Installation {
  const { id, timezone } = former.node;
  const { absoluteTargets } = next.general;
  return {
    ...next,
    general: { ...former.general, absoluteTargets },
    control: former.control,
    node: { ...next.node, id, timezone },
  };
}

/** A changed recording interval takes effect where both grids meet; until then the former one holds. */
function formerOf({ analyzerId, recordingMs }: Scheduled, o: Around): RecordingGrid['before'] {
  const last = o.store.lastRecord(analyzerId);
  const lastReading = o.store.lastReading(analyzerId)?.nominal ?? null;
  return formerGrid({ recordingMs, last, lastReading, now: o.now, offsetAt: o.offsetAt });
}

const withGrid = (scheduled: Scheduled, before: RecordingGrid['before']): Scheduled =>
  before ? { ...scheduled, before } : scheduled;
