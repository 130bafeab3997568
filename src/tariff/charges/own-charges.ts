import type { BillLine, Stretch } from '../bill-lines.ts';
import { type Discount, type Fee, inForce } from '../contract.ts';
import { exact, exactKwh, rounded, sumOf } from '../money.ts';
import { type BillContext, energyIn, isNone, lineOf, pricedLine } from './context.ts';

const isWithin = ({ from, until }: Pick<Fee, 'from' | 'until'>, date: string): boolean =>
  from <= date && (until === null || date < until);

/** The user's own lines, by day, by kWh, or once a bill. */
export function feeCharges({ contract, stretches, energyOf }: BillContext): readonly BillLine[] {
  if (isNone(contract, 'fee')) return [];
  return stretches.flatMap((stretch, index) =>
    contract.fees.flatMap((fee) => {
      if (!isWithin(fee, stretch.from) || (fee.per === 'bill' && index > 0)) return [];
      const kwh = () => energyOf(stretch).reduce((sum, each) => sum + each.kwh, 0);
      const quantity = fee.per === 'day' ? stretch.days : fee.per === 'bill' ? 1 : kwh();
      const unit = fee.per === 'day' ? 'days' : fee.per === 'bill' ? '' : 'kWh';
      const count = fee.per === 'kWh' ? exactKwh(quantity) : exact(quantity);
      const facts = { kind: 'fee', name: fee.name, quantity, unit, what: fee.name } as const;
      return [pricedLine(stretch, facts, count, fee.amount)];
    }),
  );
}

/** What was fed in, paid for at most as much as the energy of the bill costs. */
export function surplusCharge(context: BillContext, energyLines: readonly BillLine[]): readonly BillLine[] {
  const { contract, usage, stretches, energyPeriods } = context;
  if (isNone(contract, 'surplus') || usage.exported === null) return [];
  const exported = usage.exported;
  let left = sumOf(energyLines.flatMap(({ amount }) => amount ?? []));
  return stretches.flatMap((stretch) => {
    const kwh = energyIn(exported, energyPeriods, stretch).reduce((sum, each) => sum + each.kwh, 0);
    if (exactKwh(kwh).lessThanOrEqualTo(0)) return [];
    const facts = { kind: 'surplus', name: 'surplus fed in', quantity: kwh, unit: 'kWh' } as const;
    const price = inForce(contract.surplus, stretch.from)?.perKwh ?? null;
    if (price === null) {
      const missing = `the price of surplus on ${stretch.from} is not in the contract`;
      return [lineOf(stretch, { ...facts, missing })];
    }
    const worth = exactKwh(kwh).times(exact(price));
    const paid = worth.greaterThan(left) ? left : worth;
    left = left.minus(paid);
    const note = paid.lessThan(worth) ? `no more than the energy of the bill costs, of ${rounded(worth)}` : null;
    return [lineOf(stretch, { ...facts, price: -price, amount: rounded(paid.negated()), note })];
  });
}

const KINDS_OF: Readonly<Record<Discount['of'], readonly string[]>> = {
  energy: ['energy'],
  power: ['power'],
  both: ['energy', 'power'],
};

/** Taken off energy, power or both, of each stretch by itself. */
export function discountCharges({ contract, stretches }: BillContext, lines: readonly BillLine[]): readonly BillLine[] {
  if (isNone(contract, 'discount')) return [];
  return stretches.flatMap((stretch) =>
    contract.discounts
      .filter((discount) => isWithin(discount, stretch.from))
      .map(({ name, percent, of }) => {
        const base = baseIn(stretch, lines, ({ kind }) => KINDS_OF[of].includes(kind));
        const amount = base.times(exact(percent)).dividedBy(-100);
        return lineOf(stretch, { kind: 'discount', name, quantity: percent, unit: '%', amount: rounded(amount) });
      }),
  );
}

/** Sum of those lines that begin in a stretch. */
export function baseIn({ from, to }: Stretch, lines: readonly BillLine[], counts: (line: BillLine) => boolean) {
  const within = lines.filter((line) => line.from >= from && line.from < to && counts(line));
  return sumOf(within.flatMap(({ amount }) => amount ?? []));
}
