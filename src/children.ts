import type { DeviceInput } from '../machines/device-setup.ts';
import { type Child, type Children, childName } from '../machines/supervision.ts';
import type { AnalyzerConfig, DeviceConfig } from './domain/installation.ts';
import { meterSpec } from './domain/meter-spec.ts';
import type { Profile } from './domain/profile.ts';
import type { Memory } from './memory.ts';

export type ChildrenOptions = {
  readonly devices: readonly DeviceConfig[];
  readonly analyzers: readonly AnalyzerConfig[];
  readonly profileOf: (analyzer: AnalyzerConfig) => Profile;
  readonly memory: Memory;
  /** Whether analyzers that nobody paused begin at once. */
  readonly autoStart: boolean;
  readonly exporterIds: readonly string[];
};

/** Everything that the root supervises, by name: lines first, so that analyzers find theirs. */
export function childrenOf(o: ChildrenOptions): Children {
  const deviceOf = new Map(o.devices.map((device) => [device.id, device]));
  const all: readonly Child[] = [
    ...o.devices.map((device): Child => ({ kind: 'device', input: deviceInput(device, o.analyzers) })),
    ...o.analyzers.flatMap((analyzer): readonly Child[] => {
      const device = deviceOf.get(analyzer.deviceId);
      return device ? [analyzerChild(analyzer, device, o)] : [];
    }),
    ...o.exporterIds.map((exporterId): Child => ({ kind: 'delivery', input: { exporterId } })),
  ];
  return Object.fromEntries(all.map((child) => [childName(child), child]));
}

function deviceInput(device: DeviceConfig, analyzers: readonly AnalyzerConfig[]): DeviceInput {
  const { type } = device.endpoint;
  return {
    deviceId: device.id,
    kind: type === 'tcp' || type === 'rtu-tcp' ? 'tcp' : 'serial',
    analyzers: analyzers.filter((each) => each.deviceId === device.id).map((each) => each.id),
    closeAfterPoll: device.closeAfterPoll,
  };
}

function analyzerChild(analyzer: AnalyzerConfig, device: DeviceConfig, o: ChildrenOptions): Child {
  const pause = o.memory.pauseOf(analyzer.id);
  return {
    kind: 'analyzer',
    input: {
      spec: meterSpec(analyzer, device, o.profileOf(analyzer)),
      readingMs: analyzer.readingMs,
      rapidMs: analyzer.rapid?.readingMs ?? null,
      identity: o.memory.identityOf(analyzer.id),
      mode: pause ? 'paused' : o.autoStart ? 'running' : 'stopped',
      pausedUntil: pause?.until ?? null,
      pausedBy: pause?.by ?? null,
    },
  };
}
