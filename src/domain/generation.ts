import type { Window } from './grid.ts';
import type { EpochMs } from './units.ts';

/**
 * Generation of a new record of `window`: 0, or one more than the last of those that have its end (Store.records of
 * (end - 1, end]) when the wall clock came over this window before.
 */
export function nextGeneration(
  recorded: readonly { readonly end: EpochMs; readonly generation: number }[],
  window: Pick<Window, 'end'>,
): number {
  return recorded.reduce(
    (next, { end, generation }) => (end === window.end ? Math.max(next, generation + 1) : next),
    0,
  );
}
