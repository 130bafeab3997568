import type { EnergySeries } from './energy-series.ts';
import { firstAfter } from './portion-weights.ts';

/**
 * Of each step the last instant of those until it, and the first of those from it on; NaN counts for none. `startNow`:
 * when the first of the records from each of them on begins.
 */
type Reach = { readonly untilNow: Float64Array; readonly fromNow: Float64Array; readonly startNow: Float64Array };

/** Asked for each month of a year, and for each day of the predecessor's costs. */
const known = new WeakMap<EnergySeries, Reach>();

function reachOf(series: EnergySeries): Reach {
  const found = known.get(series);
  if (found !== undefined) return found;
  const { length, from, to, start } = series;
  const list = () => new Float64Array(length);
  const made = { untilNow: list(), fromNow: list(), startNow: list() };
  let latest = Number.NEGATIVE_INFINITY;
  for (let step = 0; step < length; step += 1) {
    if (from[step]! < to[step]! && to[step]! > latest) latest = to[step]!;
    made.untilNow[step] = latest;
  }
  let [earliest, begin] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let step = length - 1; step >= 0; step -= 1) {
    if (from[step]! < to[step]! && from[step]! < earliest) earliest = from[step]!;
    if (start[step]! < begin) begin = start[step]!;
    made.fromNow[step] = earliest;
    made.startNow[step] = begin;
  }
  known.set(series, made);
  return made;
}

/**
 * The counter steps that matter to [from, to): places `first` to `end`, exclusive, with the first one that lies behind
 * it all, for power counts until there; `covered`: how far those before them reach. All others lie outside, however the
 * clock was put back between them.
 */
export function stepsAround(series: EnergySeries, from: number, to: number) {
  const { untilNow, fromNow } = reachOf(series);
  const first = firstAfter(untilNow, from);
  const covered = first === 0 ? Number.NEGATIVE_INFINITY : untilNow[first - 1]!;
  let end = firstNotBefore(fromNow, to);
  while (end < series.length && !(series.from[end]! < series.to[end]!)) end += 1;
  return { first, end: Math.min(series.length, end + 1), covered };
}

/** Whether all records from a place on begin at `instant` or later. */
export const isBehind = (series: EnergySeries, place: number, instant: number): boolean =>
  reachOf(series).startNow[place]! >= instant;

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
