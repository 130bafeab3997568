import type { EnergySeries } from './energy-series.ts';
import { firstAfter } from './portion-weights.ts';

/** Steps that are looked at together. */
const BLOCK = 256;

/**
 * Of each block of steps the last instant of those until its end, and the first of those from its begin on; NaN counts
 * for none.
 */
type Reach = { readonly untilNow: Float64Array; readonly fromNow: Float64Array };

/** Asked for each month of a year, and for each day of the predecessor's costs. */
const known = new WeakMap<EnergySeries, Reach>();

function reachOf(series: EnergySeries): Reach {
  const found = known.get(series);
  if (found !== undefined) return found;
  const list = () => new Float64Array(Math.ceil(series.length / BLOCK));
  const made = { untilNow: list(), fromNow: list() };
  const { untilNow, fromNow } = made;
  for (let block = 0; block < untilNow.length; block += 1) lookAt(series, made, block);
  for (let block = 1; block < untilNow.length; block += 1) {
    untilNow[block] = Math.max(untilNow[block]!, untilNow[block - 1]!);
  }
  for (let block = untilNow.length - 2; block >= 0; block -= 1) {
    fromNow[block] = Math.min(fromNow[block]!, fromNow[block + 1]!);
  }
  known.set(series, made);
  return made;
}

function lookAt({ length, from, to }: EnergySeries, reach: Reach, block: number): void {
  let [until, since] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const end = Math.min(length, (block + 1) * BLOCK);
  for (let step = block * BLOCK; step < end; step += 1) {
    const a = from[step]!;
    const b = to[step]!;
    if (!(a < b)) continue;
    if (b > until) until = b;
    if (a < since) since = a;
  }
  reach.untilNow[block] = until;
  reach.fromNow[block] = since;
}

/**
 * The counter steps that matter to [from, to), and some around them: places `first` to `end`, exclusive, with one that
 * lies behind it all, for power counts until there; `covered`: how far those before them reach. All others lie outside,
 * however the clock was put back between them.
 */
export function stepsAround(series: EnergySeries, from: number, to: number) {
  const { untilNow, fromNow } = reachOf(series);
  const block = firstAfter(untilNow, from);
  const covered = block === 0 ? Number.NEGATIVE_INFINITY : untilNow[block - 1]!;
  let end = firstNotBefore(fromNow, to) * BLOCK;
  while (end < series.length && !(series.from[end]! < series.to[end]!)) end += 1;
  return { first: block * BLOCK, end: Math.min(series.length, end + 1), covered };
}

/** Place of the first that is not less than `instant`; they ascend. */
function firstNotBefore(instants: Float64Array, instant: number): number {
  let [low, high] = [0, instants.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (instants[middle]! >= instant) high = middle;
    else low = middle + 1;
  }
  return low;
}
