import type { EpochMs } from './units.ts';

/** Time from one instant to a later one. */
export type Stretch = { readonly from: EpochMs; readonly to: EpochMs };

/** What is left of a stretch without those that cover parts of it, in order. */
export function uncovered(stretch: Stretch, covers: readonly Stretch[]): readonly Stretch[] {
  const left: Stretch[] = [];
  let { from } = stretch;
  for (const cover of [...covers].sort((a, b) => a.from - b.from)) {
    if (cover.to <= from || cover.from >= stretch.to) continue;
    if (cover.from > from) left.push({ from, to: cover.from });
    from = cover.to;
  }
  return from < stretch.to ? [...left, { from, to: stretch.to }] : left;
}
