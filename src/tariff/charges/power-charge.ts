import type { BillLine, Stretch } from '../bill-lines.ts';
import { inForce } from '../contract.ts';
import { exact } from '../money.ts';
import { type BillContext, isNone, lineOf, pricedLine, priceOf } from './context.ts';

/** Contracted power by period: kW x price of a year x days / days of the year. */
export function powerCharge({ contract, stretches, powerPeriods }: BillContext): readonly BillLine[] {
  if (isNone(contract, 'power')) return [];
  return stretches.flatMap((stretch) => {
    const contracted = inForce(contract.contractedKw, stretch.from)?.kw;
    const prices = inForce(contract.powerPrices, stretch.from)?.perKwYear;
    return powerPeriods.names.map((period) => {
      const name = `power ${period}`;
      const kw = contracted?.[period] ?? null;
      if (kw === null) {
        const missing = `the contracted power of ${period} on ${stretch.from} is not in the contract`;
        return lineOf(stretch, { kind: 'power', name, period, unit: 'kW', missing });
      }
      const price = priceOf(prices, period);
      const facts = { kind: 'power', name, period, quantity: kw, unit: 'kW', what: `the price of power in ${period}` };
      const share = exact(stretch.days).dividedBy(daysOfYear(contract.powerYear, stretch));
      return pricedLine(
        stretch,
        { ...facts, kind: 'power', note: `${stretch.days} days` },
        exact(kw).times(share),
        price,
      );
    });
  });
}

export function daysOfYear(rule: 365 | 'actual', { from }: Pick<Stretch, 'from'>): number {
  if (rule !== 'actual') return rule;
  const year = Number(from.slice(0, 4));
  return (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / 86_400_000;
}
