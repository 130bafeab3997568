import type { EpochMs } from '../domain/units.ts';
import type { PeriodName } from './period-table.ts';
import type { PeriodSpan, Periods } from './periods.ts';

const HOUR_MS = 3_600_000;

/**
 * What a record tells of energy. `counter`: what was added (kWh) since the counter's value before it, and the instants
 * of both values; null: the meter counts nothing, or the difference is not known. `kw`: mean power of (start, end].
 */
export type EnergyRecord = {
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly counter: { readonly from: EpochMs; readonly to: EpochMs; readonly kwh: number } | null;
  readonly kw: number | null;
};

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

/** An amount of energy over a stretch of time, and how it is spread over it. */
type Portion = {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly kwh: number;
  readonly source: 'counter' | 'power';
};

/**
 * Energy of [from, to) by period: differences of the counter, divided at the borders of periods (and at `from` and
 * `to`) by the power that was measured, else by time; where there is no counter, the integral of power. What neither
 * tells is left out, and is the difference of `coveredHours` to `hours`. `records` by end, one of each; they may reach
 * beyond. Over a span that holds each counter step whole, the sum is the sum of the steps.
 */
export function energyByPeriod(
  records: readonly EnergyRecord[],
  periods: Periods,
  from: EpochMs,
  to: EpochMs,
): readonly PeriodEnergy[] {
  const tallies = new Map<PeriodName, Tally>(periods.names.map((name) => [name, emptyTally()]));
  const tallyOf = (name: PeriodName) => tallies.get(name) ?? emptyTally();
  const all = periods.spans(from, to);
  for (const span of all) tallyOf(span.period).ms += span.to - span.from;
  let place = 0;
  const powers = records.filter(({ kw }) => kw !== null);
  for (const portion of portionsOf(records)) {
    const [start, end] = [larger(portion.from, from), smaller(portion.to, to)];
    if (start >= end) continue;
    // portions come in the order of time: what ended before this one is passed for good
    while (place < all.length && (all[place]?.to ?? start) <= start) place += 1;
    const spans = spansWithin(all, place, start, end);
    const isWhole = spans.length === 1 && start === portion.from && end === portion.to;
    const weigh = isWhole ? () => ({ share: 1, isByTime: false }) : weigher(portion, powers);
    for (const span of spans) {
      const { share, isByTime } = weigh(span.from, span.to);
      add(tallyOf(span.period), portion, portion.kwh * share, span.to - span.from, isByTime);
    }
  }
  return [...tallies].map(([period, { kwh, kwhByPower, kwhByTime, ms, coveredMs }]) => ({
    ...{ period, kwh, kwhByPower, kwhByTime, hours: ms / HOUR_MS, coveredHours: coveredMs / HOUR_MS },
  }));
}

/** The parts of `all`, from its place `first` on, that lie in [start, end). */
function spansWithin(all: readonly PeriodSpan[], first: number, start: EpochMs, end: EpochMs): readonly PeriodSpan[] {
  const found: PeriodSpan[] = [];
  for (let at = first; at < all.length; at += 1) {
    const span = all[at];
    if (span === undefined || span.from >= end) break;
    found.push({ period: span.period, from: larger(span.from, start), to: smaller(span.to, end) });
  }
  return found;
}

type Tally = { kwh: number; kwhByPower: number; kwhByTime: number; ms: number; coveredMs: number };
const emptyTally = (): Tally => ({ kwh: 0, kwhByPower: 0, kwhByTime: 0, ms: 0, coveredMs: 0 });

function add(tally: Tally, { source }: Portion, kwh: number, ms: number, isByTime: boolean): void {
  tally.kwh += kwh;
  tally.coveredMs += ms;
  if (source === 'power') tally.kwhByPower += kwh;
  if (isByTime) tally.kwhByTime += kwh;
}

const larger = (a: EpochMs, b: EpochMs): EpochMs => (a > b ? a : b);
const smaller = (a: EpochMs, b: EpochMs): EpochMs => (a < b ? a : b);

/** Counter steps, and power where no step covers the time. Each instant is in one portion at most. */
function portionsOf(records: readonly EnergyRecord[]): readonly Portion[] {
  const portions: Portion[] = [];
  let covered = Number.NEGATIVE_INFINITY as EpochMs;
  const steps = records.flatMap(({ counter }) => (counter === null || counter.from >= counter.to ? [] : [counter]));
  const counted = steps.map(({ from, to, kwh }): Portion => ({ from, to, kwh, source: 'counter' }));
  let next = 0;
  for (const step of counted) {
    while (next < records.length && (records[next]?.start ?? step.from) < step.from) {
      pushPower(records[next], covered, step.from);
      next += 1;
    }
    portions.push(step);
    covered = larger(covered, step.to);
    while (next < records.length && (records[next]?.end ?? covered) <= covered) next += 1;
  }
  for (; next < records.length; next += 1) pushPower(records[next], covered, Number.POSITIVE_INFINITY as EpochMs);
  return portions;

  function pushPower(record: EnergyRecord | undefined, after: EpochMs, before: EpochMs): void {
    if (record === undefined || record.kw === null) return;
    const [start, end] = [larger(record.start, after), smaller(record.end, before)];
    if (start >= end) return;
    portions.push({ from: start, to: end, kwh: (record.kw * (end - start)) / HOUR_MS, source: 'power' });
    covered = larger(covered, end);
  }
}

/** How much of a portion falls into a stretch of it: by measured power where that covers all of it, else by time. */
function weigher(portion: Portion, powers: readonly EnergyRecord[]) {
  const within: EnergyRecord[] = [];
  for (let at = firstEndingAfter(powers, portion.from); at < powers.length; at += 1) {
    const power = powers[at];
    if (power === undefined || power.start >= portion.to) break;
    within.push(power);
  }
  const integral = (from: EpochMs, to: EpochMs) =>
    within.reduce(
      (sum, { start, end, kw }) => {
        const ms = smaller(end, to) - larger(start, from);
        return ms <= 0 ? sum : { ms: sum.ms + ms, kwms: sum.kwms + Math.abs(kw ?? 0) * ms };
      },
      { ms: 0, kwms: 0 },
    );
  const whole = integral(portion.from, portion.to);
  const isMeasured = whole.ms === portion.to - portion.from && whole.kwms > 0;
  return (from: EpochMs, to: EpochMs) => ({
    share: isMeasured ? integral(from, to).kwms / whole.kwms : (to - from) / (portion.to - portion.from),
    // of power itself time tells exactly how much
    isByTime: !isMeasured && portion.source === 'counter' && portion.kwh !== 0,
  });
}

/** Place of the first record with an end after `instant`; records are by end. */
function firstEndingAfter(records: readonly EnergyRecord[], instant: EpochMs): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((records[middle]?.end ?? instant) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}
