import type { OffsetAt } from '../domain/grid.ts';
import type { BillLine } from './bill-lines.ts';
import { type BilledEnergy, billedEnergy, withEstimates } from './billed-energy.ts';
import { type BillContext, keptByStretch, type Usage } from './charges/context.ts';
import { coverageOf, energyCharge, sumOfEnergies } from './charges/energy-charge.ts';
import { excessCharge } from './charges/excess-charge.ts';
import { discountCharges, feeCharges, surplusCharge } from './charges/own-charges.ts';
import { powerCharge } from './charges/power-charge.ts';
import { reactiveCharge } from './charges/reactive-charge.ts';
import { electricityTax, rentalCharge, vat } from './charges/tax-charges.ts';
import { type Contract, inForce } from './contract.ts';
import { createCuts } from './cuts.ts';
import { dayOf } from './local-day.ts';
import { type Amount, rounded, sumOf } from './money.ts';
import type { LocalDate } from './period-table.ts';
import { createPeriods } from './periods.ts';

/** What a supply costs from a local date to another, which is exclusive. */
export type Bill = {
  readonly contract: string;
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly days: number;
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
  /** Share of the time that has data, 0..1. */
  readonly coverage: number;
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
  /** Energy of time without data is guessed, and marked. */
  readonly estimate?: boolean;
};

/**
 * The bill of a supply. A line is there for each stretch in which what it depends on is the same; what is of a billing
 * period (excess of power, reactive energy, the limit of surplus) is of each month by itself where the bill is longer
 * than two. Each line is rounded once, to the cent with halves away from zero, and the total is their sum. Throws
 * CONFIG_INVALID where the contract does not say which period an hour is of.
 */
export function bill(options: BillOptions): Bill {
  const { contract, usage, from, to } = options;
  const context = contextOf(options);
  const power = powerCharge(context);
  const energy = energyCharge(context);
  const first = [...power, ...energy, ...excessCharge(context), ...reactiveCharge(context)];
  const plain = [
    ...first,
    ...surplusCharge(context, energy),
    ...discountCharges(context, first),
    ...feeCharges(context),
  ];
  const taxed = [...plain, ...electricityTax(context, plain), ...rentalCharge(context)];
  const lines = [...taxed, ...vat(context, taxed)];
  const energies = context.cuts.cut([contract.co2]).map((stretch) => ({ stretch, all: context.energyOf(stretch) }));
  const kwhOf = (all: readonly BilledEnergy[]) => all.reduce((sum, each) => sum + each.kwh, 0);
  const kilograms = energies.map(({ stretch, all }) => {
    const factor = inForce(contract.co2, stretch.from)?.gramsPerKwh ?? null;
    return factor === null ? null : (kwhOf(all) * factor) / 1000;
  });
  return {
    ...{ contract: contract.name, from, to, days: dayOf(to) - dayOf(from), currency: contract.currency, lines },
    total: rounded(sumOf(lines.flatMap(({ amount }) => amount ?? []))),
    missing: [...new Set(lines.flatMap(({ missing }) => missing ?? []))],
    kwh: energies.reduce((sum, { all }) => sum + kwhOf(all), 0),
    kwhEstimated: energies.reduce((sum, { all }) => sum + sumOfEnergies(all).kwhEstimated, 0),
    coverage: coverageOf(energies.flatMap(({ all }) => all)),
    co2Kg: kilograms.reduce<number | null>((sum, kg) => (sum === null || kg === null ? null : sum + kg), 0),
    notes: usage.notes ?? [],
  };
}

function contextOf({ contract, usage, from, to, offsetAt, estimate = false }: BillOptions): BillContext {
  const { holidays } = contract;
  const energyPeriods = createPeriods({ tables: contract.energyPeriods, holidays, offsetAt });
  const unbilled = usage.unbilled ?? [];
  const measuredIn: BillContext['measuredIn'] = (series, stretch) =>
    billedEnergy(series, energyPeriods, stretch, unbilled);
  const energyOf = keptByStretch((stretch) => {
    const measured = measuredIn(usage.imported, stretch);
    return estimate ? withEstimates(measured) : measured;
  });
  return {
    ...{ contract, usage, unbilled, estimate, offsetAt, energyPeriods, measuredIn, energyOf },
    cuts: createCuts(contract, { from, to, offsetAt }),
    powerPeriods: createPeriods({ tables: contract.powerPeriods, holidays, offsetAt }),
  };
}
