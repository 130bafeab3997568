import type { BillLine, Stretch } from '../bill-lines.ts';
import { inForce } from '../contract.ts';
import { exact } from '../money.ts';
import { type BillContext, isNone, lineOf, pricedLine, priceOf } from './context.ts';

/** First and last years of which a bill can be. */
const [YEAR_MIN, YEAR_MAX] = [1970, 2200];
/** Where years of 365 and of 366 days meet. */
const YEARS = Array.from({ length: YEAR_MAX - YEAR_MIN }, (_, index) => ({ from: `${YEAR_MIN + index}-01-01` })).filter(
  ({ from }) => isLeap(Number(from.slice(0, 4))) || isLeap(Number(from.slice(0, 4)) - 1),
);

/** Contracted power by period: kW x price of a year x days / days of the year. */
export function powerCharge({ contract, cuts, powerPeriods }: BillContext): readonly BillLine[] {
  if (isNone(contract, 'power')) return [];
  const { contractedKw, powerPrices, discounts, powerYear } = contract;
  const years = powerYear === 'actual' ? YEARS : [];
  return cuts.cut([contractedKw, powerPrices, discounts, years, contract.powerPeriods]).flatMap((stretch) => {
    const contracted = inForce(contract.contractedKw, stretch.from)?.kw;
    const prices = inForce(contract.powerPrices, stretch.from)?.perKwYear;
    return powerPeriods.namesIn(stretch.from, stretch.to).map((period) => {
      const name = `power ${period}`;
      const kw = priceOf(contracted, period);
      if (kw === null) {
        const missing = `the contracted power of ${period} on ${stretch.from} is not in the contract`;
        return lineOf(stretch, { kind: 'power', name, period, unit: 'kW', missing });
      }
      const price = priceOf(prices, period);
      const year = daysOfYear(contract.powerYear, stretch);
      const facts = { kind: 'power', name, period, quantity: kw, unit: 'kW', per: year } as const;
      const words = { note: `${stretch.days} of ${year} days`, what: `the price of power in ${period}` };
      return pricedLine(stretch, { ...facts, ...words }, exact(kw).times(stretch.days), price);
    });
  });
}

export function daysOfYear(rule: 365 | 'actual', { from }: Pick<Stretch, 'from'>): number {
  if (rule !== 'actual') return rule;
  return isLeap(Number(from.slice(0, 4))) ? 366 : 365;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}
