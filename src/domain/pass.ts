import type { Window } from './grid.ts';
import type { Reading } from './reading.ts';
import type { EpochMs } from './units.ts';

/** Time between two puttings-back of the wall clock: its number, from 1 on, and the jump from `left` that began it. */
export type Pass = { readonly number: number; readonly left: EpochMs; readonly from: EpochMs };

/** The pass of a reading, a record or a window. */
export const passOf = ({ pass }: Pick<Reading, 'pass'>): number => pass ?? 0;

/**
 * The pass in which the open window began to be lived through, for one that was handed out in `window.pass`: an earlier
 * one where the clock jumped only within the window. Readings of the passes before that one, if any, were recorded when
 * the clock came through the window before. `staggerMs`: how long after its end the window is handed out.
 */
export function livedSince(window: Window, passes: readonly Pass[], staggerMs: number): number {
  const { start, end } = window;
  const isWithin = ({ left, from }: Pass) => from > start && left - staggerMs >= start && left - staggerMs < end;
  let since = window.pass ?? 0;
  for (;;) {
    const jump = passes.find((each) => each.number === since);
    if (jump === undefined || !isWithin(jump)) return since;
    since -= 1;
  }
}
