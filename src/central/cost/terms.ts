import { inForce } from '../../tariff/contract.ts';
import type { LocalDate } from '../../tariff/period-table.ts';
import type { Assignment } from './ports.ts';

/** Before any record: from then on is always. */
export const EVER = '1970-01-01';

/** What an analyzer is charged by from one local date to another, which is exclusive; null: by nothing. */
export type Term = { readonly from: LocalDate; readonly to: LocalDate; readonly contract: string | null };

/** The terms of [from, to), one after the other. Its own contracts count before those of its site. */
export function termsOf(
  assignments: readonly Assignment[],
  { analyzer, from, to }: { readonly analyzer: number; readonly from: LocalDate; readonly to: LocalDate },
): readonly Term[] {
  const byDate = assignments.toSorted((a, b) => (a.from < b.from ? -1 : 1));
  const own = byDate.filter((each) => each.analyzer === analyzer);
  const site = byDate.filter((each) => each.analyzer === null);
  const dates = new Set([...own, ...site].map((each) => each.from).filter((date) => date > from && date < to));
  const cuts = [from, ...[...dates].sort(), to];
  const terms: Term[] = [];
  for (const [index, end] of cuts.slice(1).entries()) {
    const begin = cuts[index] ?? from;
    const contract = (inForce(own, begin) ?? inForce(site, begin))?.contract ?? null;
    const last = terms.at(-1);
    if (last?.contract === contract) terms[terms.length - 1] = { ...last, to: end };
    else terms.push({ from: begin, to: end, contract });
  }
  return terms;
}
