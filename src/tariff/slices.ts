import { type Bill, type BillOptions, billSteps, usageOfBill } from './bill.ts';
import type { BillLine } from './bill-lines.ts';
import { CHARGE_KINDS, type ChargeKind, type Contract } from './contract.ts';
import { turnsOf } from './cuts.ts';
import type { PeriodName } from './period-table.ts';
import { allSteps } from './steps.ts';

/** How a bill is parted. */
export const SLICE_UNITS = ['day', 'week', 'month', 'period'] as const;
export type SliceUnit = (typeof SLICE_UNITS)[number];
/** Of these each has a bill of its own. */
export const SPAN_UNITS = ['day', 'week', 'month'] as const satisfies readonly SliceUnit[];
export type SpanUnit = (typeof SPAN_UNITS)[number];

/** What is of a whole billing period, and of no day of it. */
export const OF_THE_WHOLE: readonly ChargeKind[] = ['excess', 'reactive'];

/**
 * A bill for each day, week (from Monday on) or month of a span, the first and last maybe shorter. Those of days and
 * weeks are without what is of the whole billing period: excess of power, reactive energy, fees by the bill, and the
 * limit of what surplus is paid.
 */
export const billsBy = (options: BillOptions, unit: SpanUnit): readonly Bill[] => allSteps(billsBySteps(options, unit));

/** The same in steps, a bill each: who has others to serve does so in between. */
export function* billsBySteps(options: BillOptions, unit: SpanUnit): Generator<void, readonly Bill[]> {
  const { from, to } = options;
  const contract = unit === 'month' ? options.contract : withoutTheWhole(options.contract);
  const dates = [from, ...turnsOf(unit, from, to), to];
  const usage = usageOfBill(options);
  const own = { ...options, contract, usage, isPart: unit !== 'month' };
  yield;
  const bills: Bill[] = [];
  for (const [index, end] of dates.slice(1).entries()) {
    bills.push(yield* billSteps({ ...own, from: dates[index] ?? from, to: end }));
    yield;
  }
  return bills;
}

function withoutTheWhole(contract: Contract): Contract {
  const fees = contract.fees.filter(({ per }) => per !== 'bill');
  return { ...contract, fees, none: [...contract.none, ...OF_THE_WHOLE] };
}

/** Kinds of which parts and whole differ by more than rounding: they depend on how long a bill is. */
export function kindsOfLength(whole: Bill, parts: readonly Bill[]): readonly ChargeKind[] {
  return CHARGE_KINDS.filter((kind) => {
    const of = ({ lines }: Bill) => lines.filter((line) => line.kind === kind && line.amount !== null);
    const sum = (lines: readonly BillLine[]) => lines.reduce((all, { amount }) => all + centsOf(amount ?? '0'), 0);
    const all = parts.flatMap(of);
    return all.length > 0 && Math.abs(sum(all) - sum(of(whole))) > (all.length + of(whole).length) / 2;
  });
}

/** What a bill says of one period; null: of none of them, such as taxes. Amounts in cents. */
export type PeriodSlice = {
  readonly period: PeriodName | null;
  readonly kwh: number;
  readonly cents: Readonly<Partial<Record<ChargeKind, number>>>;
  readonly totalCents: number;
};

/** The lines of a bill by period, in the order of their names; those of no period last. */
export function slicesByPeriod({ lines }: Bill): readonly PeriodSlice[] {
  const names = [...new Set(lines.flatMap(({ period }) => period ?? []))].sort();
  return [...names, null].map((period): PeriodSlice => {
    const own = lines.filter((line) => line.period === period);
    const cents: Partial<Record<ChargeKind, number>> = {};
    for (const { kind, amount } of own) {
      if (amount !== null) cents[kind] = (cents[kind] ?? 0) + centsOf(amount);
    }
    const kwh = own.filter(({ kind }) => kind === 'energy').reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
    return { period, kwh, cents, totalCents: Object.values(cents).reduce((sum, each) => sum + each, 0) };
  });
}

/** An amount as a whole number of cents. */
export const centsOf = (amount: string): number => Math.round(Number(amount) * 100);
export const amountOf = (cents: number): string => (cents / 100).toFixed(2);
