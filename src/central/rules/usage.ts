import type { EpochMs } from '../../domain/units.ts';
import type { Usage } from '../../tariff/charges/context.ts';
import { costTarget, type MeterDeps, usageBetween } from '../cost/cost-target.ts';
import type { Subject } from './subjects.ts';

/** What rules know of consumption in a time: the one place where they get it. */
export async function usageOf({ node, id }: Subject, from: EpochMs, to: EpochMs, deps: MeterDeps): Promise<Usage> {
  return usageBetween(await costTarget(deps, node.id, id), from, to, deps);
}
