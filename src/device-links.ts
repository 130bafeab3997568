import { createSimulatedMeter } from '../drivers/simulated/meter.ts';
import type { PlantMeter } from '../drivers/simulated/plant.ts';
import type { OffsetAt } from './domain/grid.ts';
import type { AnalyzerConfig, DeviceConfig } from './domain/installation.ts';
import type { Clock, LinkObserver } from './domain/ports.ts';
import type { Profile } from './domain/profile.ts';
import type { DeviceId } from './domain/units.ts';
import { createLink, type DeviceLink, type LineOf } from './links.ts';

export type DeviceLinksOptions = {
  readonly devices: readonly DeviceConfig[];
  readonly analyzers: readonly AnalyzerConfig[];
  readonly profileOf: (analyzer: AnalyzerConfig) => Profile;
  readonly clock: Clock;
  readonly offsetAt: OffsetAt;
  readonly observerOf: (id: DeviceId) => LinkObserver;
  readonly inMemory: boolean;
  readonly lineOf?: LineOf;
};

/** The link of every device, by its id. Nothing is opened yet. */
export function createLinks(options: DeviceLinksOptions): ReadonlyMap<DeviceId, DeviceLink> {
  const { devices, analyzers, profileOf, clock, observerOf, inMemory, lineOf = () => null } = options;
  return new Map(
    devices.map((device) => {
      const here = analyzers.filter((each) => each.deviceId === device.id);
      const protocol = here[0] ? profileOf(here[0]).protocol : 'modbus';
      const meters = device.endpoint.type === 'simulated' ? here.map((each) => plantMeter(each, device, options)) : [];
      const link = createLink({ device, protocol, clock, observer: observerOf(device.id), meters, inMemory, lineOf });
      return [device.id, link] as const;
    }),
  );
}

function plantMeter(analyzer: AnalyzerConfig, device: DeviceConfig, o: DeviceLinksOptions): PlantMeter {
  const seed = device.endpoint.type === 'simulated' ? device.endpoint.seed : 0;
  const meter = createSimulatedMeter({
    profile: o.profileOf(analyzer),
    seed,
    analyzerId: analyzer.id,
    offsetAt: o.offsetAt,
  });
  return { analyzerId: analyzer.id, unit: analyzer.address, meter };
}
