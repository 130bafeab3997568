import type { OffsetAt } from '../domain/grid.ts';
import { epochMs } from '../domain/units.ts';
import { priceOf, type QuarterDemand, type Usage } from './charges/context.ts';
import { excessAmount } from './charges/excess-charge.ts';
import { type Contract, inForce } from './contract.ts';
import { stretchOf, turnsOf } from './cuts.ts';
import { exact } from './money.ts';
import type { LocalDate, PeriodName } from './period-table.ts';
import { createPeriods } from './periods.ts';
import { SPANISH_POWER } from './spain.ts';
import { allSteps } from './steps.ts';

const QUARTER_MS = 900_000;
const YEAR_DAYS = 365;
/** Candidates that are judged in one step. */
const AT_ONCE = 8;

/** What is advised for a period; costs are of a year, in the currency of the contract, without taxes. */
export type PeriodAdvice = {
  readonly period: PeriodName;
  /** null: the contract has none. */
  readonly contractedKw: number | null;
  readonly advisedKw: number;
  /** The greatest quarter hour, kW; 0: there was none. */
  readonly peakKw: number;
  readonly costNow: number | null;
  readonly costThen: number;
};

export type Advice = {
  readonly periods: readonly PeriodAdvice[];
  /** Share of the quarter hours of the span that are known. */
  readonly coverage: number;
  /** Days of the span: advice wants a year. */
  readonly days: number;
  /** Why the figures are what they are, one sentence each. */
  readonly notes: readonly string[];
};

export type AdviseOptions = {
  readonly contract: Contract;
  readonly demand: readonly QuarterDemand[];
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly offsetAt: OffsetAt;
};

/** Quarter hours of one month and period, kW. */
type Months = ReadonlyMap<PeriodName, readonly (readonly number[])[]>;

/**
 * The contracted power by period that would have cost least in a span, by the prices of the contract at its end: power
 * and excess, month by month. Of a Spanish tariff with six periods no power may be less than that of the period before.
 * Where excess is not charged (a limiter cuts off) it is the greatest quarter hour. `missing`: a price that it lacks.
 */
export const advise = (options: AdviseOptions): Advice | NoAdvice => allSteps(adviseSteps(options));

/** A price that the contract lacks, or data. */
export type NoAdvice = { readonly missing: string };

/** Of what a usage tells of quarter hours, which may be nothing. In steps, as those of `adviseSteps`. */
export function* usedSteps({
  demand,
  ...options
}: Omit<AdviseOptions, 'demand'> & Pick<Usage, 'demand'>): Generator<void, Advice | NoAdvice> {
  if ('unknown' in demand) return { missing: demand.unknown };
  if (demand.length === 0) return { missing: `no data from ${options.from} to ${options.to}` };
  return yield* adviseSteps({ ...options, demand });
}

/** The same in steps of some ms: who has others to serve does so in between. */
export function* adviseSteps(options: AdviseOptions): Generator<void, Advice | NoAdvice> {
  const { contract, from, to: last, offsetAt } = options;
  const prices = inForce(contract.powerPrices, last)?.perKwYear;
  const rule = inForce(contract.excess, last);
  const isCut = contract.none.includes('excess');
  if (prices === undefined) return { missing: `the price of power on ${last} is not in the contract` };
  if (rule === null && !isCut) return { missing: `the price of excess of power on ${last} is not in the contract` };
  const { names, months, monthDays, count } = monthsOf(options);
  const unseen = names.filter((name) => (months.get(name) ?? []).every((quarters) => quarters.length === 0));
  if (unseen.length > 0) return { missing: `there are no data of ${unseen.join(', ')} in that time: it wants a year` };
  const unpriced = names.find((name) => priceOf(prices, name) === null);
  if (unpriced !== undefined) return { missing: `the price of power in ${unpriced} is not in the contract` };
  const unruled = isCut || rule === null ? undefined : names.find((name) => isUnpriced(name, rule));
  if (unruled !== undefined) return { missing: `the price of excess of power in ${unruled} is not in the contract` };
  const { days, start, end } = stretchOf(from, last, offsetAt);
  const peakOf = (name: PeriodName) => (months.get(name) ?? []).flat().reduce((max, kw) => Math.max(max, kw), 0);
  const costOf = (name: PeriodName, kw: number): number => {
    const power = (priceOf(prices, name) ?? 0) * kw;
    if (isCut || rule === null) return kw >= peakOf(name) ? power : Number.POSITIVE_INFINITY;
    const excess = (months.get(name) ?? []).reduce((sum, quarters, month) => {
      const times = rule.perDays === undefined ? 1 : (monthDays[month] ?? 0) / rule.perDays;
      return sum + excessIn(name, quarters, kw, rule) * times;
    }, 0);
    return power + (excess * YEAR_DAYS) / days;
  };
  const contracted = inForce(contract.contractedKw, last)?.kw;
  const isAscending = contract.territory !== null && names.length > 2;
  const { most = Number.POSITIVE_INFINITY, beyond = 0 } =
    contract.territory === null ? {} : (SPANISH_POWER[contract.tariff] ?? {});
  const peaks = names.map(peakOf);
  const steps = candidatesUpTo(Math.max(...peaks, beyond));
  const own = [...peaks, ...names.flatMap((name) => priceOf(contracted, name) ?? [])].filter((kw) => kw > 0);
  const candidates = [...new Set([...steps, ...own.map(tenthsUp), tenthsUp(beyond + 0.1)])];
  const within = candidates.filter((kw) => kw <= most).sort((a, b) => a - b);
  yield;
  const chosen = yield* cheapest(names, within, costOf, { isAscending, beyond });
  if (!chosen.every((kw, index) => Number.isFinite(costOf(names[index] ?? '', kw)))) {
    const highest = Math.max(...peaks).toFixed(2);
    return {
      missing: `${contract.tariff} is for at most ${most} kW, and ${highest} kW were used: that wants another tariff`,
    };
  }
  const notes = [
    ...(isAscending ? ['no power may be less than that of the period before'] : []),
    ...(beyond > 0 ? [`${contract.tariff} is for more than ${beyond} kW in some period`] : []),
    ...(Number.isFinite(most) ? [`${contract.tariff} is for at most ${most} kW`] : []),
    ...(isCut ? ['a limiter cuts off what is beyond: the greatest quarter hour is in it, short peaks may not be'] : []),
    ...(days < YEAR_DAYS - 1 ? [`it is of ${days} days only: advice wants a year`] : []),
  ];
  const periods = names.map((period, index): PeriodAdvice => {
    const [now, advised] = [priceOf(contracted, period), chosen[index] ?? 0];
    const costNow = now === null ? null : costOf(period, now);
    return {
      ...{ period, contractedKw: now, advisedKw: advised, peakKw: peakOf(period), costThen: costOf(period, advised) },
      // a limiter would have cut it off
      costNow: costNow === null || Number.isFinite(costNow) ? costNow : null,
    };
  });
  return { periods, days, notes, coverage: Math.min(1, (count * QUARTER_MS) / (end - start)) };
}

function isUnpriced(period: PeriodName, rule: Contract['excess'][number]): boolean {
  return priceOf(rule.rule === 'maximeter' ? rule.perKw : rule.kp, period) === null;
}

function monthsOf({ contract, demand, from, to, offsetAt }: AdviseOptions) {
  const { powerPeriods: tables, holidays } = contract;
  const periods = createPeriods({ tables, holidays, offsetAt });
  const dates = [from, ...turnsOf('month', from, to), to];
  const ends = dates.slice(1).map((date, index) => stretchOf(dates[index] ?? from, date, offsetAt));
  const months = new Map(periods.names.map((name) => [name, ends.map((): number[] => [])]));
  let count = 0;
  for (const { end, kw } of demand) {
    const month = ends.findIndex((each) => end > each.start && end <= each.end);
    if (month < 0) continue;
    count += 1;
    const name = periods.names[periods.indexAt(epochMs(end - 1))] ?? '';
    months.get(name)?.[month]?.push(Math.round(kw * 1000) / 1000);
  }
  return { names: periods.names, months: months as Months, monthDays: ends.map((each) => each.days), count };
}

function excessIn(
  period: PeriodName,
  quarters: readonly number[],
  kw: number,
  rule: Contract['excess'][number],
): number {
  const overs = quarters.filter((each) => each > kw);
  if (overs.length === 0) return 0;
  if (rule.rule === 'quarterHours') {
    const squares = overs.reduce((sum, each) => sum + (each - kw) ** 2, 0);
    return (priceOf(rule.kp, period) ?? 0) * rule.perKw * Math.sqrt(squares);
  }
  const peak = { kw: overs.reduce((max, each) => Math.max(max, each), 0) };
  return excessAmount({ period, peak, overs, contracted: exact(kw).toNumber() }, rule)?.toNumber() ?? 0;
}

/** Powers are contracted in tenths of a kW. */
const tenthsUp = (kw: number): number => Math.ceil(kw * 10 - 1e-6) / 10;

/** Tenths of a kW where that is little, else some hundred steps. */
function candidatesUpTo(highest: number): readonly number[] {
  const step = highest <= 50 ? 0.1 : highest <= 500 ? 1 : 5;
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: Math.max(1, count) }, (_, index) => Math.round((index + 1) * step * 10) / 10);
}

/** `isAscending`: none less than the one before. `beyond`: some is more than that. */
type Limits = { readonly isAscending: boolean; readonly beyond: number };

/** One of the candidates for each name so that the sum of costs is least. Of equal costs the lower power. */
function* cheapest(
  names: readonly PeriodName[],
  candidates: readonly number[],
  costOf: (name: PeriodName, kw: number) => number,
  { isAscending, beyond }: Limits,
): Generator<void, readonly number[]> {
  /** For each candidate, as the power of the last name: the least cost so far, and the powers that have it. */
  let best = candidates.map(() => ({ cost: 0, chosen: [] as readonly number[] }));
  for (const name of names) {
    const costs: number[] = [];
    for (const kw of candidates) {
      costs.push(costOf(name, kw));
      if (costs.length % AT_ONCE === 0) yield;
    }
    const lowest = best.reduce((least, each) => (each.cost < least.cost ? each : least));
    let under = best[0] ?? lowest;
    best = candidates.map((kw, index) => {
      const own = best[index] ?? under;
      if (own.cost < under.cost) under = own;
      const before = isAscending ? under : lowest;
      return { cost: before.cost + (costs[index] ?? 0), chosen: [...before.chosen, kw] };
    });
  }
  const allowed = best.filter(({ chosen }) => beyond === 0 || chosen.some((kw) => kw > beyond));
  return allowed.reduce((least, each) => (each.cost < least.cost ? each : least)).chosen;
}
