import { safe } from './safe.ts';
import type { AnalyzerId } from './units.ts';

/** Analyzers that are added up, and those that are taken off. */
export type VirtualTerm = { readonly sign: 1 | -1; readonly id: AnalyzerId };

/**
 * A meter that nobody mounted: a sum of analyzers, such as the building without its workshop. It is computed whenever
 * somebody asks, from what they say, and never read or recorded.
 */
export type VirtualConfig = {
  /** Among those of analyzers, and of none of them. */
  readonly id: AnalyzerId;
  readonly name: string;
  readonly location: string;
  /** As the file says it: `1 - 5`. */
  readonly of: string;
  readonly terms: readonly VirtualTerm[];
  /** Name of its contract in `tariffs/`; absent: it has none. */
  readonly tariff?: string;
};

/** `1 - 5`, `1 + 2 - 3`: analyzers by their id, each once; null: it is no such sum. A lone id is none. */
export function parseVirtual(of: string): readonly VirtualTerm[] | null {
  const words = of.trim().replace(/^\+/, '');
  if (!/^-?\s*\d{1,9}(\s*[+-]\s*\d{1,9})+$/.test(words)) return null;
  const terms = [...words.matchAll(/([+-]?)\s*(\d+)/g)].map(([, sign, id]): VirtualTerm => {
    return { sign: sign === '-' ? -1 : 1, id: Number(id) };
  });
  const isOnce = new Set(terms.map(({ id }) => id)).size === terms.length;
  return isOnce && terms.some(({ sign }) => sign === 1) ? terms : null;
}

/** The sum that a word names, by its name without regard to case, or by its id; null: none. */
export function findVirtual<V extends Pick<VirtualConfig, 'id' | 'name'>>(
  virtuals: readonly V[],
  word: string,
): V | null {
  const name = word.trim().toLocaleLowerCase();
  const named = virtuals.find((each) => each.name.trim().toLocaleLowerCase() === name);
  return named ?? virtuals.find(({ id }) => String(id) === name) ?? null;
}

/** Which sums there are, as a sentence lists them: `100 Building, 101`. */
export const sumNames = (virtuals: readonly Pick<VirtualConfig, 'id' | 'name'>[]): string =>
  virtuals.map(({ id, name }) => (name === '' ? `${id}` : `${id} ${safe(name, 60)}`)).join(', ');
