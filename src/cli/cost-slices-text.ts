import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import type { Bill } from '../tariff/bill.ts';
import { CHARGE_KINDS, type ChargeKind } from '../tariff/contract.ts';
import type { Compared } from '../tariff/invoice.ts';
import {
  amountOf,
  centsOf,
  kindsOfLength,
  type PeriodSlice,
  SLICE_UNITS,
  type SliceUnit,
  type SpanUnit,
} from '../tariff/slices.ts';
import {
  coveredWords,
  csvRows,
  gapWords,
  headText,
  isAllUnknown,
  isWide,
  kwhText,
  percent,
  timeWords,
  wrapped,
} from './cost-text.ts';
import { type Column, textTable } from './text-table.ts';

const WORDS: Readonly<Record<ChargeKind, string>> = {
  ...{ power: 'power', energy: 'energy', excess: 'excess', reactive: 'reactive', surplus: 'surplus', fee: 'fees' },
  ...{ discount: 'discount', electricityTax: 'el. tax', rental: 'rent', vat: 'VAT' },
};

/** What `--by` says; null: nothing. Throws USAGE. */
export function unitOf(word: string | undefined): SliceUnit | null {
  if (word === undefined) return null;
  const unit = SLICE_UNITS.find((each) => each === word);
  if (unit !== undefined) return unit;
  throw new LectorError('USAGE', `--by: expected one of ${SLICE_UNITS.join(', ')}, saw "${safe(word, 40)}"`);
}

type Table = { readonly titles: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Columns that are left out where a terminal is too narrow, the least needed first: the total has them. */
const LEAST = ['rental', 'fee', 'discount', 'electricityTax', 'surplus', 'reactive', 'excess'] as const;

/** Numbers are never cut: a table that is too wide has fewer columns, and says which it lacks. */
function textOf(table: Table): string {
  const lacking: string[] = [];
  let fitting = table;
  for (const name of LEAST.map((kind) => WORDS[kind])) {
    if (!isWide(plainText(fitting))) break;
    const place = fitting.titles.indexOf(name);
    if (place < 0) continue;
    lacking.push(name);
    fitting = { titles: fitting.titles.toSpliced(place, 1), rows: fitting.rows.map((row) => row.toSpliced(place, 1)) };
  }
  const told = lacking.length === 0 ? [] : [`In the totals too: ${lacking.join(', ')} (--csv shows them).`];
  return plainText(fitting) + lined(told);
}

/** The first column holds words, the others numbers. */
function plainText({ titles, rows }: Table, wordColumns = 1): string {
  const columns = titles.map((title, index): Column => ({ title, align: index < wordColumns ? 'left' : 'right' }));
  return textTable(columns, rows);
}

const csvOf = ({ titles, rows }: Table): string => csvRows([titles, ...rows]);

const headOf = (title: string, bill: Bill): string => `${headText(title, bill)}\n\n`;

/** Sum of the lines of a kind, and the words of nothing where there is none. */
function kindCell({ lines }: Bill, kind: ChargeKind): string {
  const own = lines.filter((line) => line.kind === kind);
  if (own.some(({ missing }) => missing !== null)) return '?';
  return own.length === 0 ? '' : amountOf(own.reduce((sum, { amount }) => sum + centsOf(amount ?? '0'), 0));
}

export type PartedHow = { readonly whole: Bill; readonly unit: SpanUnit; readonly isCsv: boolean };

/** A row for each day, week or month. */
export function billsText(title: string, bills: readonly Bill[], { whole, unit, isCsv }: PartedHow): string {
  const kinds = CHARGE_KINDS.filter((kind) =>
    [whole, ...bills].some(({ lines }) => lines.some((line) => line.kind === kind)),
  );
  const shown = kinds.filter((kind) => bills.some(({ lines }) => lines.some((line) => line.kind === kind)));
  const rowOf = (each: Bill, name: string) => [
    ...[
      name,
      isAllUnknown(each) ? '?' : kwhText(each.kwh),
      ...shown.map((kind) => kindCell(each, kind)),
      each.total,
      percent(each.coverage),
    ],
  ];
  const rows = bills.map((each) => rowOf(each, each.from));
  const titles = [unit === 'day' ? 'day' : `${unit} from`, 'kWh', ...shown.map((kind) => WORDS[kind]), 'total', 'data'];
  if (isCsv) return csvOf({ titles, rows });
  const sum = bills.reduce((all, { total }) => all + centsOf(total), 0);
  const kwh = bills.reduce((all, each) => all + each.kwh, 0);
  const last = ['sum', kwhText(kwh), ...shown.map(() => ''), amountOf(sum), percent(whole.coverage)];
  const left = kinds.filter((kind) => !shown.includes(kind)).map((kind) => WORDS[kind]);
  const without = unit === 'month' || left.length === 0 ? '' : `, with ${left.join(' and ')}, which no ${unit} has`;
  const of = `The bill of all of it is ${safe(whole.total)} ${safe(whole.currency)}${without}`;
  const end = `${of}: each ${unit} is rounded by itself${lengthWords(kindsOfLength(whole, bills), unit)}.`;
  return (
    headOf(title, whole) +
    textOf({ titles, rows: [...rows, last] }) +
    lined([end, ...toldOf(whole), ...unknownWords(bills, whole)])
  );
}

/** Days and the like that are named one by one. */
const NAMED_MAX = 8;

/** Rows of which nothing is known, where the whole says nothing of that. */
function unknownWords(bills: readonly Bill[], whole: Bill): readonly string[] {
  const unknown = bills.filter(isAllUnknown).map(({ from }) => safe(from, 40));
  if (unknown.length === 0 || isAllUnknown(whole)) return [];
  const more = unknown.length > NAMED_MAX ? `, ... (${unknown.length})` : '';
  const dates = unknown.slice(0, NAMED_MAX).join(', ');
  return [`MISSING: there are no records of ${dates}${more}: their totals are of what is known (?)`];
}

/** Taxes follow from the others. */
const FOLLOWING: readonly ChargeKind[] = ['electricityTax', 'vat'];

function lengthWords(kinds: readonly ChargeKind[], unit: string): string {
  const own = kinds.filter((kind) => !FOLLOWING.includes(kind)).map((kind) => WORDS[kind]);
  return own.length === 0 ? '' : `, and ${own.join(', ')} of it are not the sum of those of each ${unit}`;
}

/** What stands below a table: time without data, what was entered or is to be known of the records, and what lacks. */
function toldOf(whole: Bill): readonly string[] {
  const words = gapWords(whole);
  return [
    ...(words === '' ? [] : [coveredWords(whole)]),
    ...whole.notes.map((each) => `- ${safe(each, 400)}`),
    ...whole.missing.map((each) => `MISSING: ${safe(each, 300)}`),
  ];
}

const lined = (sentences: readonly string[]): string =>
  sentences
    .flatMap(wrapped)
    .map((line) => `${line}\n`)
    .join('');

/** A row for each period, and one of what is of none. */
export function periodsText(title: string, whole: Bill, slices: readonly PeriodSlice[], isCsv: boolean): string {
  const kinds = CHARGE_KINDS.filter((kind) => slices.some(({ cents }) => cents[kind] !== undefined));
  const rowOf = ({ period, kwh, cents, totalCents }: PeriodSlice) => [
    period ?? 'all',
    period === null ? '' : kwhText(kwh),
    ...kinds.map((kind) => (cents[kind] === undefined ? '' : amountOf(cents[kind]))),
    amountOf(totalCents),
  ];
  const titles = ['period', 'kWh', ...kinds.map((kind) => WORDS[kind]), 'total'];
  const rows = slices.map(rowOf);
  if (isCsv) return csvOf({ titles, rows });
  const sum = ['total', kwhText(whole.kwh), ...kinds.map((kind) => kindCell(whole, kind)), whole.total];
  return headOf(title, whole) + textOf({ titles, rows: [...rows, sum] }) + lined(toldOf(whole));
}

/** An invoice beside a bill. */
export function comparedText(title: string, whole: Bill, rows: readonly Compared[]): string {
  const titles = ['line', 'invoice', 'computed', 'difference'];
  const cells = rows.map(({ name, invoiced, computed, difference }) => [
    ...[safe(name, 60), invoiced ?? '-', computed ?? '-', difference],
  ]);
  const total = rows.at(-1)?.difference ?? '0.00';
  const agreed = Number(total) === 0 ? 'agree to the cent' : `differ by ${total} ${safe(whole.currency)}`;
  const covered = `Computed from data of ${timeWords(whole)}${gapWords(whole)}.`;
  const missing = whole.missing.map((words) => `MISSING: ${safe(words, 300)}`);
  return (
    headOf(title, whole) + textOf({ titles, rows: cells }) + lined([`The totals ${agreed}. ${covered}`, ...missing])
  );
}
