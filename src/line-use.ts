import type { AnalyzerConfig, DeviceConfig, Installation } from './domain/installation.ts';
import type { LinePace } from './domain/meter.ts';
import { meterSpec } from './domain/meter-spec.ts';
import { paceOf } from './domain/pace.ts';
import type { Plan } from './domain/plan.ts';
import { planBytes, planFor, planMs } from './domain/plan-blocks.ts';
import type { Profile } from './domain/profile.ts';
import { type Learnt, NOTHING_LEARNT } from './domain/register-map.ts';

/** Above this share of the time a line has no room left for retries and silent meters. */
const TIGHT_ABOVE = 0.8;
const BAUDS = [9600, 19_200, 38_400, 57_600, 115_200] as const;
/** What Modbus TCP needs around a request and its answer beyond RTU: MBAP headers for checksums. */
const TCP_EXTRA_BYTES = 8;

/** What one grid of an analyzer asks of its line. */
export type GridUse = {
  readonly grid: 'normal' | 'rapid';
  readonly blocks: Plan['blocks'];
  readonly registers: number;
  readonly bytes: number;
  readonly ms: number;
  readonly everyMs: number;
};

export type AnalyzerUse = {
  readonly id: number;
  readonly name: string;
  readonly model: string;
  readonly address: number;
  readonly consultes: readonly string[];
  readonly grids: readonly GridUse[];
  /** Registers that cannot be asked of this meter in one piece. */
  readonly unplannable: readonly string[];
};

export type Verdict = 'fits' | 'tight' | 'doesNotFit' | 'disabled' | 'unused';

export type DeviceUse = {
  readonly id: number;
  readonly device: DeviceConfig;
  readonly analyzers: readonly AnalyzerUse[];
  /** Share of the time that the line is busy: 1 is all of it. */
  readonly load: number;
  readonly verdict: Verdict;
  /** What would make it fit; empty when it does. */
  readonly remedy: string;
};

/** What is known of a meter that was connected before: where its blocks are split. */
export type LearntOf = (analyzer: AnalyzerConfig) => Learnt;

/**
 * How every device of an installation would be used, in the order of the file; without `learntOf`, where no meter
 * refuses anything. Pure.
 */
export function linesUse(
  installation: Installation,
  profiles: ReadonlyMap<string, Profile>,
  learntOf: LearntOf = () => NOTHING_LEARNT,
): readonly DeviceUse[] {
  return installation.devices.map((device) => {
    const own = installation.analyzers.filter(({ deviceId }) => deviceId === device.id);
    return deviceUse(device, own, profiles, learntOf);
  });
}

function deviceUse(
  device: DeviceConfig,
  own: readonly AnalyzerConfig[],
  profiles: ReadonlyMap<string, Profile>,
  learntOf: LearntOf,
): DeviceUse {
  const useAt = (pace: LinePace, gapMs = device.gapMs) =>
    own.flatMap((analyzer) => {
      const profile = profiles.get(analyzer.profileId);
      return profile === undefined
        ? []
        : [analyzerUse({ analyzer, device: { ...device, gapMs }, profile, pace, learnt: learntOf(analyzer) })];
    });
  const analyzers = useAt(paceOf(device));
  const load = loadOf(analyzers);
  const verdict = verdictOf(device, own.length, load);
  const remedy = verdict === 'tight' || verdict === 'doesNotFit' ? remedyFor(device, analyzers, load, useAt) : '';
  return { id: device.id, device, analyzers, load, verdict, remedy };
}

type Asked = {
  readonly analyzer: AnalyzerConfig;
  readonly device: DeviceConfig;
  readonly profile: Profile;
  readonly pace: LinePace;
  readonly learnt: Learnt;
};

function analyzerUse({ analyzer, device, profile, pace, learnt }: Asked): AnalyzerUse {
  const spec = { ...meterSpec(analyzer, device, profile), pace };
  const plans = planFor(spec, learnt);
  const use = (grid: GridUse['grid'], everyMs: number): GridUse => {
    const { blocks } = plans[grid];
    const registers = blocks.reduce((sum, block) => sum + (block.kind === 'registers' ? block.count : 0), 0);
    const extra = isTcp(device) ? TCP_EXTRA_BYTES * blocks.length : 0;
    const ms = planMs(plans[grid], pace, device.gapMs);
    return { grid, blocks, registers, bytes: planBytes(plans[grid]) + extra, ms, everyMs };
  };
  const { id, name, address, consultes, rapid } = analyzer;
  return {
    id,
    name,
    model: profile.model,
    address,
    consultes: [...consultes, ...(rapid?.consultes ?? [])],
    grids: [use('normal', analyzer.readingMs), ...(rapid === null ? [] : [use('rapid', rapid.readingMs)])],
    unplannable: plans.unplannable,
  };
}

/** True where bytes take no time worth counting. */
export const isTcp = ({ endpoint }: DeviceConfig): boolean =>
  endpoint.type === 'tcp' || (endpoint.type === 'simulated' && endpoint.protocol === 'tcp');

const loadOf = (analyzers: readonly AnalyzerUse[]): number =>
  analyzers.flatMap(({ grids }) => grids).reduce((sum, { ms, everyMs }) => sum + ms / everyMs, 0);

function verdictOf(device: DeviceConfig, analyzers: number, load: number): Verdict {
  if (!device.enabled) return 'disabled';
  if (analyzers === 0) return 'unused';
  if (load > 1) return 'doesNotFit';
  return load > TIGHT_ABOVE ? 'tight' : 'fits';
}

function remedyFor(
  device: DeviceConfig,
  analyzers: readonly AnalyzerUse[],
  load: number,
  useAt: (pace: LinePace, gapMs?: number) => readonly AnalyzerUse[],
): string {
  const slowest = Math.max(...analyzers.flatMap(({ grids }) => grids.map(({ everyMs }) => everyMs)));
  const seconds = Math.ceil((slowest / 1000) * (load / TIGHT_ABOVE));
  const ways = [`read every ${seconds} s (tempslectura)`];
  const { endpoint } = device;
  if (endpoint.type === 'serial' || (endpoint.type === 'simulated' && endpoint.protocol !== 'tcp')) {
    const fits = (baud: number) => loadOf(useAt(paceOf({ endpoint: { ...endpoint, baud } }))) <= TIGHT_ABOVE;
    const baud = BAUDS.find((each) => each > endpoint.baud && fits(each));
    if (baud !== undefined) ways.push(`set the meters and the line to ${baud} baud`);
  }
  if (device.gapMs > 0 && loadOf(useAt(paceOf(device), 0)) <= TIGHT_ABOVE) ways.push('shorten <gap>');
  if (analyzers.length > 1) ways.push('move some analyzers to a line of their own');
  return `${ways.slice(0, -1).join(', ')}${ways.length > 1 ? ' or ' : ''}${ways.at(-1)}`;
}
