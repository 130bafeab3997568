import type { EpochMs } from '../../domain/units.ts';
import type { Usage } from '../../tariff/charges/context.ts';
import { emptyColumns } from '../../tariff/usage-columns.ts';
import { costTarget, type MeterDeps, usageBetween } from '../cost/cost-target.ts';
import type { ReadUsage } from '../cost/usage-rows.ts';
import type { Subject } from './subjects.ts';

/** What rules know of consumption in a time: the one place where they get it. */
export async function usageOf({ node, id }: Subject, from: EpochMs, to: EpochMs, deps: MeterDeps): Promise<Usage> {
  // a rule looks at what has just been: nothing is looked for in the years after it
  const readUsage: ReadUsage = async (query, places) =>
    query.from > to ? emptyColumns(0, places) : deps.readUsage(query, places);
  return usageBetween(await costTarget(deps, node.id, id), { from, to }, { ...deps, readUsage });
}
