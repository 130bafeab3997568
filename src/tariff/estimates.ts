import type { OffsetAt } from '../domain/grid.ts';
import { instantOfWall } from '../domain/local-time.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { parted, type Unbilled } from './billed-energy.ts';
import type { Guesses, Usage } from './charges/context.ts';
import { energyInSpans, spanList } from './energy.ts';
import { type EnergySeries, emptySeries } from './energy-series.ts';
import { DAY_MS, dateOf, dayOf } from './local-day.ts';
import type { LocalDate } from './period-table.ts';

/** Weeks before and after a gap that tell what its hours usually take. */
const WEEKS = [-4, -3, -2, -1, 1, 2, 3, 4];
const AROUND_DAYS = 28;
const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;

export type LocalSpan = { readonly from: LocalDate; readonly to: LocalDate };

/** What has to be known of a span whose gaps are guessed: four weeks more at both ends. */
export const spanOfEstimates = ({ from, to }: LocalSpan): LocalSpan => ({
  from: dateOf(dayOf(from) - AROUND_DAYS),
  to: dateOf(dayOf(to) + AROUND_DAYS),
});

/**
 * A usage with guesses for the time of a span that has no data: each hour as the same hour of the week in the four
 * weeks before and after it; where none of these has data, as the mean of all that is known from four weeks before the
 * span to four weeks after it. What was used in time that is not billed is not usual. What nothing is known of stays
 * unknown. The greatest power of quarter hours is never guessed.
 */
export function withGuesses(usage: Usage, span: LocalSpan, offsetAt: OffsetAt): Usage {
  const around = spanOfEstimates(span);
  const instant = (date: LocalDate) => instantOfWall(dayOf(date) * DAY_MS, offsetAt);
  const times: Times = {
    ...{ from: instant(span.from), to: instant(span.to), first: instant(around.from), last: instant(around.to) },
    ...{ offsetAt, unbilled: usage.unbilled ?? [] },
  };
  const guessed = (series: EnergySeries | null) => (series === null ? null : guessesIn(series, times));
  const guesses: Guesses = {
    ...{ imported: guessed(usage.imported), exported: guessed(usage.exported), reactive: guessed(usage.reactive) },
  };
  return { ...usage, guesses };
}

type Times = {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Of what is known around. */
  readonly first: EpochMs;
  readonly last: EpochMs;
  readonly offsetAt: OffsetAt;
  readonly unbilled: readonly Unbilled[];
};
type Gap = { readonly from: number; readonly to: number };

/** Power of the time without data; null: nothing tells it. */
function guessesIn(series: EnergySeries, times: Times): EnergySeries | null {
  const gaps = gapsIn(series, times.from, times.to);
  const usual = usualPower(series, times);
  if (usual === null) return null;
  const parts = gaps.flatMap((gap) =>
    hoursOf(gap.from, gap.to, times.offsetAt).map((hour) => ({ ...hour, kw: usual(hour.wall) })),
  );
  const guesses = emptySeries(parts.length);
  for (const [place, { from, to, kw }] of parts.entries()) {
    guesses.start[place] = from;
    guesses.end[place] = to;
    guesses.kw[place] = kw;
  }
  return guesses;
}

/** What neither a counter nor power tells of [from, to), ascending. */
function gapsIn(series: EnergySeries, from: number, to: number): readonly Gap[] {
  const { until = series.end } = series;
  const [starts, ends]: [number[], number[]] = [[], []];
  let isAscending = true;
  const add = (start: number, end: number) => {
    if (!(start < end && end > from && start < to)) return;
    if (start < (starts.at(-1) ?? start)) isAscending = false;
    starts.push(start);
    ends.push(end);
  };
  for (let place = 0; place < series.length; place += 1) {
    add(series.from[place]!, series.to[place]!);
    if (!Number.isNaN(series.kw[place]!)) add(series.start[place]!, until[place]!);
  }
  const order = [...starts.keys()];
  // they are not where a clock was put back, or a counter was read late
  if (!isAscending) order.sort((a, b) => starts[a]! - starts[b]!);
  const gaps: Gap[] = [];
  let covered = from;
  for (const place of order) {
    if (starts[place]! > covered) gaps.push({ from: covered, to: starts[place]! });
    covered = Math.max(covered, ends[place]!);
  }
  if (covered < to) gaps.push({ from: covered, to });
  return gaps;
}

/** An hour of the wall clock, or what of it there is; `wall`: which one since 1970. That of autumn comes twice. */
type Hour = Gap & { readonly wall: number };

function hoursOf(from: number, to: number, offsetAt: OffsetAt): readonly Hour[] {
  const hours: Hour[] = [];
  for (let at = from; at < to; ) {
    const wall = at + offsetAt(epochMs(at));
    const hour = Math.floor(wall / HOUR_MS);
    const end = Math.min(to, at + (hour + 1) * HOUR_MS - wall);
    hours.push({ from: at, to: end, wall: hour });
    at = end;
  }
  return hours;
}

/** Mean power of an hour by the same hour of other weeks, else of all that is known; null: nothing is. */
function usualPower(series: EnergySeries, times: Times): ((wall: number) => number) | null {
  const { billed } = parted({ start: times.first, end: times.last }, times.unbilled);
  const hours = billed.flatMap(({ start, end }) => hoursOf(start, end, times.offsetAt));
  const begin = hours[0]?.wall ?? 0;
  const count = (hours.at(-1)?.wall ?? 0) - begin + 1;
  const spans = spanList(hours.map(({ from, to, wall }) => ({ from, to, tally: wall - begin })));
  const { kwh, coveredMs } = energyInSpans(series, spans, count);
  const sumOf = (list: Float64Array, places: Iterable<number>) => {
    let sum = 0;
    for (const place of places) sum += list[place] ?? 0;
    return sum;
  };
  const power = (places: readonly number[]): number | null => {
    const ms = sumOf(coveredMs, places);
    return ms > 0 ? (sumOf(kwh, places) * HOUR_MS) / ms : null;
  };
  const all = power([...kwh.keys()]);
  return all === null ? null : (wall) => power(WEEKS.map((weeks) => wall - begin + weeks * WEEK_HOURS)) ?? all;
}
