import type { CostEvent } from '../domain/cost-event.ts';
import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import { findVirtual, parseVirtual, type VirtualConfig, type VirtualTerm } from '../domain/virtual.ts';
import type { Usage } from '../tariff/charges/context.ts';
import { type EnteredSpan, type EnteredTerm, usageOfTerms } from '../tariff/entered.ts';
import { withExchanges } from '../tariff/events.ts';
import { usageOf } from '../tariff/usage.ts';
import type { CostSource } from './cost-source.ts';

type Named = { readonly id: AnalyzerId; readonly name: string };

/** Whose cost it is: an analyzer, or a sum of several. */
export type CostTarget = {
  readonly title: string;
  readonly terms: readonly VirtualTerm[];
  /** The contract of a sum of config.xml; absent: it is no such sum, or has none. */
  readonly tariff?: string;
};

/**
 * The analyzer that a word means: its id, its name, or a sum: the id or name of one that config.xml has, or written out
 * as `1 - 5`; without a word the only one. Throws USAGE where there are no records of it.
 */
export function targetOf(
  word: string | undefined,
  known: readonly Named[],
  there: readonly AnalyzerId[],
  virtuals: readonly VirtualConfig[] = [],
): CostTarget {
  const nameOf = (id: AnalyzerId) => known.find((each) => each.id === id)?.name ?? '';
  const one = (id: AnalyzerId): CostTarget => {
    const name = nameOf(id);
    return { title: name === '' ? `analyzer ${id}` : `${name} (analyzer ${id})`, terms: [{ sign: 1, id }] };
  };
  const [only, second] = there;
  if (word === undefined && only !== undefined && second === undefined) return one(only);
  const all = known.length > 0 ? known : there.map((id) => ({ id, name: '' }));
  const list = [...all, ...virtuals]
    .map(({ id, name }) => (name === '' ? `${id}` : `${id} ${safe(name, 60)}`))
    .join(', ');
  if (word === undefined) throw new LectorError('USAGE', `expected --analyzer with one of ${list}`);
  const named = known.find(({ name }) => name !== '' && name.toLowerCase() === word.toLowerCase());
  const virtual = named === undefined ? findVirtual(virtuals, word) : null;
  const terms = named === undefined ? (virtual?.terms ?? parseVirtual(word)) : null;
  // names may have a dash, ids of analyzers have none
  if (terms === null && named === undefined && /^[\d\s+-]*[+-][\d\s+-]*$|\s[+-](\s|$)/.test(word)) {
    const how = 'a sum as ids of analyzers, each once, such as "1 - 5" or "1 + 2 - 3"';
    throw new LectorError('USAGE', `--analyzer: expected ${how}; saw "${safe(word, 60)}"; there are ${list}`);
  }
  const ids = terms?.map(({ id }) => id) ?? [named?.id ?? (/^\d{1,9}$/.test(word) ? Number(word) : Number.NaN)];
  const missing = ids.find((id) => !there.includes(id));
  if (missing !== undefined) {
    const saw = terms === null ? `"${safe(word, 60)}"` : `analyzer ${missing}`;
    throw new LectorError('USAGE', `--analyzer: no records of ${saw}; there are ${list}`);
  }
  const [id] = ids;
  if (terms === null && id !== undefined) return one(id);
  if (virtual !== null) return targetOfVirtual(virtual);
  return { title: safe(word, 60), terms: terms ?? [] };
}

const targetOfVirtual = ({ id, name, of, terms, tariff }: VirtualConfig): CostTarget => ({
  title: `${name} (sum ${id}: ${safe(of, 60)})`,
  terms,
  ...(tariff !== undefined && { tariff }),
});

export type UsageSpan = {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** What of it is billed: events of then are told. The rest is what guesses are made of. */
  readonly told: { readonly from: EpochMs; readonly to: EpochMs };
  readonly events: readonly CostEvent[];
} & Pick<EnteredSpan, 'offsetAt' | 'zone' | 'billedBy'>;

/** What a target used in a span, with what was entered by hand. */
export async function usageOfTarget(source: CostSource, { terms }: CostTarget, span: UsageSpan): Promise<Usage> {
  const parts: EnteredTerm[] = [];
  for (const { sign, id } of terms) {
    const { records, variables, recordingMs } = await source.read(id, span.from, span.to);
    const events = span.events.filter(({ analyzerId }) => analyzerId === id);
    const made = usageOf(withExchanges(records, events, variables), variables, recordingMs);
    parts.push({ sign, id, usage: { ...made, notes: [...(made.notes ?? []), ...source.notes] }, events });
  }
  return usageOfTerms(parts, { ...span, ...span.told });
}
