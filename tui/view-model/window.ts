import type { Place } from '../state/ui.ts';

/** What part of a list is shown: `top` moves only as far as it must, so that the selected row stays in sight. */
export type Window = { readonly index: number; readonly top: number; readonly count: number };

/** Where the selection is among `keys`: on its key wherever that moved to, else on its old place. */
export function windowOf(keys: readonly string[], place: Place, height: number): Window {
  const count = keys.length;
  const found = place.key === null ? -1 : keys.indexOf(place.key);
  const index = count === 0 ? 0 : found >= 0 ? found : Math.min(place.index, count - 1);
  return { index, top: topFor(index, place.top, count, height), count };
}

/** A list without a selection: `place.top` is its first line. */
export function scrollOf(count: number, place: Place, height: number): Window {
  const top = Math.max(0, Math.min(place.top, count - Math.max(1, height)));
  return { index: top, top, count };
}

function topFor(index: number, top: number, count: number, height: number): number {
  const room = Math.max(1, height);
  const least = Math.max(0, index - room + 1);
  const wanted = Math.min(Math.max(top, least), index);
  return Math.max(0, Math.min(wanted, Math.max(0, count - room)));
}
