import { safe } from '../domain/safe.ts';
import type { BillOptions } from './bill.ts';
import type { LocalSpan } from './estimates.ts';
import { dayOf } from './local-day.ts';
import { type OpenedBill, openedSteps } from './opened.ts';
import type { LocalDate } from './period-table.ts';

/** `wrong`: what was expected of the word, and seen. */
export type Opening = { readonly opened: readonly OpenedBill[] } | { readonly wrong: string };

/** What a word asks to be opened: `P3`, or another word for a line; `P3@2026-01-15`: the records of a day. */
export function openingOf(word: string): { readonly name: string; readonly date: LocalDate | null } {
  const [name = '', date = null] = word.split('@');
  return { name: name.trim(), date };
}

/** Opens lines of bills one after the other, which are of `span` together. A line each step. */
export function* openingSteps(
  bills: readonly BillOptions[],
  word: string,
  { from, to }: LocalSpan,
): Generator<void, Opening> {
  const { name, date } = openingOf(word);
  if (date !== null && (Number.isNaN(dayOf(date)) || date < from || date >= to)) {
    return { wrong: `expected a day from ${from} to before ${to} after the @, saw "${safe(date, 40)}"` };
  }
  const opened: OpenedBill[] = [];
  for (const options of bills) opened.push(yield* openedSteps(options, name, date));
  const lines = opened.flatMap((each) => each.lines);
  if (lines.length === 0) {
    const names = [...new Set(opened.flatMap(({ whole }) => whole.lines.map((line) => safe(line.name))))].join(', ');
    return {
      wrong: `expected a line of the bill (${names}), its kind, or a period such as P3; saw "${safe(word, 40)}"`,
    };
  }
  if (date !== null && lines.every(({ parts }) => parts.some((part) => part.name !== null))) {
    return { wrong: `${safe(name, 40)} is of the whole bill; leave the day out` };
  }
  return { opened };
}
