import type { BillLine, Stretch } from '../bill-lines.ts';
import { type Discount, type Fee, inForce } from '../contract.ts';
import { exact, exactKwh, rounded, sumOf } from '../money.ts';
import { type BillContext, isNone, lineOf, pricedLine } from './context.ts';
import { BELOW_ZERO, coverageOf, estimateWords, isBelowZero, sumOfEnergies } from './energy-charge.ts';
import { isUnknown, NO_RECORDS } from './unknown-energy.ts';

export const isWithin = ({ from, until }: Pick<Fee, 'from' | 'until'>, date: string): boolean =>
  from <= date && (until === null || date < until);

/** The user's own lines, by day, by kWh, or once a billing period. */
export function feeCharges(context: BillContext): readonly BillLine[] {
  const { contract, cuts } = context;
  if (isNone(contract, 'fee')) return [];
  // of one name the bill has one at a time: what it costs may change within
  const names = [...new Set(contract.fees.map(({ name }) => name))];
  return names.flatMap((name) => {
    const fees = contract.fees.filter((fee) => fee.name === name);
    return cuts.billing.length > 1 && fees.some(({ per }) => per === 'bill')
      ? cuts.billing.flatMap((billing) => feesIn(context, fees, cuts.cut([fees], billing)))
      : feesIn(context, fees, cuts.cut([fees]));
  });
}

function feesIn(
  { energyOf, isPart }: BillContext,
  fees: readonly Fee[],
  stretches: readonly Stretch[],
): readonly BillLine[] {
  const all = stretches.flatMap((stretch) =>
    fees.filter((fee) => isWithin(fee, stretch.from)).map((fee) => ({ stretch, fee })),
  );
  const once = all.find(({ fee }) => fee.per === 'bill');
  return all.flatMap((each) => {
    const { stretch, fee } = each;
    if (fee.per === 'bill' && each !== once) return [];
    const energy = sumOfEnergies(fee.per === 'kWh' ? energyOf(stretch) : []);
    const quantity = fee.per === 'day' ? stretch.days : fee.per === 'bill' ? 1 : energy.kwh;
    const unit = fee.per === 'day' ? 'days' : fee.per === 'bill' ? '' : 'kWh';
    const isPaid = fee.per === 'kWh' && !isPart && isBelowZero(quantity);
    const count = isPaid ? exact(0) : fee.per === 'kWh' ? exactKwh(quantity) : exact(quantity);
    const coverage = fee.per === 'kWh' ? coverageOf([energy]) : null;
    const { kwhEstimated: estimated } = energy;
    const facts = { kind: 'fee', name: fee.name, quantity, unit, coverage, estimated, what: fee.name } as const;
    const notes = [...(isPaid ? [BELOW_ZERO] : []), estimateWords(energy) ?? []].flat();
    return [pricedLine(stretch, { ...facts, note: notes.length === 0 ? null : notes.join('; ') }, count, fee.amount)];
  });
}

/** What was fed in, paid for at most as much as the energy of the billing period costs. */
export function surplusCharge(context: BillContext, energyLines: readonly BillLine[]): readonly BillLine[] {
  const { contract, usage, cuts } = context;
  const { exported } = usage;
  if (isNone(contract, 'surplus')) return [];
  // silence would say that there was none
  if (exported === null) return cuts.billing.flatMap((billing) => unrecorded(context, billing));
  return cuts.billing.flatMap((billing) => {
    const within = energyLines.filter(({ from }) => from >= billing.from && from < billing.to);
    const limit = sumOf(within.flatMap(({ amount }) => amount ?? []));
    const isUnknown = within.some(({ missing }) => missing !== null);
    let left = limit.lessThan(0) ? exact(0) : limit;
    return cuts.cut([contract.surplus], billing).flatMap((stretch) => {
      const energy = sumOfEnergies(context.energyOf(stretch, 'exported'));
      const { kwh, kwhEstimated: estimated } = energy;
      if (exactKwh(kwh).lessThanOrEqualTo(0)) return [];
      const facts = {
        ...({ kind: 'surplus', name: 'surplus fed in', quantity: kwh, unit: 'kWh' } as const),
        ...{ coverage: coverageOf([energy]), estimated, note: estimateWords(energy) },
      };
      const price = inForce(contract.surplus, stretch.from)?.perKwh ?? null;
      if (price === null || (isUnknown && !context.isPart)) {
        const what =
          price === null ? `the price of surplus on ${stretch.from} is` : 'prices of energy, which limit it, are';
        return [lineOf(stretch, { ...facts, missing: `${what} not in the contract` })];
      }
      // what is printed is what is taken off: the parts together are within the limit to the cent
      const worth = exact(rounded(exactKwh(kwh).times(exact(price))));
      const paid = worth.greaterThan(left) && !context.isPart ? left : worth;
      left = left.minus(paid);
      const limited = paid.lessThan(worth) ? [`no more than the energy of the bill costs, of ${rounded(worth)}`] : [];
      const notes = [...[facts.note ?? []].flat(), ...limited];
      const note = notes.length === 0 ? null : notes.join('; ');
      return [lineOf(stretch, { ...facts, price: -price, amount: rounded(paid.negated()), note })];
    });
  });
}

/** Of what is not recorded, that it is not; nothing where it has no price. */
function unrecorded({ contract, cuts, energyOf }: BillContext, billing: Stretch): readonly BillLine[] {
  const isPriced = cuts.cut([contract.surplus], billing).some(({ from }) => inForce(contract.surplus, from) !== null);
  const why = isUnknown(sumOfEnergies(energyOf(billing)))
    ? NO_RECORDS
    : 'the energy that is fed in is not recorded (CEX)';
  const missing = `${why}: what surplus is paid cannot be computed`;
  return isPriced ? [lineOf(billing, { kind: 'surplus', name: 'surplus fed in', unit: 'kWh', missing })] : [];
}

/** What a discount of each sort is taken off. */
export const DISCOUNTED: Readonly<Record<Discount['of'], readonly string[]>> = {
  energy: ['energy'],
  power: ['power'],
  both: ['energy', 'power'],
};

/** Taken off energy, power or both. */
export function discountCharges({ contract, cuts }: BillContext, lines: readonly BillLine[]): readonly BillLine[] {
  if (isNone(contract, 'discount')) return [];
  return contract.discounts.flatMap((discount) =>
    cuts
      .cut([[discount]])
      .filter(({ from }) => isWithin(discount, from))
      .map((stretch) => {
        const { name, percent, of } = discount;
        const base = baseIn(stretch, lines, ({ kind }) => DISCOUNTED[of].includes(kind));
        const amount = base.times(exact(percent)).dividedBy(-100);
        const facts = { kind: 'discount', name, quantity: percent, unit: '%' } as const;
        return lineOf(stretch, { ...facts, amount: rounded(amount), note: `of ${rounded(base)} ${contract.currency}` });
      }),
  );
}

/** Sum of those lines that begin in a stretch. */
export function baseIn({ from, to }: Stretch, lines: readonly BillLine[], counts: (line: BillLine) => boolean) {
  const within = lines.filter((line) => line.from >= from && line.from < to && counts(line));
  return sumOf(within.flatMap(({ amount }) => amount ?? []));
}
