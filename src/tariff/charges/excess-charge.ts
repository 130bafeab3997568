import type { OffsetAt } from '../../domain/grid.ts';
import { epochMs } from '../../domain/units.ts';
import type { BillLine, Stretch } from '../bill-lines.ts';
import type { Unbilled } from '../billed-energy.ts';
import { type ByPeriod, type ExcessRule, inForce } from '../contract.ts';
import { type Exact, exact, rounded } from '../money.ts';
import type { PeriodName } from '../period-table.ts';
import type { Periods } from '../periods.ts';
import { type BillContext, isNone, lineOf, priceOf, type QuarterDemand } from './context.ts';

/** Quarter hours of one period with more power than is contracted. */
type Excess = {
  readonly period: PeriodName;
  readonly contracted: number;
  /** The greatest, kW. */
  readonly peak: QuarterDemand;
  /** All of them. */
  readonly overs: readonly QuarterDemand[];
};

const QUARTER_MS = 900_000;
const OTHERS_UNKNOWN = 'the others may hold some, which is never guessed';
const NEVER_GUESSED = 'the others may hold a greater one, which is never guessed';
const shareWords = (share: number): string => `${Math.min(99.9, Math.floor(share * 1000) / 10)} %`;

/**
 * Power beyond the contracted, of each billing period: by the maximeter (the greatest quarter hour) or by all quarter
 * hours. Where the contracted power changes it is measured anew; where a price or a tax does, each part has its share
 * of what was measured, by days.
 */
export function excessCharge(context: BillContext): readonly BillLine[] {
  const { contract, cuts } = context;
  if (isNone(contract, 'excess')) return [];
  return cuts.billing.flatMap((billing) =>
    cuts.measured([contract.contractedKw], billing).flatMap((measured) => excessIn(context, measured, billing)),
  );
}

function excessIn(context: BillContext, measured: Stretch, billing: Stretch): readonly BillLine[] {
  const { contract, usage, powerPeriods, cuts, offsetAt } = context;
  const facts = { kind: 'excess', name: 'excess of power', unit: 'kW' } as const;
  const contracted = inForce(contract.contractedKw, measured.from)?.kw;
  if (contracted === undefined) {
    // the lines of power say the same
    if (!isNone(contract, 'power')) return [];
    const missing = `the contracted power on ${measured.from} is not in the contract`;
    return [lineOf(measured, { ...facts, missing })];
  }
  const { demand } = usage;
  if ('unknown' in demand) return [lineOf(measured, { ...facts, missing: demand.unknown })];
  const within = demandIn(demand, measured);
  const coverage = Math.min(1, (within.length * QUARTER_MS) / (measured.end - measured.start));
  if (within.length === 0) {
    const missing = 'there is no quarter hour with data: excess of power cannot be computed';
    return [lineOf(measured, { ...facts, missing, coverage })];
  }
  const { found, unlimited } = excessesIn(billedIn(within, context.unbilled), powerPeriods, contracted);
  // the lines of power say the same
  const lacking = isNone(contract, 'power') ? unlimited : [];
  const lackingLines = lacking.map((period) => {
    const missing = `the contracted power of ${period} on ${measured.from} is not in the contract`;
    return lineOf(measured, { ...facts, name: `excess of power ${period}`, period, missing });
  });
  // silence would say that there was none
  if (found.length === 0 && coverage < 1) {
    const note = `none in the ${shareWords(coverage)} of quarter hours with data; ${OTHERS_UNKNOWN}`;
    return [lineOf(measured, { ...facts, quantity: 0, amount: '0.00', coverage, note }), ...lackingLines];
  }
  const lines = cuts.cut([contract.excess], measured).flatMap((stretch) => {
    const rule = inForce(contract.excess, stretch.from);
    return found.map((each) => excessLine(stretch, each, rule, { billing, coverage, offsetAt }));
  });
  return [...lines, ...lackingLines];
}

/** Quarter hours of a stretch that are billed and beyond the contracted power of a period, to the watt. */
export function oversIn(
  { contract, usage, powerPeriods, unbilled }: Pick<BillContext, 'contract' | 'usage' | 'powerPeriods' | 'unbilled'>,
  measured: Stretch,
  period: PeriodName,
): readonly QuarterDemand[] {
  const contracted = inForce(contract.contractedKw, measured.from)?.kw;
  if (contracted === undefined || 'unknown' in usage.demand) return [];
  const billed = billedIn(demandIn(usage.demand, measured), unbilled);
  return excessesIn(billed, powerPeriods, contracted).found.find((each) => each.period === period)?.overs ?? [];
}

/** Those of a stretch; they are by end, and there may be years of them. */
function demandIn(demand: readonly QuarterDemand[], { start, end }: Pick<Stretch, 'start' | 'end'>) {
  const firstAfter = (instant: number): number => {
    let [low, high] = [0, demand.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((demand[middle]?.end ?? instant) > instant) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return demand.slice(firstAfter(start), firstAfter(end));
}

const billedIn = (demand: readonly QuarterDemand[], unbilled: readonly Unbilled[]): readonly QuarterDemand[] =>
  demand.filter(({ end }) => !unbilled.some(({ from, to }) => end > from && end <= to));

/** By period; `unlimited`: those that have quarter hours, and no power in the contract. */
function excessesIn(demand: readonly QuarterDemand[], periods: Periods, contracted: ByPeriod) {
  const found = new Map<PeriodName, { peak: QuarterDemand; overs: QuarterDemand[]; contracted: number }>();
  const unlimited = new Set<PeriodName>();
  for (const { end, kw } of demand) {
    // a quarter hour is of the period that its last instant is in
    const period = periods.names[periods.indexAt(epochMs(end - 1))] ?? '';
    const limit = Object.hasOwn(contracted, period) ? contracted[period] : undefined;
    // to the watt, as energy to the watt hour: a sum of three phases has digits beyond that
    const toTheWatt = Math.round(kw * 1000) / 1000;
    if (limit === undefined) unlimited.add(period);
    if (limit === undefined || toTheWatt <= limit) continue;
    const quarter = { end, kw: toTheWatt };
    const known = found.get(period) ?? { peak: quarter, overs: [], contracted: limit };
    known.overs.push(quarter);
    if (quarter.kw > known.peak.kw) known.peak = quarter;
    found.set(period, known);
  }
  const all = [...found].map(([period, each]): Excess => ({ period, ...each }));
  return { found: all.sort((a, b) => (a.period < b.period ? -1 : 1)), unlimited: [...unlimited].sort() };
}

type Parts = { readonly billing: Stretch; readonly coverage: number; readonly offsetAt: OffsetAt };

function excessLine(
  stretch: Stretch,
  excess: Excess,
  rule: ExcessRule | null,
  { billing, coverage, offsetAt }: Parts,
): BillLine {
  const { period, peak, overs, contracted } = excess;
  const at = new Date(peak.end + offsetAt(peak.end)).toISOString().slice(0, 16).replace('T', ' ');
  const quantity = exact(peak.kw).minus(exact(contracted)).toNumber();
  const facts = { kind: 'excess', name: `excess of power ${period}`, period, quantity, unit: 'kW', coverage } as const;
  const greatest = `${peak.kw.toFixed(2)} kW until ${at}`;
  const days = rule?.perDays ?? billing.days;
  const part = stretch.days === days ? '' : `; ${stretch.days} of ${days} days`;
  const quarters = overs.length === 1 ? 'quarter hour' : 'quarter hours';
  const unseen = coverage < 1 ? `; data of ${shareWords(coverage)} of quarter hours: ${NEVER_GUESSED}` : '';
  const note = `${overs.length} ${quarters} beyond ${contracted} kW, the greatest ${greatest}${part}${unseen}`;
  const amount = rule === null ? null : excessAmount({ ...excess, overs: overs.map(({ kw }) => kw) }, rule);
  if (amount !== null) {
    const share = amount.times(stretch.days).dividedBy(days);
    const isWhole = rule?.rule === 'maximeter' && stretch.days === days;
    const price = isWhole ? priceOf(rule.perKw, period) : null;
    return lineOf(stretch, { ...facts, note, price, amount: rounded(share) });
  }
  const missing = `the price of excess of power in ${period} is not in the contract`;
  return lineOf(stretch, { ...facts, note, missing });
}

/** What it costs in a billing period, or in the days that the price is of; null: its price is not known. */
export function excessAmount(
  {
    period,
    peak,
    overs,
    contracted,
  }: Pick<Excess, 'period' | 'contracted'> & {
    readonly peak: { readonly kw: number };
    readonly overs: readonly number[];
  },
  rule: ExcessRule,
): Exact | null {
  if (rule.rule === 'maximeter') {
    const price = priceOf(rule.perKw, period);
    return price === null ? null : exact(peak.kw).minus(exact(contracted)).times(exact(price));
  }
  const kp = priceOf(rule.kp, period);
  if (kp === null) return null;
  const squares = overs.reduce((sum, kw) => sum.plus(exact(kw).minus(exact(contracted)).pow(2)), exact(0));
  return exact(kp).times(exact(rule.perKw)).times(squares.sqrt());
}
