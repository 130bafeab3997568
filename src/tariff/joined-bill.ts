import type { Bill } from './bill.ts';
import { rounded, sumOf } from './money.ts';

/**
 * Bills one after the other as one, where what it is charged by changed within: its lines are those of all. null: they
 * are in several currencies, or there are none.
 */
export function joinedBill(bills: readonly Bill[]): Bill | null {
  const [first] = bills;
  const last = bills.at(-1);
  if (first === undefined || last === undefined || bills.some(({ currency }) => currency !== first.currency))
    return null;
  if (first === last) return first;
  const sum = (of: (each: Bill) => number) => bills.reduce((all, each) => all + of(each), 0);
  const hours = sum((each) => each.hours);
  const mean = (of: (each: Bill) => number) => (hours === 0 ? 0 : sum((each) => of(each) * each.hours) / hours);
  return {
    ...{ contract: unique(bills.map(({ contract }) => contract)).join(', then '), about: '', currency: first.currency },
    ...{ from: first.from, to: last.to, days: sum(({ days }) => days), hours },
    hoursToCome: sum((each) => each.hoursToCome ?? 0),
    ...{ lines: bills.flatMap(({ lines }) => lines), total: rounded(sumOf(bills.map(({ total }) => total))) },
    ...{ missing: unique(bills.flatMap(({ missing }) => missing)), notes: unique(bills.flatMap(({ notes }) => notes)) },
    ...{ kwh: sum(({ kwh }) => kwh), kwhEstimated: sum((each) => each.kwhEstimated) },
    ...{ kwhByTime: sum((each) => each.kwhByTime), guessed: mean(({ guessed }) => guessed) },
    coverage: mean(({ coverage }) => coverage),
    co2Kg: bills.some(({ co2Kg }) => co2Kg === null) ? null : sum(({ co2Kg }) => co2Kg ?? 0),
  };
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
