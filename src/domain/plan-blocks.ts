import type { LinePace, MeterSpec } from './meter.ts';
import type { Block, Plan } from './plan.ts';
import { requestsOf, type Settled, settleCounts } from './plan-counts.ts';
import { cvmBlocks, cvmMs } from './plan-cvm.ts';
import { type Run, registersMs, runsOf } from './plan-runs.ts';
import { withScale } from './plan-scales.ts';
import type { Profile } from './profile.ts';
import { isDoubtful, type Learnt, type RegisterMap, registerMap } from './register-map.ts';
import { reservedRead } from './reserved-read.ts';
import { GROUPS, type Group, type Wanted, wantedOf } from './wanted.ts';

/** All plans of one meter. Whatever two different requests of them are, they differ in function or count. */
export type MeterPlans = Readonly<Record<Group, Plan>> & {
  /** Registers that cannot be asked safely: longer than the meter allows, or only as long as the reserved read. */
  readonly unplannable: readonly string[];
};

export type MeterPlansInput = {
  readonly profile: Profile;
  readonly consultes: readonly string[];
  readonly rapidConsultes: readonly string[];
  readonly withStatus: boolean;
  readonly invert: boolean;
  readonly pace: LinePace;
  readonly identity: Learnt;
};

/**
 * Plans everything that is ever asked of a meter together, since its answers all come from one unit: the readings of
 * both grids, the scale registers, the signature, and what is read once. Pure; same input, same plans.
 */
export function planMeter(o: MeterPlansInput): MeterPlans {
  const wanted = wantedOf({ ...o, refused: o.identity.refused });
  if (o.profile.protocol === 'cvm') {
    const plan = (group: Group): Plan => ({ blocks: cvmBlocks(o.profile, wanted[group]) });
    return { ...eachGroup(plan), unplannable: [] };
  }
  const map = registerMap(o.profile, o.identity);
  const requests = requestsOf(eachGroup((group) => groupRuns(wanted[group], map, o.pace)));
  const { settled, unplannable } = settleCounts(requests, map);
  const separator = separatorOf(o.profile, o.identity);
  return {
    ...eachGroup((group) => ({ blocks: blocksOf(group, settled, wanted, separator) })),
    unplannable: [...new Set(unplannable.flatMap(({ wants }) => wants.map(({ id }) => id)))],
  };
}

/** The plans for a meter as it is configured, with what was learnt about it. */
export function planFor(spec: MeterSpec, identity: Learnt): MeterPlans {
  const { profile, consultes, rapidConsultes, invert, pace } = spec;
  return planMeter({ profile, consultes, rapidConsultes, withStatus: true, invert, pace, identity });
}

/** The transactions that read these codes, as they are asked when no rapid grid is configured. */
export function planBlocks(o: {
  readonly profile: Profile;
  readonly codes: readonly string[];
  readonly withStatus: boolean;
  readonly pace: LinePace;
  readonly identity: Learnt;
  readonly invert?: boolean;
}): Plan {
  return planMeter({ ...o, consultes: o.codes, rapidConsultes: [], invert: o.invert ?? false }).normal;
}

function eachGroup<T>(make: (group: Group) => T): Readonly<Record<Group, T>> {
  return Object.fromEntries(GROUPS.map((group) => [group, make(group)])) as Record<Group, T>;
}

function groupRuns(ids: readonly string[], map: RegisterMap, pace: LinePace): readonly Run[] {
  const placed = ids.flatMap((id) => map.placed.get(id) ?? []).map((each) => withScale(each, map, pace));
  return ([3, 4] as const).flatMap((fn) =>
    runsOf(
      placed.filter((each) => each.function === fn),
      map,
      pace,
    ),
  );
}

/** Blocks of one plan: by function and address, those that hold nothing but status last. */
function blocksOf(group: Group, settled: readonly Settled[], wanted: Wanted, separator: Block): readonly Block[] {
  const isLate = (ids: readonly string[]) => group === 'normal' && ids.every((id) => wanted.late.has(id));
  const blocks = settled
    .map(({ request, ...rest }) => {
      const registers = request.wants.filter((want) => want.group === group).map(({ id }) => id);
      return { ...rest, registers, late: Number(isLate(registers)) };
    })
    .filter(({ registers }) => registers.length > 0)
    .sort((a, b) => a.late - b.late || a.span.function - b.span.function || a.span.start - b.span.start)
    .flatMap(({ span, separated, registers }): readonly Block[] => {
      const { function: fn, start, end } = span;
      const block: Block = { kind: 'registers', function: fn, address: start, count: end - start, registers };
      return separated ? [separator, block, separator] : [block];
    });
  return blocks.filter((block, index) => block !== separator || blocks[index - 1] !== separator);
}

/** The reserved read as a block that gives nothing: after its answer no older one can come. */
function separatorOf(profile: Profile, learnt: Learnt): Block {
  return { kind: 'registers', ...reservedRead(profile, learnt), registers: [] };
}

/** Whether the meter might refuse the block because of what it covers: it is tried before it is relied on. */
export function isBlockDoubtful(block: Block, profile: Profile, identity: Learnt): boolean {
  if (block.kind === 'cvm') {
    const optional = new Set(profile.registers.filter((register) => register.optional).map(({ id }) => id));
    return block.registers.every((id) => optional.has(id));
  }
  const { function: fn, address, count } = block;
  return isDoubtful(registerMap(profile, identity), { function: fn, start: address, end: address + count });
}

/**
 * Time of one reading by this plan, ms: requests, answers, turnaround of the meter, both silences of each, and `gapMs`
 * after each. TCP counts 0 but for the gaps.
 */
export function planMs(plan: Plan, pace: LinePace, gapMs: number): number {
  const { blocks } = plan;
  return blocks.reduce((sum, block, index) => {
    if (block.kind === 'registers') return sum + registersMs(block.count, pace) + gapMs;
    const before = blocks.at(index - 1);
    const afterEqual = blocks.length > 1 && before?.kind === 'cvm' && before.length === block.length;
    return sum + cvmMs(block, pace, afterEqual) + gapMs * (afterEqual ? 2 : 1);
  }, 0);
}

/** Characters that one reading by this plan puts on the line, both ways, with the RTU or CVM frames around them. */
export function planBytes(plan: Plan): number {
  return Math.round(planMs(plan, { charMs: 1, silenceMs: 0, turnaroundMs: 0 }, 0));
}
