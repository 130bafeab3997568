import { createSimulatedMeter } from '../drivers/simulated/meter.ts';
import type { PlantMeter } from '../drivers/simulated/plant.ts';
import { LectorError } from './domain/errors.ts';
import type { OffsetAt } from './domain/grid.ts';
import type { AnalyzerConfig, DeviceConfig, FaultKind } from './domain/installation.ts';
import type { Clock, Link, LinkObserver } from './domain/ports.ts';
import type { AnalyzerId, DeviceId } from './domain/units.ts';
import type { Fleet } from './fleet.ts';
import { createLink, type DeviceLink, type LineOf } from './links.ts';
import { within } from './within.ts';

export type LinksOptions = {
  readonly fleet: () => Fleet;
  readonly clock: Clock;
  readonly offsetAt: OffsetAt;
  readonly observerOf: (id: DeviceId) => LinkObserver;
  /** Sees what goes over each link. */
  readonly watch?: (id: DeviceId, link: Link) => Link;
  readonly inMemory: boolean;
  readonly lineOf: LineOf;
};

/** The links of the devices that are in force. */
export type Links = {
  /** The link of a device; of one that is there no more, a link that refuses everything. */
  linkOf(id: DeviceId): Link;
  /** False: the meter is real, is not there, or its line was never open. */
  fault(analyzerId: AnalyzerId, kind: FaultKind, forMs: number): boolean;
  /**
   * Makes the links of devices that are new in the fleet and of those in `anew`; nothing is opened. The others keep
   * theirs, with other simulated meters on it where `touched` names them. Returns what ends those that are used no
   * more, to be called when nobody uses them: until that is done, no new one opens.
   */
  change(anew: ReadonlySet<DeviceId>, touched: ReadonlySet<AnalyzerId>): () => Promise<void>;
  /** Closes what was not closed in order, and ends all. */
  end(): Promise<void>;
};

/** Longest that anybody waits for a line that does not close. */
const CLOSE_MS = 250;

type Made = { readonly own: DeviceLink; readonly link: Link; readonly meters: readonly PlantMeter[] };

export function createLinks(o: LinksOptions): Links {
  const { fleet, clock } = o;
  const links = new Map<DeviceId, Made>();
  /** Settles when the links of before are closed: two devices may have exchanged their ports. */
  let closed: Promise<void> = Promise.resolve();
  const metersOf = (device: DeviceConfig, former: readonly PlantMeter[], touched: ReadonlySet<AnalyzerId>) =>
    device.endpoint.type === 'simulated' ? plantMeters(device, { ...o, former, touched }) : [];

  const make = (device: DeviceConfig): Made => {
    const { analyzers, profileOf } = fleet();
    const first = analyzers.find((each) => each.deviceId === device.id);
    const protocol = first ? profileOf(first).protocol : 'modbus';
    const meters = metersOf(device, [], new Set());
    // what is heard of a line that was replaced is not about the one in its place
    const isInForce = () => links.get(device.id)?.own === own;
    const observer = whileTrue(o.observerOf(device.id), isInForce);
    const { inMemory, lineOf } = o;
    const own: DeviceLink = createLink({ device, protocol, clock, observer, meters, inMemory, lineOf });
    const before = closed;
    const open = async () => {
      await before;
      if (!isInForce()) await refuse();
      await own.link.open();
      if (!isInForce()) await own.link.close();
    };
    return { own, meters, link: (o.watch ?? asItIs)(device.id, { ...own.link, open }) };
  };

  const change: Links['change'] = (anew, touched) => {
    const { devices, deviceOf } = fleet();
    const ending = [...links].filter(([id]) => anew.has(id) || deviceOf(id) === null);
    const { promise, resolve } = Promise.withResolvers<void>();
    if (ending.length > 0) closed = promise;
    for (const [id] of ending) links.delete(id);
    for (const device of devices) {
      const known = links.get(device.id);
      if (known === undefined) links.set(device.id, make(device));
      else {
        const meters = metersOf(device, known.meters, touched);
        if (isSameList(meters, known.meters)) continue;
        known.own.populate(meters);
        links.set(device.id, { ...known, meters });
      }
    }
    return async () => {
      await Promise.allSettled(ending.map(([, { own }]) => within(own.link.close(), CLOSE_MS, clock)));
      resolve();
      await Promise.allSettled(ending.map(([, { own }]) => own.end()));
    };
  };

  change(new Set(), new Set());
  return {
    linkOf: (id) => links.get(id)?.link ?? GONE,
    fault(analyzerId, kind, forMs) {
      const device = fleet().analyzers.find(({ id }) => id === analyzerId)?.deviceId;
      return device !== undefined && (links.get(device)?.own.fault(analyzerId, kind, forMs) ?? false);
    },
    change,
    async end() {
      await Promise.allSettled([...links.values()].map(({ own }) => within(own.link.close(), CLOSE_MS, clock)));
      await Promise.allSettled([...links.values()].map(({ own }) => own.end()));
    },
  };
}

const asItIs = (_: DeviceId, link: Link): Link => link;

const refuse = () => Promise.reject(new LectorError('LINE_CLOSED', 'its device is configured no more'));
const GONE: Link = { open: refuse, transact: refuse, close: async () => {} };

function isSameList<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

function whileTrue({ onEvent, onFrame, onLost }: LinkObserver, isTrue: () => boolean): LinkObserver {
  const guarded =
    <T>(tell: (of: T) => void) =>
    (of: T) => {
      if (isTrue()) tell(of);
    };
  return {
    ...(onEvent && { onEvent: guarded(onEvent) }),
    ...(onFrame && { onFrame: guarded(onFrame) }),
    ...(onLost && { onLost: guarded(onLost) }),
  };
}

type Populating = Pick<LinksOptions, 'fleet' | 'offsetAt'> & {
  readonly former: readonly PlantMeter[];
  readonly touched: ReadonlySet<AnalyzerId>;
};

/** The simulated meters of a device; those that were there and are not touched stay as they are. */
function plantMeters(device: DeviceConfig, o: Populating): readonly PlantMeter[] {
  const here = o.fleet().analyzers.filter((each) => each.deviceId === device.id);
  const known = new Map(o.former.map((each) => [each.analyzerId, each]));
  return here.map((each) => (o.touched.has(each.id) ? null : known.get(each.id)) ?? plantMeter(each, device, o));
}

function plantMeter(analyzer: AnalyzerConfig, device: DeviceConfig, { fleet, offsetAt }: Populating): PlantMeter {
  const seed = device.endpoint.type === 'simulated' ? device.endpoint.seed : 0;
  const profile = fleet().profileOf(analyzer);
  const meter = createSimulatedMeter({ profile, seed, analyzerId: analyzer.id, offsetAt });
  return { analyzerId: analyzer.id, unit: analyzer.address, meter };
}
