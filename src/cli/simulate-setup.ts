import type { PlantMeter } from '../../drivers/simulated/plant.ts';
import { LectorError } from '../domain/errors.ts';
import { FAULT_KINDS, type FaultKind, type Installation, type SimulatedFault } from '../domain/installation.ts';
import type { Profile } from '../domain/profile.ts';

/** Meters that share one line: one pseudo-terminal, or one TCP port. */
export type SimulatedGroup = {
  /** Empty, or what tells the groups of a configuration apart: the device's id. */
  readonly name: string;
  readonly protocol: 'rtu' | 'cvm';
  readonly baud: number;
  readonly meters: readonly PlantMeter[];
  readonly faults: readonly SimulatedFault[];
};

/** What makes a meter of a profile; injected, because this file decides only. */
type Build = (profile: Profile, analyzerId: number, seed: number) => PlantMeter['meter'];
type Find = (model: string) => Profile | null;
/** Names of models there are, for sentences. */
type Known = readonly string[];

const USUAL_SEED = 1;

/** `PM710@1` as model and address; the address is 1 where it is left out. Throws USAGE. */
export function parseModel(text: string): { readonly model: string; readonly address: number } {
  const [, model = '', address = '1'] = /^([^@]+)(?:@(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const unit = Number(address);
  if (model !== '' && unit >= 1 && unit <= 247) return { model, address: unit };
  throw new LectorError('USAGE', `--model needs MODEL@ADDRESS with an address from 1 to 247, not "${text}"`);
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `60s`, `500ms`, `2m`, `1h`, `60` (seconds) in ms; null when it is none of them. */
function durationMs(text: string): number | null {
  const [, amount, unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|min|h)?$/.exec(text.trim()) ?? [];
  return amount === undefined ? null : Number(amount) * (UNITS_MS[unit] ?? 1000);
}

/** `2:late:60s:30s`: analyzer 2 answers late from 60 s after the start, for 30 s. Throws USAGE. */
export function parseFault(text: string): SimulatedFault {
  const [analyzer = '', kind = '', from = '', during = ''] = text.split(':').map((part) => part.trim());
  const fromMs = durationMs(from);
  const forMs = durationMs(during);
  const known = FAULT_KINDS.find((each): each is FaultKind => each === kind);
  const whole = /^\d{1,6}$/.test(analyzer) && text.split(':').length === 4;
  if (whole && known !== undefined && fromMs !== null && forMs !== null) {
    return { analyzerId: Number(analyzer), kind: known, fromMs, forMs };
  }
  throw new LectorError(
    'USAGE',
    `--fault needs ANALYZER:KIND:FROM:FOR such as 2:late:60s:30s, not "${text}"; kinds are ${FAULT_KINDS.join(', ')}`,
  );
}

type Wanted = {
  readonly models: readonly string[];
  readonly faults: readonly SimulatedFault[];
  readonly baud: number | undefined;
  readonly seed: number | undefined;
};

/** One line with the meters that were named on the command line; their id is their address. Throws USAGE. */
export function groupOfModels(wanted: Wanted, find: Find, build: Build, known: Known): SimulatedGroup {
  const seed = wanted.seed ?? USUAL_SEED;
  const meters = wanted.models.map(parseModel).map(({ model, address }) => {
    const profile = find(model);
    if (profile === null) {
      throw new LectorError('USAGE', `no profile for the model "${model}"; there are ${known.join(', ')}`, { model });
    }
    return { analyzerId: address, unit: address, meter: build(profile, address, seed) };
  });
  const twice = meters.find((each, n) => meters.findIndex((other) => other.unit === each.unit) !== n);
  if (twice !== undefined) {
    throw new LectorError('USAGE', `two meters have the address ${twice.unit}: give each its own, such as PM710@2`);
  }
  const group = groupOf('', meters, wanted.baud);
  for (const fault of wanted.faults) checkFault(fault, [group]);
  return { ...group, faults: wanted.faults };
}

/** The meters of a configuration, line by line; lines without analyzers are left out. Throws USAGE. */
export function groupsOfInstallation(
  installation: Installation,
  wanted: Omit<Wanted, 'models'>,
  profiles: ReadonlyMap<string, Profile>,
  build: Build,
): readonly SimulatedGroup[] {
  const groups = installation.devices.flatMap((device) => {
    const { endpoint } = device;
    const simulated = endpoint.type === 'simulated' ? endpoint : null;
    const seed = wanted.seed ?? simulated?.seed ?? USUAL_SEED;
    const meters = installation.analyzers
      .filter((analyzer) => analyzer.deviceId === device.id)
      .flatMap(({ id, address, profileId }) => {
        const profile = profiles.get(profileId);
        return profile === undefined ? [] : [{ analyzerId: id, unit: address, meter: build(profile, id, seed) }];
      });
    if (meters.length === 0) return [];
    const baud = endpoint.type === 'serial' ? endpoint.baud : simulated?.baud;
    const group = groupOf(String(device.id), meters, wanted.baud ?? baud);
    return [{ ...group, faults: simulated?.faults ?? [] }];
  });
  for (const fault of wanted.faults) checkFault(fault, groups);
  return groups.map((group) => ({
    ...group,
    faults: [...group.faults, ...wanted.faults.filter((fault) => has(group, fault))],
  }));
}

const has = (group: SimulatedGroup, fault: SimulatedFault): boolean =>
  group.meters.some((each) => each.analyzerId === fault.analyzerId);

function checkFault(fault: SimulatedFault, groups: readonly SimulatedGroup[]): void {
  if (groups.some((group) => has(group, fault))) return;
  const there = groups.flatMap((group) => group.meters.map((each) => each.analyzerId)).join(', ');
  throw new LectorError(
    'USAGE',
    `--fault names analyzer ${fault.analyzerId}, which is not simulated; there are ${there}`,
  );
}

function groupOf(name: string, meters: readonly PlantMeter[], baud: number | undefined): SimulatedGroup {
  const protocols = new Set(meters.map((each) => each.meter.profile.protocol));
  if (protocols.size > 1) {
    const words = 'meters of the CVM ASCII protocol and Modbus meters cannot share a line: simulate them one by one';
    throw new LectorError('USAGE', words);
  }
  const first = meters[0]?.meter.profile;
  const protocol = first?.protocol === 'cvm' ? 'cvm' : 'rtu';
  return { name, protocol, baud: baud ?? first?.serial.baud ?? 19_200, meters, faults: [] };
}
