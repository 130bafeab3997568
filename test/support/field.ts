import { createSimulatedMeter, type SimulatedMeter } from '../../drivers/simulated/meter.ts';
import { createSimulatedLine, type SimulatedLine } from '../../drivers/simulated/simulated-line.ts';
import type { AnalyzerConfig, DeviceConfig } from '../../src/domain/installation.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { AnalyzerId, DeviceId } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';
import { deviceConfig, PROFILES } from './installation.ts';

export type FieldLine = {
  readonly id: DeviceId;
  readonly protocol: 'rtu' | 'cvm' | 'tcp';
  readonly device?: Partial<DeviceConfig>;
};

/** Meters and wires that outlive the process that reads them, as those on a wall do. */
export type Field = {
  readonly devices: readonly DeviceConfig[];
  readonly lineOf: (device: DeviceConfig) => SimulatedLine | null;
  readonly lines: ReadonlyMap<DeviceId, SimulatedLine>;
  readonly meters: ReadonlyMap<AnalyzerId, SimulatedMeter>;
  /** The process died: its ports are closed. */
  letGo(): void;
};

const BAUD = { rtu: 19_200, cvm: 9600 } as const;

export function createField(o: {
  readonly clock: Clock;
  readonly lines: readonly FieldLine[];
  readonly analyzers: readonly AnalyzerConfig[];
  readonly timezone?: string;
  readonly seed?: number;
}): Field {
  const { clock, seed = 7 } = o;
  const offsetAt = zoneOffset(o.timezone ?? 'Europe/Madrid');
  const meters = new Map(
    o.analyzers.map(({ id, profileId }) => [
      id,
      createSimulatedMeter({ profile: PROFILES.get(profileId)!, seed, analyzerId: id, offsetAt }),
    ]),
  );
  const devices = o.lines.map(({ id, protocol, device }) =>
    deviceConfig({ id, endpoint: endpointOf(id, protocol), ...device }),
  );
  const lines = new Map(
    o.lines.map(({ id, protocol }, index) => {
      const here = o.analyzers.filter((each) => each.deviceId === id);
      const line = createSimulatedLine({
        description: `field line ${id}`,
        protocol: protocol === 'tcp' ? 'tcp-memory' : protocol,
        baud: protocol === 'tcp' ? 0 : BAUD[protocol],
        meters: here.map((each) => ({ analyzerId: each.id, unit: each.address, meter: meters.get(each.id)! })),
        faults: [],
        clock,
        seed: seed + id,
        lateMs: 1.4 * devices[index]!.timeoutMs,
      });
      return [id, line] as const;
    }),
  );
  return {
    devices,
    lineOf: ({ id }) => lines.get(id) ?? null,
    lines,
    meters,
    letGo() {
      for (const line of lines.values()) void line.close();
    },
  };
}

function endpointOf(id: DeviceId, protocol: FieldLine['protocol']): DeviceConfig['endpoint'] {
  if (protocol === 'tcp') return { type: 'tcp', host: `field-${id}`, port: 502 };
  return { type: 'serial', port: `/dev/field${id}`, baud: BAUD[protocol], bits: 8, parity: 'N', stop: 1 };
}
