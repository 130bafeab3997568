import { beginOf, type CostEvent, eventWords } from '../domain/cost-event.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import type { Usage } from './charges/context.ts';
import { unbilledOf } from './events.ts';
import { allSteps } from './steps.ts';
import { combinedSteps } from './virtual.ts';

/** What an analyzer of a sum used, with what was entered by hand for it; its exchanges are in `usage` already. */
export type EnteredTerm = {
  readonly sign: 1 | -1;
  readonly id: AnalyzerId;
  readonly usage: Usage;
  readonly events: readonly CostEvent[];
};

/** The time whose events are told; `offsetAt` of the clocks that people entered them by, which `zone` names. */
export type EnteredSpan = {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly offsetAt: OffsetAt;
  readonly zone: string;
  /** Whose days the bills are of: where any of them differ from those clocks, times of events are told with `zone`. */
  readonly billedBy: readonly OffsetAt[];
};

function zoneNamed({ from, to, offsetAt, zone, billedBy }: EnteredSpan): string | null {
  return billedBy.some((other) => [from, to].some((at) => other(at) !== offsetAt(at))) ? zone : null;
}

/** What a sum of analyzers, or one alone, used: time that is not billed, and sentences for what was entered. */
export const usageOfTerms = (terms: readonly EnteredTerm[], span: EnteredSpan): Usage =>
  allSteps(usageSteps(terms, span));

/** The same in steps, as those of `combinedSteps`. */
export function* usageSteps(terms: readonly EnteredTerm[], span: EnteredSpan): Generator<void, Usage> {
  const [first, second] = terms;
  const isOne = first !== undefined && second === undefined && first.sign === 1;
  const parts = terms.map(({ sign, id, usage, events }) => {
    const name = `analyzer ${id}`;
    const whose = isOne ? '' : `${name}: `;
    const told = events.filter((each) => beginOf(each) < span.to && endOf(each) >= span.from);
    const notes = [
      ...(usage.notes ?? []),
      ...told.map((each) => `${whose}${eventWords(each, span.offsetAt, zoneNamed(span))}`),
    ];
    return { sign, name, usage: { ...usage, unbilled: unbilledOf(events), notes } };
  });
  const [one] = parts;
  return isOne && one !== undefined ? one.usage : yield* combinedSteps(parts);
}

const endOf = (each: CostEvent): EpochMs => (each.kind === 'maintenance' ? each.to : each.at);
