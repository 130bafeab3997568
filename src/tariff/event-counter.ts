import type { Aggregate } from '../domain/profile.ts';
import { safe } from '../domain/safe.ts';
import type { VariableCode } from '../domain/units.ts';

type Measured = { readonly code: VariableCode; readonly aggregate: Aggregate };

/**
 * The counter of a meter that a word names, in small letters too; `wrong`: what was expected, and seen. An exchange of
 * a counter that the meter does not have would change no bill, and nobody would see that.
 */
export function counterNamed(
  variables: readonly Measured[],
  word: string,
): { readonly code: VariableCode } | { readonly wrong: string } {
  const counters = variables.filter(({ aggregate }) => aggregate === 'counter').map(({ code }) => code);
  const found = counters.includes(word) ? word : counters.find((code) => code.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return { code: found };
  const known = counters.length === 0 ? 'none, for this meter has no counter' : `one of ${counters.join(', ')}`;
  return { wrong: `expected ${known}; saw "${safe(word, 40)}"` };
}
