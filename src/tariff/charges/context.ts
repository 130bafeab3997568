import type { OffsetAt } from '../../domain/grid.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { BillLine, Stretch } from '../bill-lines.ts';
import type { BilledEnergy, Unbilled } from '../billed-energy.ts';
import type { ByPeriod, ChargeKind, Contract } from '../contract.ts';
import type { Cuts } from '../cuts.ts';
import type { EnergySeries } from '../energy-series.ts';
import { type Exact, exact, rounded } from '../money.ts';
import type { PeriodName } from '../period-table.ts';
import type { Periods } from '../periods.ts';

/** Mean power of a quarter hour, kW, by its end. */
export type QuarterDemand = { readonly end: EpochMs; readonly kw: number };

/** What was consumed, by end of its records; null: it is not recorded. */
export type Usage = {
  readonly imported: EnergySeries;
  readonly exported: EnergySeries | null;
  /** Inductive, kvarh where `kwh` stands. */
  readonly reactive: EnergySeries | null;
  /** `unknown`: why there is none, one sentence. */
  readonly demand: readonly QuarterDemand[] | { readonly unknown: string };
  /** Time that is not billed, such as maintenance; absent: none. */
  readonly unbilled?: readonly Unbilled[];
  /** What a person should know of these figures, one sentence each. */
  readonly notes?: readonly string[];
  /** Power of time without data, as it usually is; absent: none is guessed. */
  readonly guesses?: Guesses;
};

/** What is measured of a supply. */
export type Quantity = 'imported' | 'exported' | 'reactive';
/** null: nothing tells it. */
export type Guesses = Readonly<Record<Quantity, EnergySeries | null>>;

/** What every charge is made of. */
export type BillContext = {
  readonly contract: Contract;
  readonly usage: Usage;
  readonly cuts: Cuts;
  readonly energyPeriods: Periods;
  readonly powerPeriods: Periods;
  readonly unbilled: readonly Unbilled[];
  /** Of a stretch, by period, with guesses where they are asked for; empty: it is not recorded. */
  readonly energyOf: (stretch: Stretch, quantity?: Quantity) => readonly BilledEnergy[];
  /** Of the contract's zone. */
  readonly offsetAt: OffsetAt;
  /** Of a billing period: what is of the whole of it is not judged. */
  readonly isPart: boolean;
};

/** A function for each stretch and quantity (imported, unless told) that is asked once. */
export function keptByStretch<T>(make: (stretch: Stretch, quantity: Quantity) => T) {
  const known = new Map<string, T>();
  return (stretch: Stretch, quantity: Quantity = 'imported'): T => {
    const name = `${quantity} ${stretch.from} ${stretch.to}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = make(stretch, quantity);
    known.set(name, made);
    return made;
  };
}

type LineFacts = Pick<BillLine, 'kind' | 'name'> & Partial<Omit<BillLine, 'kind' | 'name' | 'from' | 'to'>>;

export function lineOf({ from, to }: Pick<Stretch, 'from' | 'to'>, facts: LineFacts): BillLine {
  return {
    ...{ period: null, from, to, quantity: null, unit: '', price: null, amount: null },
    ...{ missing: null, note: null, coverage: null, estimated: 0 },
    ...facts,
  };
}

/**
 * A line of `quantity` x `price`, divided by `per` at last, so that halves stay halves; null price: it says which price
 * is missing.
 */
export function pricedLine(
  stretch: Pick<Stretch, 'from' | 'to'>,
  facts: LineFacts & { readonly quantity: number; readonly what: string; readonly per?: number },
  quantity: Exact,
  price: number | null,
): BillLine {
  const { what, per = 1, ...rest } = facts;
  if (price === null) return lineOf(stretch, { ...rest, missing: `${what} on ${stretch.from} is not in the contract` });
  return lineOf(stretch, { ...rest, price, amount: rounded(quantity.times(exact(price)).dividedBy(per)) });
}

/** A period may be called whatever a person likes, `constructor` too. */
export const priceOf = (prices: ByPeriod | undefined, period: PeriodName): number | null =>
  prices !== undefined && Object.hasOwn(prices, period) ? (prices[period] ?? null) : null;

export const isNone = ({ none }: Contract, kind: ChargeKind): boolean => none.includes(kind);
