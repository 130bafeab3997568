import { epochMs } from '../../domain/units.ts';
import type { BillLine, Stretch } from '../bill-lines.ts';
import { type ByPeriod, type ExcessRule, inForce } from '../contract.ts';
import { type Exact, exact, rounded } from '../money.ts';
import type { PeriodName } from '../period-table.ts';
import type { Periods } from '../periods.ts';
import { type BillContext, isNone, lineOf, type QuarterDemand } from './context.ts';

/** Quarter hours of one period with more power than is contracted. */
type Excess = {
  readonly period: PeriodName;
  readonly contracted: number;
  /** The greatest, kW. */
  readonly peak: QuarterDemand;
  readonly overs: readonly number[];
};

/** Power beyond the contracted: by the maximeter (the greatest quarter hour) or by all quarter hours. */
export function excessCharge({ contract, usage, stretches, powerPeriods }: BillContext): readonly BillLine[] {
  if (isNone(contract, 'excess')) return [];
  const { demand } = usage;
  return stretches.flatMap((stretch) => {
    const contracted = inForce(contract.contractedKw, stretch.from)?.kw;
    if (contracted === undefined) return [];
    const name = 'excess of power';
    if ('unknown' in demand) return [lineOf(stretch, { kind: 'excess', name, unit: 'kW', missing: demand.unknown })];
    const rule = inForce(contract.excess, stretch.from);
    const found = excessesIn(demand, stretch, powerPeriods, contracted);
    return found.map((each) => excessLine(stretch, each, rule));
  });
}

function excessesIn(
  demand: readonly QuarterDemand[],
  { start, end }: Stretch,
  periods: Periods,
  contracted: ByPeriod,
): readonly Excess[] {
  const found = new Map<PeriodName, { peak: QuarterDemand; overs: number[]; contracted: number }>();
  for (const quarter of demand) {
    if (quarter.end <= start || quarter.end > end) continue;
    // a quarter hour is of the period that its last instant is in
    const { period } = periods.at(epochMs(quarter.end - 1));
    const limit = contracted[period];
    if (limit === undefined || quarter.kw <= limit) continue;
    const known = found.get(period) ?? { peak: quarter, overs: [], contracted: limit };
    known.overs.push(quarter.kw - limit);
    if (quarter.kw > known.peak.kw) known.peak = quarter;
    found.set(period, known);
  }
  return [...found].map(([period, each]) => ({ period, ...each })).sort((a, b) => (a.period < b.period ? -1 : 1));
}

function excessLine(stretch: Stretch, excess: Excess, rule: ExcessRule | null): BillLine {
  const { period, peak, overs, contracted } = excess;
  const at = new Date(peak.end).toISOString();
  const quantity = peak.kw - contracted;
  const facts = { kind: 'excess', name: `excess of power ${period}`, period, quantity, unit: 'kW' } as const;
  const greatest = `${peak.kw.toFixed(2)} kW until ${at}`;
  const note = `${overs.length} quarter hours beyond ${contracted} kW, the greatest ${greatest}`;
  const amount = rule === null ? null : amountOf(excess, rule);
  if (amount !== null) return lineOf(stretch, { ...facts, note, amount: rounded(amount) });
  return lineOf(stretch, {
    ...facts,
    note,
    missing: `the price of excess of power in ${period} is not in the contract`,
  });
}

function amountOf({ period, peak, overs, contracted }: Excess, rule: ExcessRule): Exact | null {
  if (rule.rule === 'maximeter') {
    const price = rule.perKw[period];
    return price === undefined ? null : exact(peak.kw).minus(exact(contracted)).times(exact(price));
  }
  const kp = rule.kp[period];
  if (kp === undefined) return null;
  const squares = overs.reduce((sum, over) => sum.plus(exact(over).pow(2)), exact(0));
  return exact(kp).times(exact(rule.perKw)).times(squares.sqrt());
}
