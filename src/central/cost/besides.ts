import type { OffsetAt } from '../../domain/grid.ts';
import type { Bill, BillOptions } from '../../tariff/bill.ts';
import type { Opened } from '../../tariff/opened.ts';
import { openingSteps } from '../../tariff/opening.ts';
import type { LocalDate } from '../../tariff/period-table.ts';
import { billsBySteps, type SpanUnit } from '../../tariff/slices.ts';
import { billIfKnownSteps } from '../../tariff/year-before.ts';
import { problem } from '../api/problems.ts';
import { inTurns } from './in-turns.ts';

/** What is asked beside bills. */
export type AskedBeside = {
  /** A bill for each of these; null: it is not asked. */
  readonly by: SpanUnit | null;
  /** What lines are made of: `P3`, or `P3@2026-01-15`; null: it is not asked. */
  readonly open: string | null;
  /** The same dates a year before. */
  readonly lastYear: boolean;
};

/** Of each bill, in their order; absent: it is not asked. */
export type Beside = {
  readonly parts?: readonly (readonly Bill[])[];
  readonly opened?: readonly OpenedOf[];
  /** null: there are no data of then. */
  readonly lastYear?: readonly (Bill | null)[];
};
export type OpenedOf = {
  /** Of the contract, and of the days. */
  readonly timezone: string;
  readonly offsetAt: OffsetAt;
  readonly lines: readonly Opened[];
};

type Bills = {
  readonly bills: readonly BillOptions[];
  /** What they are of together. */
  readonly span: { readonly from: LocalDate; readonly to: LocalDate };
  /** Those of a year before. */
  before(): Promise<readonly BillOptions[]>;
};

/** What is asked beside bills; all others have their turn between its bills and lines. Rejects with `bad-request`. */
export async function besideOf({ by, open, lastYear }: AskedBeside, { bills, span, before }: Bills): Promise<Beside> {
  return {
    ...(by !== null && { parts: await inTurns(eachOf(bills, (each) => billsBySteps(each, by))) }),
    ...(open !== null && { opened: await openedOf(bills, open, span) }),
    ...(lastYear && { lastYear: await inTurns(eachOf(await before(), billIfKnownSteps)) }),
  };
}

function* eachOf<T>(
  bills: readonly BillOptions[],
  stepsOf: (each: BillOptions) => Generator<void, T>,
): Generator<void, readonly T[]> {
  const made: T[] = [];
  for (const each of bills) made.push(yield* stepsOf(each));
  return made;
}

async function openedOf(
  bills: readonly BillOptions[],
  word: string,
  span: Bills['span'],
): Promise<readonly OpenedOf[]> {
  const made = await inTurns(openingSteps(bills, word, span));
  if ('wrong' in made) throw problem('bad-request', `open: ${made.wrong}`);
  return bills.map(({ contract, offsetAt }, index) => ({
    ...{ timezone: contract.timezone, offsetAt, lines: made.opened[index]?.lines ?? [] },
  }));
}
