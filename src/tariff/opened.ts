import { type Bill, type BillOptions, billSteps, usageOfBill } from './bill.ts';
import type { BillLine } from './bill-lines.ts';
import { isBelowZero } from './charges/energy-charge.ts';
import { excessParts } from './charges/excess-parts.ts';
import { DISCOUNTED } from './charges/own-charges.ts';
import { daysOfYear } from './charges/power-charge.ts';
import { isLevied } from './charges/tax-charges.ts';
import { CHARGE_KINDS, type ChargeKind } from './contract.ts';
import { createCuts, stretchOf, turnsOf } from './cuts.ts';
import { dateOf, dayOf } from './local-day.ts';
import { exact } from './money.ts';
import { measuredParts, NO_PART, type OpenedPart, type Wanted } from './opened-parts.ts';
import type { LocalDate, PeriodName } from './period-table.ts';

/** A line of a bill and what it is made of. The parts are not rounded: their sum is the line but for that. */
export type Opened = {
  readonly line: BillLine;
  /** What of the line is opened; null: all of it. */
  readonly period: PeriodName | null;
  readonly parts: readonly OpenedPart[];
};

const OTHER_WORDS: Readonly<Record<string, ChargeKind>> = {
  ...{ tax: 'electricityTax', rent: 'rental', fees: 'fee', export: 'surplus', iva: 'vat' },
};

/** A bill whose lines are opened. */
export type OpenedBill = { readonly whole: Bill; readonly lines: readonly Opened[] };

/**
 * The lines that a word means, opened to their days, or those of one day to its records; a line each step. The word is
 * a period (its energy), the name of a line, or a kind such as `excess`. An empty list where the bill has none.
 */
export function* openedSteps(options: BillOptions, word: string, date: LocalDate | null): Generator<void, OpenedBill> {
  const asked = { ...options, usage: usageOfBill(options) };
  const whole = yield* billSteps(asked);
  yield;
  const lines = meant(whole, options, word).filter(
    ({ line: { from, to } }) => date === null || (from <= date && date < to),
  );
  const isOfDay = (part: OpenedPart) => date === null || part.name !== null || part.date === date;
  const opened: Opened[] = [];
  for (const { line, period } of lines) {
    const parts = partsOf(asked, whole, { line, period, date }).filter(isOfDay);
    opened.push({ line, period, parts: isUnpaid(line) ? parts.map(unpaid) : parts });
    yield;
  }
  return { whole, lines: opened };
}

/** Energy below zero, of a sum of which more is taken off than there is: its line costs nothing. */
const isUnpaid = ({ unit, quantity, amount }: BillLine): boolean =>
  unit === 'kWh' && amount === '0.00' && isBelowZero(quantity ?? 0);

const unpaid = (part: OpenedPart): OpenedPart => ({
  ...part,
  ...{ cost: null, note: [part.note ?? [], 'nothing is paid'].flat().join(', ') },
});

type Meant = { readonly line: BillLine; readonly period: PeriodName | null };

function meant({ lines }: Bill, { contract }: BillOptions, word: string): readonly Meant[] {
  const lower = word.toLowerCase();
  const all = (counts: (line: BillLine) => boolean) => lines.filter(counts).map((line) => ({ line, period: null }));
  const periods = contract.energyPeriods.flatMap(({ rules }) => rules.map(({ period }) => period));
  const period = periods.find((each) => each.toLowerCase() === lower);
  if (period !== undefined) {
    const energies = lines.filter((line) => line.kind === 'energy' && (line.period ?? period) === period);
    return energies.map((line) => ({ line, period: line.period === null ? period : null }));
  }
  const named = all(({ name }) => name.toLowerCase() === lower);
  if (named.length > 0) return named;
  const kindOf = (each: string) => CHARGE_KINDS.find((known) => known.toLowerCase() === each) ?? OTHER_WORDS[each];
  const [first = '', own, more] = lower.split(/\s+/);
  // `reactive P3`: the kind, and the period of it
  if (own !== undefined && more === undefined && kindOf(first) !== undefined) {
    return all((line) => line.kind === kindOf(first) && line.period?.toLowerCase() === own);
  }
  const kind = kindOf(lower);
  return all((line) => line.kind === kind);
}

type Asked = Meant & { readonly date: LocalDate | null };

function partsOf(options: BillOptions, whole: Bill, asked: Asked): readonly OpenedPart[] {
  const { contract } = options;
  const { line, date } = asked;
  const { from, to, price, unit } = line;
  const energy = (change: Partial<Wanted>) =>
    measuredParts(options, { quantity: 'imported', period: null, from, to, price, ...change }, date);
  switch (line.kind) {
    case 'energy':
      return energy({
        period: line.period ?? asked.period,
        price: contract.hourlyPrices === null || line.period !== null ? price : 'hourly',
        isOfPeriod: contract.hourlyPrices !== null && line.period !== null,
      });
    case 'surplus':
      return energy({ quantity: 'exported' });
    case 'reactive':
      return reactiveParts(options, asked);
    case 'excess':
      return excessParts(options, line, date);
    case 'power':
    case 'rental':
      return daysOf(options, line);
    case 'fee':
      return unit === 'kWh' ? energy({}) : unit === 'days' ? daysOf(options, line) : [wholePart(options, line)];
    case 'discount': {
      const of = contract.discounts.find(({ name }) => name === line.name)?.of ?? 'both';
      return linesOf(options, whole, line, ({ kind }) => DISCOUNTED[of].includes(kind));
    }
    case 'electricityTax':
    case 'vat':
      // the least of a tax is of energy
      return unit === 'kWh' ? energy({}) : linesOf(options, whole, line, isLevied(contract, line));
  }
}

/** Reactive energy with the active energy beside it: what is free of it is known of all of them together only. */
function reactiveParts(options: BillOptions, { line, date }: Asked): readonly OpenedPart[] {
  // it is measured over the billing period, whatever its price does within
  const { billing } = createCuts(options.contract, options);
  const { from, to } = billing.find((each) => each.from <= line.from && line.from < each.to) ?? line;
  const wanted = { period: line.period, from, to, price: null };
  const active = measuredParts(options, { ...wanted, quantity: 'imported' }, date);
  const kwhIn = ({ from, to }: OpenedPart) =>
    active.filter((each) => each.from >= from && each.to <= to).reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
  return measuredParts(options, { ...wanted, quantity: 'reactive' }, date).map((part) => {
    return { ...part, note: `beside ${kwhIn(part).toFixed(3)} kWh` };
  });
}

function wholePart({ offsetAt }: BillOptions, { from, to, price, amount }: BillLine): OpenedPart {
  const { start, end } = stretchOf(from, to, offsetAt);
  return { ...NO_PART, from: start, to: end, date: from, price, cost: amount };
}

/** Of what is charged by the day, each day: as much as any other of the line. */
function daysOf({ contract, offsetAt }: BillOptions, line: BillLine): readonly OpenedPart[] {
  const { from, to, price, quantity } = line;
  const isPower = line.kind === 'power';
  const count = isPower ? quantity : 1;
  const whole = price === null || count === null ? null : exact(count).times(exact(price));
  const cost = whole?.dividedBy(isPower ? daysOfYear(contract.powerYear, line) : 1).toFixed(4) ?? null;
  return [from, ...turnsOf('day', from, to)].map((date) => {
    const { start, end } = stretchOf(date, dateOf(dayOf(date) + 1), offsetAt);
    return { ...NO_PART, from: start, to: end, date, quantity: count, price, cost };
  });
}

/** The lines that a percentage is of. */
function linesOf(
  { offsetAt }: BillOptions,
  { lines }: Bill,
  { from, to }: BillLine,
  counts: (line: BillLine) => boolean,
): readonly OpenedPart[] {
  const { start, end } = stretchOf(from, to, offsetAt);
  return lines
    .filter((line) => counts(line) && line.from >= from && line.from < to)
    .map(({ name, amount }) => ({ ...NO_PART, from: start, to: end, date: from, name, cost: amount }));
}
