import { safe } from '../domain/safe.ts';
import type { Bill } from '../tariff/bill.ts';
import { amountOf, centsOf } from '../tariff/slices.ts';
import { billText, wrapped } from './cost-text.ts';

/** `other`: by the contract of `--what-if`; null: none is asked for. `before`: of the same dates a year before. */
export type Whole = { readonly bill: Bill; readonly other: Bill | null; readonly before: Bill | null };

/** A bill, and what another contract would make of it. */
export function wholeText(title: string, { bill, other, before }: Whole): string {
  const own = billText(title, bill, before);
  if (other === null) return own;
  const lacking = [bill, other].some(({ missing }) => missing.length > 0) ? ' (of what is known of both)' : '';
  const both = `With ${safe(other.contract)} in the place of ${safe(bill.contract)}`;
  const difference = wrapped(`${both}: ${differenceWords(bill, other)}${lacking}`);
  return `${own}\n${billText(title, other)}\n${difference.join('\n')}\n`;
}

function differenceWords(now: Bill, then: Bill): string {
  if (now.currency !== then.currency) return `in another currency, ${then.currency} and not ${now.currency}`;
  const cents = centsOf(then.total) - centsOf(now.total);
  if (cents === 0) return 'the same';
  return `${amountOf(Math.abs(cents))} ${now.currency} ${cents > 0 ? 'more' : 'less'}`;
}
