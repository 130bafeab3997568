import type { BillLine } from '../bill-lines.ts';
import { type ChargeKind, type Contract, type Dated, inForce } from '../contract.ts';
import { exact, exactKwh, rounded } from '../money.ts';
import { type BillContext, isNone, lineOf, pricedLine } from './context.ts';
import { coverageOf, estimateWords, sumOfEnergies } from './energy-charge.ts';
import { baseIn } from './own-charges.ts';

/** Rent of the meter, by day. */
export function rentalCharge({ contract, cuts }: BillContext): readonly BillLine[] {
  if (isNone(contract, 'rental')) return [];
  return cuts.cut([contract.rental]).map((stretch) => {
    const price = inForce(contract.rental, stretch.from)?.perDay ?? null;
    const facts = { kind: 'rental', name: 'rent of the meter', quantity: stretch.days, unit: 'days' } as const;
    return pricedLine(stretch, { ...facts, what: 'the rent of the meter' }, exactKwh(stretch.days), price);
  });
}

/** Lines that the electricity tax is levied on, beside the fees that say so. */
const TAXED: readonly ChargeKind[] = ['power', 'energy', 'excess', 'reactive', 'surplus', 'discount'];

/** Which lines of a bill a tax is levied on: VAT on everything but fees that say that they are free of it. */
export function isLevied({ fees }: Pick<Contract, 'fees'>, tax: 'electricityTax' | 'vat'): (line: BillLine) => boolean {
  const named = new Set(fees.flatMap((fee) => (fee[tax] ? [fee.name] : [])));
  const others = (kind: ChargeKind) => (tax === 'vat' ? kind !== 'vat' : TAXED.includes(kind));
  return ({ kind, name }) => (kind === 'fee' ? named.has(name) : others(kind));
}

export function electricityTax(context: BillContext, lines: readonly BillLine[]): readonly BillLine[] {
  return percentOf(context, lines, isLevied(context.contract, 'electricityTax'), {
    ...{ kind: 'electricityTax', name: 'electricity tax', rates: context.contract.electricityTax },
  }).map((line) => atLeast(context, line));
}

/** The tax, or what the contract says is the least of it (Ley 38/1992, article 99) where that is more. */
function atLeast({ contract, cuts, energyOf }: BillContext, line: BillLine): BillLine {
  const minimum = inForce(contract.electricityTax, line.from)?.minimumPerKwh ?? 0;
  const stretch = cuts.cut([]).find(({ from }) => from === line.from);
  if (line.amount === null || minimum === 0 || stretch === undefined) return line;
  const energy = sumOfEnergies(energyOf(stretch));
  const least = rounded(exactKwh(energy.kwh).times(exact(minimum)));
  if (exact(least).lessThanOrEqualTo(exact(line.amount))) return line;
  const byRate = `the least of it, for ${line.quantity} % ${line.note} are ${line.amount}`;
  const note = [byRate, estimateWords(energy)].filter((words) => words !== null).join('; ');
  return {
    ...{ ...line, quantity: energy.kwh, unit: 'kWh', price: minimum, amount: least, note },
    ...{ coverage: coverageOf([energy]), estimated: energy.kwhEstimated },
  };
}

export function vat(context: BillContext, lines: readonly BillLine[]): readonly BillLine[] {
  const rates = context.contract.vat;
  return percentOf(context, lines, isLevied(context.contract, 'vat'), { kind: 'vat', name: 'VAT', rates });
}

type Tax = { readonly kind: ChargeKind; readonly name: string; readonly rates: Dated<{ readonly percent: number }> };

function percentOf(
  { contract, cuts }: BillContext,
  lines: readonly BillLine[],
  counts: (line: BillLine) => boolean,
  { kind, name, rates }: Tax,
): readonly BillLine[] {
  if (isNone(contract, kind)) return [];
  return cuts.cut([]).map((stretch) => {
    const base = baseIn(stretch, lines, counts);
    const rate = inForce(rates, stretch.from)?.percent ?? null;
    const facts = { kind, name, unit: '%' };
    if (rate === null) {
      const missing = `the rate of ${name} on ${stretch.from} is not in the contract`;
      return lineOf(stretch, { ...facts, missing });
    }
    const note = `of ${rounded(base)} ${contract.currency}`;
    const amount = rounded(base.times(exact(rate)).dividedBy(100));
    return lineOf(stretch, { ...facts, quantity: rate, note, amount });
  });
}
