import type { AnalyzerView } from '../../client/index.ts';
import { LectorError } from '../../domain/errors.ts';
import { type Call, each } from './call.ts';
import { DONE } from './failure.ts';
import { jsonText } from './json-text.ts';
import { parseTargets } from './words.ts';

/** What may be done to everybody at once. */
export type Deed = 'pause' | 'resume' | 'stop' | 'readnow';

const READ = ['connecting', 'polling', 'recording', 'failed'] as const;

/** Of whom it says something: a pause that somebody made is left as it is by a pause of all. */
const CONCERNED: Readonly<
  Record<Deed, { readonly states: readonly AnalyzerView['state'][]; readonly nobody: string }>
> = {
  pause: { states: [...READ, 'held'], nobody: 'No analyzer runs.' },
  resume: { states: ['paused', 'held'], nobody: 'No analyzer is paused.' },
  stop: { states: [...READ, 'held', 'paused'], nobody: 'Every analyzer is stopped.' },
  readnow: { states: READ, nobody: 'No analyzer is read.' },
};

/**
 * Whether words mean every analyzer. One that is called so is reached by its id.
 *
 * @throws LectorError USAGE where somebody else is named beside it: one of the two was not meant.
 */
export function meansAll(targets: readonly string[]): boolean {
  if (!targets.some((target) => target.toLowerCase() === 'all')) return false;
  if (targets.length === 1) return true;
  throw new LectorError('USAGE', 'expected "all" alone, or some analyzers; an analyzer called "all" has an id too');
}

/** Ids of those that it can concern, in order. */
export async function everybody({ client }: Pick<Call, 'client'>, deed: Deed): Promise<readonly string[]> {
  const { analyzers } = await client.list();
  const concerned = analyzers.filter(({ state }) => CONCERNED[deed].states.includes(state));
  return concerned.toSorted((a, b) => a.id - b.id).map(({ id }) => String(id));
}

/** What is said where it concerns nobody. */
export const nobodyWords = (deed: Deed): string => CONCERNED[deed].nobody;

/** Does it to whom `words` name, or to everybody, and tells what each came to. */
export async function doToEach<T>(
  call: Call,
  deed: Deed,
  words: readonly string[],
  ask: (target: string) => Promise<T>,
  show: (answers: readonly T[]) => string,
): Promise<number> {
  const named = parseTargets(words);
  if (!meansAll(named)) return each(call, named, ask, show);
  const targets = await everybody(call, deed);
  if (targets.length > 0) return each(call, targets, ask, show, true);
  call.host.out(call.options.json === true ? jsonText([]) : `${nobodyWords(deed)}\n`);
  return DONE;
}
