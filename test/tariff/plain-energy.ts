import type { SpanList, Tallies } from '../../src/tariff/energy.ts';
import type { EnergySeries } from '../../src/tariff/energy-series.ts';
import { firstAfter, powerOver } from '../../src/tariff/portion-weights.ts';

/*
 * Energy in stretches, with a look at each step of the series, as it was before steps that lie elsewhere were left out:
 * what the quick way must agree with to the last bit.
 */

const HOUR_MS = 3_600_000;

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
export function plainEnergyInSpans(series: EnergySeries, spans: SpanList, count: number): Tallies {
  const list = () => new Float64Array(count);
  const tallies: Tallies = { kwh: list(), kwhByPower: list(), kwhByTime: list(), coveredMs: list() };
  if (spans.length === 0) return tallies;
  const work: Work = { series, spans, tallies, covered: Number.NEGATIVE_INFINITY, place: 0, step: 0 };
  for (let step = 0; step < series.length; step += SWEEP) {
    addSteps(work, step, Math.min(series.length, step + SWEEP));
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
      sum += kwh[step]!;
      ms += b - a;
    } else if (a < last && b > first) {
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
  let covered = after;
  for (let place = firstAfter(series.end, after); place < series.length; place += 1) {
    if (series.start[place]! >= before) return;
    const a = Math.max(series.start[place]!, covered);
    const b = Math.min(series.end[place]!, before);
    const kw = series.kw[place]!;
    if (a >= b || Number.isNaN(kw)) continue;
    work.covered = covered;
    if (a < last && b > first) addPortion(work, a, b, (kw * (b - a)) / HOUR_MS, 'power');
    covered = b;
  }
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
