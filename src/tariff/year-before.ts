import { LectorError } from '../domain/errors.ts';
import { type Bill, type BillOptions, billSteps } from './bill.ts';
import type { LocalSpan } from './estimates.ts';
import { dayOf } from './local-day.ts';
import { allSteps } from './steps.ts';

/** The same dates a year before; 28 February of a year without a 29th. */
export function yearBefore({ from, to }: LocalSpan): LocalSpan {
  const before = (date: string) => {
    const moved = `${String(Number(date.slice(0, 4)) - 1).padStart(4, '0')}${date.slice(4)}`;
    return Number.isNaN(dayOf(moved)) ? `${moved.slice(0, 8)}28` : moved;
  };
  return { from: before(from), to: before(to) };
}

/** A bill to stand beside another; null: there are no data of its dates, or the contract knows no periods of then. */
export const billIfKnown = (options: BillOptions): Bill | null => allSteps(billIfKnownSteps(options));

/** The same in steps, as those of `billSteps`. */
export function* billIfKnownSteps(options: BillOptions): Generator<void, Bill | null> {
  if (options.usage.imported.length === 0) return null;
  try {
    const made = yield* billSteps(options);
    return made.coverage > 0 ? made : null;
  } catch (error) {
    if (error instanceof LectorError && error.code === 'CONFIG_INVALID') return null;
    throw error;
  }
}
