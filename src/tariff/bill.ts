import type { OffsetAt } from '../domain/grid.ts';
import type { EpochMs } from '../domain/units.ts';
import type { BillLine } from './bill-lines.ts';
import { type BilledEnergy, billedEnergy } from './billed-energy.ts';
import { type BillContext, keptByStretch, type Usage } from './charges/context.ts';
import { coverageOf, energyCharge, isBelowZero, sumOfEnergies } from './charges/energy-charge.ts';
import { excessCharge } from './charges/excess-charge.ts';
import { discountCharges, feeCharges, surplusCharge } from './charges/own-charges.ts';
import { powerCharge } from './charges/power-charge.ts';
import { reactiveCharge } from './charges/reactive-charge.ts';
import { electricityTax, rentalCharge, vat } from './charges/tax-charges.ts';
import { isUnknown, unknownLine } from './charges/unknown-energy.ts';
import { type Contract, inForce } from './contract.ts';
import { doubtsOf } from './contract-doubts.ts';
import { createCuts, stretchOf } from './cuts.ts';
import { withGuesses } from './estimates.ts';
import { dayOf } from './local-day.ts';
import { type Amount, rounded, sumOf } from './money.ts';
import type { LocalDate } from './period-table.ts';
import { createPeriods } from './periods.ts';
import { allSteps } from './steps.ts';

/** What a supply costs from a local date to another, which is exclusive. */
export type Bill = {
  readonly contract: string;
  /** What the contract says of itself. */
  readonly about: string;
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly days: number;
  /** What is billed of its time: without maintenance. */
  readonly hours: number;
  /** Of them, those that were still to come when it was made; absent: nobody told what the time was. */
  readonly hoursToCome?: number;
  readonly currency: string;
  /** In the order of a supplier's bill. */
  readonly lines: readonly BillLine[];
  /** Exactly the sum of the amounts of `lines`; of those that are known, where `missing` names others. */
  readonly total: Amount;
  /** What is not known, one sentence each; empty: the bill is whole. */
  readonly missing: readonly string[];
  readonly kwh: number;
  /** Of `kwh`, what is a guess for time without data. */
  readonly kwhEstimated: number;
  /** Of `kwh`, what a counter went over borders of periods, or without records, and nothing tells when. */
  readonly kwhByTime: number;
  /** Share of the time that has data, 0..1. */
  readonly coverage: number;
  /** Share of the time whose energy is a guess, 0..1. */
  readonly guessed: number;
  /** Carbon dioxide of `kwh`; null: the contract has no factor for all of its time. */
  readonly co2Kg: number | null;
  /** What a person should know of all of it. */
  readonly notes: readonly string[];
};

export type BillOptions = {
  readonly contract: Contract;
  readonly usage: Usage;
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** Of the contract's zone. */
  readonly offsetAt: OffsetAt;
  /** Energy of time without data is guessed, and marked: `withGuesses` says how. */
  readonly estimate?: boolean;
  /** What the time is; absent: all of it is over. */
  readonly now?: EpochMs;
  /** It is a part of a billing period, which alone has the limit of what surplus is paid. */
  readonly isPart?: boolean;
};

/**
 * The bill of a supply. A line is there for each stretch in which what it depends on is the same; what is of a billing
 * period (excess of power, reactive energy, the limit of surplus) is of each month by itself where the bill is longer
 * than two. Each line is rounded once, to the cent with halves away from zero, and the total is their sum. Throws
 * CONFIG_INVALID where the contract does not say which period an hour is of.
 */
export const bill = (options: BillOptions): Bill => allSteps(billSteps(options));

/** The same in steps of some tens of ms for years: who has others to serve does so in between. */
export function* billSteps(options: BillOptions): Generator<void, Bill> {
  const { contract, from, to } = options;
  const context = contextOf(options);
  yield;
  const energies = context.cuts.cut([contract.co2]).map((stretch) => ({ stretch, all: context.energyOf(stretch) }));
  const whole = sumOfEnergies(energies.flatMap(({ all }) => all));
  const known = isUnknown(whole) ? unknownLine : (line: BillLine) => line;
  const energy = energyCharge(context).map(known);
  yield;
  const excess = excessCharge(context);
  yield;
  const first = [...powerCharge(context), ...energy, ...excess, ...reactiveCharge(context)];
  yield;
  const plain = [
    ...first,
    ...surplusCharge(context, energy),
    ...discountCharges(context, first),
    ...feeCharges(context).map(known),
  ];
  const taxed = [...plain, ...electricityTax(context, plain), ...rentalCharge(context)];
  const lines = [...taxed, ...vat(context, taxed)];
  yield;
  const kilograms = energies.map(({ stretch, all }) => {
    const factor = inForce(contract.co2, stretch.from)?.gramsPerKwh ?? null;
    return factor === null || isUnknown(whole) ? null : (sumOfEnergies(all).kwh * factor) / 1000;
  });
  return {
    ...{ contract: contract.name, about: contract.about, from, to, days: dayOf(to) - dayOf(from) },
    ...{ hours: whole.hours, ...toCome(options), currency: contract.currency, lines },
    total: rounded(sumOf(lines.flatMap(({ amount }) => amount ?? []))),
    missing: [...new Set(lines.flatMap(({ missing }) => missing ?? []))],
    ...{ kwh: whole.kwh, kwhEstimated: whole.kwhEstimated, kwhByTime: whole.kwhByTime, coverage: coverageOf([whole]) },
    guessed: whole.hours === 0 ? 0 : whole.guessedHours / whole.hours,
    co2Kg: kilograms.reduce<number | null>((sum, kg) => (sum === null || kg === null ? null : sum + kg), 0),
    notes: [...notesOf(context.usage, whole, lines), ...(options.isPart === true ? [] : doubtsOf(contract, options))],
  };
}

function toCome({ now, from, to, offsetAt }: BillOptions): Pick<Bill, 'hoursToCome'> {
  if (now === undefined) return {};
  const { start, end } = stretchOf(from, to, offsetAt);
  return { hoursToCome: Math.max(0, (end - Math.max(start, now)) / 3_600_000) };
}

const NOTHING_KNOWN = 'nothing is estimated: there are no data from four weeks before to four weeks after';

const NEGATIVE =
  'energy is below zero: more is taken off, or fed in, than was used, which is no supply (is what is taken off ' +
  'really behind what it is taken from?); nothing is paid for it';

function notesOf({ notes = [], guesses }: Usage, whole: BilledEnergy, lines: readonly BillLine[]): readonly string[] {
  const isPartBelow = lines.some(({ kind, quantity }) => kind === 'energy' && isBelowZero(quantity ?? 0));
  return [
    ...notes,
    ...(guesses?.imported === null && coverageOf([whole]) < 1 ? [NOTHING_KNOWN] : []),
    ...(isBelowZero(whole.kwh) || isPartBelow ? [NEGATIVE] : []),
  ];
}

/** What a bill is made of: with guesses where they are asked for, unless they were made for a longer time. */
export function usageOfBill({ usage, from, to, offsetAt, estimate = false }: BillOptions): Usage {
  return estimate && usage.guesses === undefined ? withGuesses(usage, { from, to }, offsetAt) : usage;
}

function contextOf(options: BillOptions): BillContext {
  const { contract, from, to, offsetAt } = options;
  const { holidays } = contract;
  const usage = usageOfBill(options);
  const energyPeriods = createPeriods({ tables: contract.energyPeriods, holidays, offsetAt });
  const unbilled = usage.unbilled ?? [];
  const energyOf = keptByStretch((stretch, quantity) => {
    const series = usage[quantity];
    return series === null
      ? []
      : billedEnergy(series, energyPeriods, stretch, { unbilled, guesses: usage.guesses?.[quantity] });
  });
  return {
    ...{ contract, usage, unbilled, offsetAt, energyPeriods, energyOf, isPart: options.isPart === true },
    cuts: createCuts(contract, { from, to, offsetAt }),
    powerPeriods: createPeriods({ tables: contract.powerPeriods, holidays, offsetAt }),
  };
}
