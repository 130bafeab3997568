import { safe } from '../domain/safe.ts';
import type { Bill } from '../tariff/bill.ts';
import type { BillLine } from '../tariff/bill-lines.ts';
import { amountOf, centsOf } from '../tariff/slices.ts';
import { type Column, textTable } from './text-table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'line', align: 'left' },
  { title: 'from', align: 'left' },
  { title: 'to', align: 'left' },
  { title: 'quantity', align: 'right' },
  { title: '', align: 'left' },
  { title: 'price', align: 'right' },
  { title: 'amount', align: 'right' },
  { title: 'data', align: 'right' },
];
const BEFORE: Column = { title: 'a year before', align: 'right' };

/**
 * A bill as a person reads it:
 *
 *   Main switchboard (analyzer 1): IES Sa Garriga, main supply, 2026-01-01 to 2026-02-01 (31 days)
 *
 *   line         from        to          quantity        price   amount  data  a year before
 *   power P1     2026-01-01  2026-02-01        30  kW    19.10    48.67                48.67
 *   energy P3    2026-01-01  2026-02-01  1440.000  kWh   0.157   226.08  98 %         231.20
 *   VAT          ...
 *   total                                                       1174.15  EUR         1190.02
 *
 * `before`: the bill of the same dates a year before; null: there are no data of them.
 */
export function billText(title: string, bill: Bill, before: Bill | null = null): string {
  const { lines, total, currency, from, to, days, contract, coverage, kwh, missing, co2Kg } = bill;
  const head = `${safe(title, 200)}: ${safe(contract)}, ${from} to ${to} (${days} days)`;
  const past = before === null ? null : amountsByName(before);
  const rows = lines.map((line, place) => {
    // of several lines of one name the first has what all of them were
    const isFirst = lines.findIndex(({ name }) => name === line.name) === place;
    return [...cells(line), ...(past === null ? [] : [isFirst ? (past.get(line.name) ?? '') : ''])];
  });
  const sum = ['total', '', '', '', '', '', total, currency, ...(before === null ? [] : [before.total])];
  const table = textTable(before === null ? COLUMNS : [...COLUMNS, BEFORE], [...rows, sum]);
  // days and bases say what the columns say
  const told = lines.filter(
    ({ kind, unit }) => kind !== 'power' && kind !== 'vat' && (kind !== 'electricityTax' || unit !== '%'),
  );
  const notes = told.flatMap(({ name, note }) => (note === null ? [] : [`${safe(name)}: ${safe(note, 200)}`]));
  const covered = `${kwh.toFixed(1)} kWh, from data of ${percent(coverage)} of the time`;
  const lacking = missing.map((words) => `MISSING: ${safe(words, 300)}`);
  const end = lacking.length === 0 ? [] : ['', ...lacking, 'The total is of the other lines.'];
  const carbon = co2Kg === null ? [] : [`${co2Kg.toFixed(1)} kg of CO2`];
  const all = [...notes, ...bill.notes.map((each) => safe(each, 400))].map((each) => `  ${each}`);
  const year = before === null ? [] : [yearWords(bill, before)];
  const body = [head, '', table + covered + gapWords(bill), ...carbon, ...year, ...all, ...end];
  return `${body.join('\n')}\n`;
}

/** What a bill says of the time without data. A centre of before says nothing of how long is guessed. */
export function gapWords(bill: Pick<Bill, 'coverage' | 'kwhEstimated'> & { readonly guessed?: number }): string {
  const { coverage, kwhEstimated, guessed = 0 } = bill;
  if (kwhEstimated !== 0 || guessed > 0) {
    return `; ${kwhEstimated.toFixed(1)} kWh of it are ESTIMATED for the rest of the time`;
  }
  return coverage < 1 ? '; what was used in the rest of it is not in this bill' : '';
}

function amountsByName({ lines }: Bill): ReadonlyMap<string, string> {
  const found = new Map<string, number>();
  for (const { name, amount } of lines) {
    if (amount !== null) found.set(name, (found.get(name) ?? 0) + centsOf(amount));
  }
  return new Map([...found].map(([name, cents]) => [name, amountOf(cents)]));
}

function yearWords({ kwh }: Bill, { from, to, kwh: then, coverage }: Bill): string {
  const more = ((kwh - then) / then) * 100;
  const change = then === 0 ? '' : `, now ${Math.abs(more).toFixed(1)} % ${more < 0 ? 'less' : 'more'}`;
  const less = coverage < 1 ? `, from data of ${percent(coverage)} of the time` : '';
  return `a year before (${from} to ${to}): ${then.toFixed(1)} kWh${less}${change}`;
}

function cells({ name, from, to, quantity, unit, price, amount, missing, coverage, estimated }: BillLine) {
  const number = quantity === null ? '' : Number.isInteger(quantity) ? String(quantity) : quantity.toFixed(3);
  const cost = amount ?? (missing === null ? '' : '?');
  const data = coverage === null ? '' : percent(coverage);
  const mark = estimated === 0 ? '' : '~';
  return [safe(name), from, to, mark + number, unit, price === null ? '' : String(price), cost, data];
}

/** Never 100 % of what is not whole. */
export function percent(share: number): string {
  return share >= 1 ? '100 %' : `${Math.min(99.9, Math.floor(share * 1000) / 10)} %`;
}

const TITLES = [
  'kind',
  'name',
  'period',
  'from',
  'to',
  'quantity',
  'unit',
  'price',
  'amount',
  'coverage',
  'missing',
  'note',
  'estimated',
];

/** The lines as CSV, with a last one of kind `total`. */
export function billCsv({ lines, total, currency, from, to }: Bill): string {
  const rows = lines.map((line) => TITLES.map((title) => line[title as keyof BillLine] ?? ''));
  const sum = ['total', 'total', '', from, to, '', currency, '', total, '', '', '', ''];
  return csvRows([TITLES, ...rows, sum]);
}

/** Rows of CSV; what a spreadsheet would take for a formula is text, and numbers have no digits beyond the ninth. */
export function csvRows(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.map((row) => `${row.map((cell) => csvCell(cell ?? '')).join(',')}\n`).join('');
}

function csvCell(value: string | number): string {
  const text = String(typeof value === 'number' ? Number(value.toFixed(9)) : value);
  const plain = typeof value === 'string' && /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
