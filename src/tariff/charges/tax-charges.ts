import type { BillLine, Stretch } from '../bill-lines.ts';
import { type ChargeKind, type Contract, inForce } from '../contract.ts';
import { exact, exactKwh, rounded } from '../money.ts';
import { type BillContext, isNone, lineOf, pricedLine } from './context.ts';
import { coverageOf, estimateWords, sumOfEnergies } from './energy-charge.ts';
import { baseIn, isWithin } from './own-charges.ts';

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

/** The fee of a line: of one name there may be several, one after the other. */
const feeOf = ({ fees }: Pick<Contract, 'fees'>, { name, from, price }: BillLine) =>
  fees.find((fee) => fee.name === name && fee.amount === price && isWithin(fee, from));

const isTaxed = (contract: Pick<Contract, 'fees'>, line: BillLine): boolean =>
  line.kind === 'fee' ? feeOf(contract, line)?.electricityTax === true : TAXED.includes(line.kind);

/** The rate of a line's own; true: the usual one, false: none. */
function vatOf(contract: Pick<Contract, 'fees' | 'rental'>, line: BillLine): number | boolean {
  if (line.kind === 'fee') return feeOf(contract, line)?.vat ?? true;
  if (line.kind === 'rental') return inForce(contract.rental, line.from)?.vat ?? true;
  return line.kind !== 'vat';
}

/** Which lines of a bill a tax line is levied on. */
export function isLevied(contract: Pick<Contract, 'fees' | 'rental'>, tax: BillLine): (line: BillLine) => boolean {
  if (tax.kind !== 'vat') return (line) => isTaxed(contract, line);
  return (line) => vatOf(contract, line) === (tax.name === VAT ? true : tax.quantity);
}

export function electricityTax(context: BillContext, lines: readonly BillLine[]): readonly BillLine[] {
  const { contract, cuts } = context;
  if (isNone(contract, 'electricityTax')) return [];
  const tax = { kind: 'electricityTax', name: 'electricity tax' } as const;
  return cuts
    .cut([])
    .map((stretch) => {
      const rate = inForce(contract.electricityTax, stretch.from)?.percent ?? null;
      return percentLine(
        context,
        stretch,
        lines.filter((line) => isTaxed(contract, line)),
        { ...tax, rate },
      );
    })
    .map((line) => atLeast(context, line));
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

const VAT = 'VAT';

/** A line of the usual rate, and one of each rate that lines have of their own. */
export function vat(context: BillContext, lines: readonly BillLine[]): readonly BillLine[] {
  const { contract, cuts } = context;
  if (isNone(contract, 'vat')) return [];
  return cuts.cut([]).flatMap((stretch) => {
    const of = (which: number | boolean) => lines.filter((line) => vatOf(contract, line) === which);
    const within = lines.filter((line) => line.from >= stretch.from && line.from < stretch.to);
    const own = new Set(within.map((line) => vatOf(contract, line)).filter((rate) => typeof rate === 'number'));
    const usual = inForce(contract.vat, stretch.from)?.percent ?? null;
    return [
      percentLine(context, stretch, of(true), { kind: 'vat', name: VAT, rate: usual }),
      ...[...own].map((rate) =>
        percentLine(context, stretch, of(rate), { kind: 'vat', name: `${VAT} ${rate} %`, rate }),
      ),
    ];
  });
}

type Tax = { readonly kind: ChargeKind; readonly name: string; readonly rate: number | null };

function percentLine(
  { contract }: BillContext,
  stretch: Stretch,
  lines: readonly BillLine[],
  { kind, name, rate }: Tax,
): BillLine {
  const facts = { kind, name, unit: '%' };
  if (rate === null) {
    const missing = `the rate of ${name} on ${stretch.from} is not in the contract`;
    return lineOf(stretch, { ...facts, missing });
  }
  const base = baseIn(stretch, lines, () => true);
  const note = `of ${rounded(base)} ${contract.currency}`;
  const amount = rounded(base.times(exact(rate)).dividedBy(100));
  return lineOf(stretch, { ...facts, quantity: rate, note, amount });
}
