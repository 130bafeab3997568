import type { EpochMs } from '../../domain/units.ts';
import type { BillLine, Stretch } from '../bill-lines.ts';
import type { ByPeriod, ChargeKind, Contract } from '../contract.ts';
import { type EnergyRecord, energyByPeriod, type PeriodEnergy } from '../energy.ts';
import { type Exact, exact, rounded } from '../money.ts';
import type { PeriodName } from '../period-table.ts';
import type { Periods } from '../periods.ts';

/** Mean power of a quarter hour, kW, by its end. */
export type QuarterDemand = { readonly end: EpochMs; readonly kw: number };

/** What was consumed, by end of its records; null: it is not recorded. */
export type Usage = {
  readonly imported: readonly EnergyRecord[];
  readonly exported: readonly EnergyRecord[] | null;
  /** Inductive, kvarh where `kwh` stands. */
  readonly reactive: readonly EnergyRecord[] | null;
  /** `unknown`: why there is none, one sentence. */
  readonly demand: readonly QuarterDemand[] | { readonly unknown: string };
};

/** What every charge is made of. */
export type BillContext = {
  readonly contract: Contract;
  readonly usage: Usage;
  readonly stretches: readonly Stretch[];
  readonly energyPeriods: Periods;
  readonly powerPeriods: Periods;
  /** Of a stretch, by period; kept, for several charges ask for it. */
  readonly energyOf: (stretch: Stretch) => readonly PeriodEnergy[];
};

/** A function for each stretch that is asked once. */
export function keptByStretch<T>(make: (stretch: Stretch) => T): (stretch: Stretch) => T {
  const known = new Map<Stretch, T>();
  return (stretch) => {
    const found = known.get(stretch);
    if (found !== undefined) return found;
    const made = make(stretch);
    known.set(stretch, made);
    return made;
  };
}

export const energyIn = (records: readonly EnergyRecord[], periods: Periods, { start, end }: Stretch) =>
  energyByPeriod(records, periods, start, end);

type LineFacts = Pick<BillLine, 'kind' | 'name'> & Partial<Omit<BillLine, 'kind' | 'name' | 'from' | 'to'>>;

export function lineOf({ from, to }: Pick<Stretch, 'from' | 'to'>, facts: LineFacts): BillLine {
  return {
    ...{ period: null, from, to, quantity: null, unit: '', price: null, amount: null },
    ...{ missing: null, note: null, coverage: null },
    ...facts,
  };
}

/** A line of `quantity` x `price`; null price: it says which price is missing. */
export function pricedLine(
  stretch: Pick<Stretch, 'from' | 'to'>,
  facts: LineFacts & { readonly quantity: number; readonly what: string },
  quantity: Exact,
  price: number | null,
): BillLine {
  const { what, ...rest } = facts;
  if (price === null) return lineOf(stretch, { ...rest, missing: `${what} on ${stretch.from} is not in the contract` });
  return lineOf(stretch, { ...rest, price, amount: rounded(quantity.times(exact(price))) });
}

export const priceOf = (prices: ByPeriod | undefined, period: PeriodName): number | null => prices?.[period] ?? null;

export const isNone = ({ none }: Contract, kind: ChargeKind): boolean => none.includes(kind);
