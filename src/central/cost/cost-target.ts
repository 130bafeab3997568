import type { CostEvent } from '../../domain/cost-event.ts';
import type { Quantity } from '../../domain/profile.ts';
import { safe } from '../../domain/safe.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { VirtualTerm } from '../../domain/virtual.ts';
import type { Usage } from '../../tariff/charges/context.ts';
import { type EnteredSpan, type EnteredTerm, usageSteps } from '../../tariff/entered.ts';
import type { AppDeps } from '../api/app-types.ts';
import { problem } from '../api/problems.ts';
import { existingNode } from '../api/routes/existing.ts';
import type { AnalyzerRow } from '../ports.ts';
import { inTurns } from './in-turns.ts';
import { billedVariables } from './usage-records.ts';
import { toldBetween, usageFrom } from './usage-told.ts';

export type MeterDeps = Pick<AppDeps, 'registry' | 'meters' | 'zoneOffset' | 'readUsage'>;

/** An analyzer of a target, with what was entered for it at its site and here. */
export type TargetTerm = {
  readonly sign: VirtualTerm['sign'];
  readonly analyzer: AnalyzerRow;
  readonly events: readonly CostEvent[];
};

/** Whose cost it is: an analyzer, or a sum of several. */
export type CostTarget = {
  readonly node: number;
  readonly id: number;
  readonly name: string;
  /** `1 - 5`; null: it is an analyzer. */
  readonly of: string | null;
  /** Of the node: people entered events by its clocks. */
  readonly timezone: string;
  readonly terms: readonly TargetTerm[];
};

/**
 * The analyzer or the virtual meter of that id. Rejects with the problem `not-found` where there is none, or where an
 * analyzer of the sum is not here; `conflict` where it is both.
 */
export async function costTarget(deps: MeterDeps, node: number, id: number): Promise<CostTarget> {
  const { registry, meters } = deps;
  const { timezone } = await existingNode(registry, node);
  const [analyzer, virtual] = await Promise.all([registry.analyzer(node, id), meters.virtual(node, id)]);
  if (analyzer !== null && virtual !== null) throw problem('conflict', bothWords(node, id));
  const target = { node, id, timezone };
  if (analyzer !== null) {
    const terms = await withEvents(meters, [{ sign: 1, analyzer }]);
    return { ...target, name: analyzer.name, of: null, terms };
  }
  if (virtual === null) {
    const lists = '/api/v1/analyzers and /api/v1/virtuals say which there are';
    throw problem('not-found', `node ${node} has no analyzer ${id}, and no virtual meter; ${lists}`);
  }
  const parts = await Promise.all(
    virtual.terms.map(async ({ sign, id: part }) => {
      const row = await registry.analyzer(node, part);
      if (row !== null) return { sign, analyzer: row };
      const words = `analyzer ${part} of node ${node} is not here`;
      throw problem('not-found', `${words}: the virtual meter ${id} (${safe(virtual.of, 60)}) cannot be told`);
    }),
  );
  return { ...target, name: virtual.name, of: virtual.of, terms: await withEvents(meters, parts) };
}

const BILLED: readonly Quantity[] = ['activeEnergyImport', 'activeEnergyTotal', 'activePower'];

/** The same, of what can be billed: probes of temperatures have no cost. Else it rejects with `conflict`. */
export async function billedTarget(deps: MeterDeps, node: number, id: number): Promise<CostTarget> {
  const target = await costTarget(deps, node, id);
  const isBilled = ({ analyzer }: TargetTerm) =>
    billedVariables(analyzer).some(({ quantity }) => BILLED.includes(quantity));
  const other = target.terms.find((term) => !isBilled(term));
  if (other === undefined) return target;
  const words = 'tells neither active energy nor power, which a cost is made of';
  throw problem('conflict', `analyzer ${other.analyzer.id} of node ${node} ${words}`);
}

/** Analyzers of one node. */
async function withEvents(
  meters: MeterDeps['meters'],
  parts: readonly Omit<TargetTerm, 'events'>[],
): Promise<readonly TargetTerm[]> {
  const node = parts[0]?.analyzer.node ?? 0;
  const entered = await meters.events(
    node,
    parts.map(({ analyzer }) => analyzer.id),
  );
  return parts.map((part) => ({
    ...part,
    events: entered.map(({ event }) => event).filter(({ analyzerId }) => analyzerId === part.analyzer.id),
  }));
}

function bothWords(node: number, id: number): string {
  const todo = 'give the virtual meter another id, or remove the analyzer';
  return `node ${node} has an analyzer ${id} and a virtual meter ${id}: which one is meant cannot be told; ${todo}`;
}

type Times = { readonly from: EpochMs; readonly to: EpochMs };
/** `billedBy`: by whose days, where they are billed. */
type ToldTimes = Times & Partial<Pick<EnteredSpan, 'billedBy'>>;

/** Times of events are by the clocks of the site. */
export const enteredSpan = (
  { timezone: zone }: Pick<CostTarget, 'timezone'>,
  { zoneOffset }: Pick<MeterDeps, 'zoneOffset'>,
  { from, to, billedBy = [] }: ToldTimes,
): EnteredSpan => ({ from, to, offsetAt: zoneOffset(zone), zone, billedBy });

/** What a target used in a time, and somewhat around it, with what was entered for it; events of `told` are told. */
export async function usageBetween(
  target: CostTarget,
  of: Times,
  deps: MeterDeps,
  told: ToldTimes = of,
): Promise<Usage> {
  const terms: EnteredTerm[] = [];
  // one after the other: the records of one are let go before those of the next are read
  for (const { sign, analyzer, events } of target.terms) {
    const usage = await usageFrom(await toldBetween(analyzer, of.from, of.to, deps), analyzer, events);
    terms.push({ sign, id: analyzer.id, usage, events });
  }
  return inTurns(usageSteps(terms, enteredSpan(target, deps, told)));
}
