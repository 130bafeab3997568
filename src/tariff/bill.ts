import type { OffsetAt } from '../domain/grid.ts';
import { instantOfWall } from '../domain/local-time.ts';
import type { BillLine, Stretch } from './bill-lines.ts';
import { type BillContext, energyIn, keptByStretch, type Usage } from './charges/context.ts';
import { coverageOf, energyCharge } from './charges/energy-charge.ts';
import { excessCharge } from './charges/excess-charge.ts';
import { discountCharges, feeCharges, surplusCharge } from './charges/own-charges.ts';
import { powerCharge } from './charges/power-charge.ts';
import { reactiveCharge } from './charges/reactive-charge.ts';
import { electricityTax, rentalCharge, vat } from './charges/tax-charges.ts';
import { type Contract, changesWithin } from './contract.ts';
import { DAY_MS, dayOf } from './local-day.ts';
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
  /** Share of the time that has data, 0..1. */
  readonly coverage: number;
};

export type BillOptions = {
  readonly contract: Contract;
  readonly usage: Usage;
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** Of the contract's zone. */
  readonly offsetAt: OffsetAt;
};

/**
 * The bill of a supply. Where a price changes within, every line that depends on one is there for each stretch by
 * itself. Each line is rounded once, to the cent with halves away from zero, and the total is their sum. Throws
 * CONFIG_INVALID where the contract does not say which period an hour is of.
 */
export function bill({ contract, usage, from, to, offsetAt }: BillOptions): Bill {
  const { holidays } = contract;
  const energyPeriods = createPeriods({ tables: contract.energyPeriods, holidays, offsetAt });
  const powerPeriods = createPeriods({ tables: contract.powerPeriods, holidays, offsetAt });
  const stretches = stretchesOf(contract, from, to, offsetAt);
  const energyOf = keptByStretch((stretch) => energyIn(usage.imported, energyPeriods, stretch));
  const context: BillContext = { contract, usage, stretches, energyPeriods, powerPeriods, energyOf };

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
  const energies = stretches.flatMap(energyOf);
  return {
    ...{ contract: contract.name, from, to, days: dayOf(to) - dayOf(from), currency: contract.currency, lines },
    total: rounded(sumOf(lines.flatMap(({ amount }) => amount ?? []))),
    missing: [...new Set(lines.flatMap(({ missing }) => missing ?? []))],
    kwh: energies.reduce((sum, each) => sum + each.kwh, 0),
    coverage: coverageOf(energies),
  };
}

/** [from, to) cut where anything of the contract changes, and at the turn of a year, whose days count. */
function stretchesOf(contract: Contract, from: LocalDate, to: LocalDate, offsetAt: OffsetAt): readonly Stretch[] {
  const { energyPrices, powerPrices, contractedKw, excess, reactive, surplus } = contract;
  const { fees, discounts, rental, electricityTax: tax, vat: rates } = contract;
  const lists = [
    energyPrices,
    powerPrices,
    contractedKw,
    excess,
    reactive,
    surplus,
    fees,
    discounts,
    rental,
    tax,
    rates,
  ];
  const years = Array.from({ length: Number(to.slice(0, 4)) - Number(from.slice(0, 4)) }, (_, index) => ({
    from: `${Number(from.slice(0, 4)) + index + 1}-01-01`,
  }));
  const cuts = [from, ...changesWithin([...lists, years], from, to), to];
  return cuts.slice(1).map((end, index) => {
    const begin = cuts[index] ?? from;
    const instant = (date: LocalDate) => instantOfWall(dayOf(date) * DAY_MS, offsetAt);
    return { from: begin, to: end, start: instant(begin), end: instant(end), days: dayOf(end) - dayOf(begin) };
  });
}
