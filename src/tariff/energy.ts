import type { EpochMs } from '../domain/units.ts';
import type { EnergySeries } from './energy-series.ts';
import type { PeriodName } from './period-table.ts';
import type { Periods } from './periods.ts';
import { firstAfter, powerOver } from './portion-weights.ts';
import { stepsAround } from './steps-around.ts';

const HOUR_MS = 3_600_000;

/** Energy of one period. The shares are of its time: read by counter, by power alone, and not at all. */
export type PeriodEnergy = {
  readonly period: PeriodName;
  readonly kwh: number;
  /** Of `kwh`, what came from power for want of a counter. */
  readonly kwhByPower: number;
  /**
   * Of `kwh`, what a counter added over a period's border and no measured power tells how to divide: divided by time.
   */
  readonly kwhByTime: number;
  readonly hours: number;
  readonly coveredHours: number;
};

/** Stretches of time one after the other, each with the place of the tally that it belongs to. */
export type SpanList = {
  readonly length: number;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly tally: Int32Array;
};

/** What of a tally there is, by its place. */
export type Tallies = {
  readonly kwh: Float64Array;
  readonly kwhByPower: Float64Array;
  readonly kwhByTime: Float64Array;
  readonly coveredMs: Float64Array;
};

/**
 * Energy of [from, to) by period: differences of the counter, divided at the borders of periods (and at `from` and
 * `to`) by the power that was measured, else by time; where there is no counter, the integral of power. What neither
 * tells is left out, and is the difference of `coveredHours` to `hours`. The records may reach beyond. Over a span that
 * holds each counter step whole, the sum is the sum of the steps.
 */
export function energyByPeriod(
  series: EnergySeries,
  periods: Periods,
  from: EpochMs,
  to: EpochMs,
): readonly PeriodEnergy[] {
  const { names } = periods;
  const { spans, ms } = bordersOf(periods, from, to);
  const { kwh, kwhByPower, kwhByTime, coveredMs } = energyInSpans(series, spans, names.length);
  return names.map((period, place) => ({
    ...{ period, kwh: kwh[place] ?? 0, kwhByPower: kwhByPower[place] ?? 0, kwhByTime: kwhByTime[place] ?? 0 },
    ...{ hours: (ms[place] ?? 0) / HOUR_MS, coveredHours: (coveredMs[place] ?? 0) / HOUR_MS },
  }));
}

/** Stretches by the place of their period, and how long those of each are. */
type Borders = { readonly spans: SpanList; readonly ms: Float64Array };

/** Asked once for imported, exported and reactive energy, for each contract and analyzer of the same periods. */
const known = new WeakMap<Periods, Map<string, Borders>>();
const BORDERS_MAX = 50;

function bordersOf(periods: Periods, from: EpochMs, to: EpochMs): Borders {
  const own = known.get(periods) ?? new Map<string, Borders>();
  known.set(periods, own);
  const name = `${from} ${to}`;
  const found = own.get(name);
  if (found !== undefined) return found;
  const places = new Map(periods.names.map((period, place) => [period, place]));
  const all = periods.spans(from, to).map((each) => ({ ...each, tally: places.get(each.period) ?? 0 }));
  const ms = new Float64Array(periods.names.length);
  for (const { from: start, to: end, tally } of all) ms[tally] = (ms[tally] ?? 0) + (end - start);
  const made = { spans: spanList(all), ms };
  if (own.size >= BORDERS_MAX) own.clear();
  own.set(name, made);
  return made;
}

export function spanList(
  spans: readonly { readonly from: number; readonly to: number; readonly tally: number }[],
): SpanList {
  return {
    length: spans.length,
    from: Float64Array.from(spans, (each) => each.from),
    to: Float64Array.from(spans, (each) => each.to),
    tally: Int32Array.from(spans, (each) => each.tally),
  };
}

type Work = {
  readonly series: EnergySeries;
  readonly spans: SpanList;
  readonly tallies: Tallies;
  /** All until then is accounted for. */
  covered: number;
  /** Place of the stretch that the last step was in. */
  place: number;
  /** The step that is divided. */
  step: number;
};

/** Steps that are gone through at a time: a loop over all of a year is left once, before it was made quick. */
const SWEEP = 2_048;

/**
 * Energy of the stretches of `spans` (ascending, without overlap), summed up by their tally. Each counter step counts
 * once; of the time between steps power counts. Most steps lie within one stretch: they are one addition each.
 */
export function energyInSpans(series: EnergySeries, spans: SpanList, count: number): Tallies {
  const list = () => new Float64Array(count);
  const tallies: Tallies = { kwh: list(), kwhByPower: list(), kwhByTime: list(), coveredMs: list() };
  if (spans.length === 0) return tallies;
  const { first, end, covered } = stepsAround(series, spans.from[0]!, spans.to[spans.length - 1]!);
  const work: Work = { series, spans, tallies, covered, place: 0, step: 0 };
  for (let step = first; step < end; ) {
    const next = Math.min(end, (Math.floor(step / SWEEP) + 1) * SWEEP);
    addSteps(work, step, next);
    step = next;
  }
  addPower(work, work.covered, Number.POSITIVE_INFINITY);
  return tallies;
}

function addSteps(work: Work, firstStep: number, lastStep: number): void {
  const { from, to, kwh } = work.series;
  const { from: starts, to: ends, tally: places, length: count } = work.spans;
  const { kwh: sums, coveredMs } = work.tallies;
  const first = starts[0]!;
  const last = ends[count - 1]!;
  let { place, covered } = work;
  let start = starts[place]!;
  let until = ends[place]!;
  let sum = 0;
  let ms = 0;
  for (let step = firstStep; step < lastStep; step += 1) {
    const a = from[step]!;
    const b = to[step]!;
    // where there is no counter this is false, too
    if (!(a < b)) continue;
    if (a > covered) addPower(work, covered, a);
    if (until <= a) {
      sums[places[place]!]! += sum;
      coveredMs[places[place]!]! += ms;
      sum = 0;
      ms = 0;
      while (place < count - 1 && ends[place]! <= a) place += 1;
      start = starts[place]!;
      until = ends[place]!;
    }
    if (a >= start && b <= until && a >= covered) {
      // those that follow one another in the same stretch
      let end = b;
      sum += kwh[step]!;
      for (let next = step + 1; next < lastStep && from[next] === end; next += 1) {
        const after = to[next]!;
        if (!(after > end && after <= until)) break;
        sum += kwh[next]!;
        end = after;
        step = next;
      }
      ms += end - a;
      covered = end;
      continue;
    }
    if (a < last && b > first) {
      work.covered = covered;
      work.place = place;
      work.step = step;
      addPortion(work, a, b, kwh[step]!, 'counter');
    }
    if (b > covered) covered = b;
  }
  sums[places[place]!]! += sum;
  coveredMs[places[place]!]! += ms;
  work.place = place;
  work.covered = covered;
}

/** Power of what of the records lies in (after, before). */
function addPower(work: Work, after: number, before: number): void {
  const { series, spans } = work;
  const [first, last] = [spans.from[0]!, spans.to[spans.length - 1]!];
  if (after >= last || before <= first) return;
  const { until = series.end } = series;
  const begin = firstAfter(series.end, Math.max(after, first));
  let covered = coveredUntil(series, begin, after);
  for (let place = begin; place < series.length; place += 1) {
    if (series.start[place]! >= before) return;
    const a = Math.max(series.start[place]!, covered);
    const b = Math.min(until[place]!, before);
    const kw = series.kw[place]!;
    if (a >= b || Number.isNaN(kw)) continue;
    // what follows it begins where it ends
    if (a >= last) return;
    work.covered = covered;
    if (b > first) addPortion(work, a, b, (kw * (b - a)) / HOUR_MS, 'power');
    covered = b;
  }
}

/** How far the power of the records before a place reaches that end after `after`. */
function coveredUntil({ start, end, kw, until = end }: EnergySeries, place: number, after: number): number {
  for (let before = place - 1; before >= 0 && end[before]! > after; before -= 1) {
    if (!Number.isNaN(kw[before]) && start[before]! < end[before]!) return Math.max(after, until[before]!);
  }
  return after;
}

/** Place of the first record that ends after `a`: mostly the one before the step's own. */
function firstRecord({ series: { end }, step }: Work, a: number): number {
  const isNear = step >= 2 && end[step - 1]! > a && end[step - 2]! <= a;
  return isNear ? step - 1 : firstAfter(end, a);
}

/**
 * An amount of energy over [a, b), divided over the stretches that it lies in: by measured power where that covers all
 * of it, else by time.
 */
function addPortion(work: Work, a: number, b: number, kwh: number, source: 'counter' | 'power'): void {
  const { series, spans, tallies, covered } = work;
  const hint = work.place;
  const isNear = spans.to[hint]! > a && (hint === 0 || spans.to[hint - 1]! <= a);
  let place = isNear ? hint : firstAfter(spans.to, a);
  const isWhole = place < spans.length && spans.from[place]! <= a && spans.to[place]! >= b;
  const first = isWhole || source === 'power' ? 0 : firstRecord(work, a);
  const whole = isWhole || source === 'power' ? Number.NaN : powerOver(series, first, a, b);
  // of power itself time tells exactly how much
  const isByTime = !isWhole && source === 'counter' && kwh !== 0 && !(whole > 0);
  /** What is not divided yet, as long as the stretches follow each other: the last one has the rest. */
  let left = 1;
  let until = a;
  for (; place < spans.length && spans.from[place]! < b; place += 1) {
    const start = Math.max(a, spans.from[place]!);
    const end = Math.min(b, spans.to[place]!);
    const isRest = start === until && end === b;
    const measured = whole > 0 && !isRest;
    const byPower = measured ? powerOver(series, first, start, end) / whole : (end - start) / (b - a);
    const share = isRest ? left : byPower;
    until = start === until ? end : Number.NaN;
    left -= share;
    const part = kwh * share;
    const tally = spans.tally[place]!;
    tallies.kwh[tally]! += part;
    if (source === 'power') tallies.kwhByPower[tally]! += part;
    if (isByTime) tallies.kwhByTime[tally]! += part;
    // a clock that was put back makes steps overlap: the energy is there twice, the time is not
    tallies.coveredMs[tally]! += Math.max(0, end - Math.max(start, covered));
  }
}
