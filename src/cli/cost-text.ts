import { safe } from '../domain/safe.ts';
import type { Bill } from '../tariff/bill.ts';
import type { BillLine } from '../tariff/bill-lines.ts';
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

/**
 * A bill as a person reads it:
 *
 *   Main switchboard (analyzer 1): IES Sa Garriga, main supply, 2026-01-01 to 2026-02-01 (31 days)
 *
 *   line         from        to          quantity        price   amount  data
 *   power P1     2026-01-01  2026-02-01        30  kW    19.10    48.67
 *   energy P3    2026-01-01  2026-02-01   1440.000  kWh  0.157   226.08  98 %
 *   VAT          ...
 *   total                                                       1174.15  EUR
 */
export function billText(title: string, bill: Bill): string {
  const { lines, total, currency, from, to, days, contract, coverage, kwh, missing } = bill;
  const head = `${safe(title)}: ${safe(contract)}, ${from} to ${to} (${days} days)`;
  const sum = ['total', '', '', '', '', '', total, currency];
  // days and bases say what the columns say
  const told = lines.filter(({ kind }) => kind !== 'power' && kind !== 'electricityTax' && kind !== 'vat');
  const notes = told.flatMap(({ name, note }) => (note === null ? [] : [`${safe(name)}: ${safe(note, 200)}`]));
  const covered = `${kwh.toFixed(1)} kWh, from data of ${percent(coverage)} of the time`;
  const gaps = coverage < 1 ? '; what was used in the rest of it is not in this bill' : '';
  const lacking = missing.map((words) => `MISSING: ${safe(words, 300)}`);
  const end = lacking.length === 0 ? [] : ['', ...lacking, 'The total is of the other lines.'];
  const table = textTable(COLUMNS, [...lines.map(cells), sum]);
  return `${[head, '', table + covered + gaps, ...notes.map((each) => `  ${each}`), ...end].join('\n')}\n`;
}

function cells({ name, from, to, quantity, unit, price, amount, missing, coverage }: BillLine): readonly string[] {
  const number = quantity === null ? '' : Number.isInteger(quantity) ? String(quantity) : quantity.toFixed(3);
  const cost = amount ?? (missing === null ? '' : '?');
  const data = coverage === null ? '' : percent(coverage);
  return [safe(name), from, to, number, unit, price === null ? '' : String(price), cost, data];
}

/** Never 100 % of what is not whole. */
function percent(share: number): string {
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
];

/** The lines as CSV, with a last one of kind `total`. */
export function billCsv({ lines, total, currency, from, to }: Bill): string {
  const rows = lines.map((line) => TITLES.map((title) => line[title as keyof BillLine] ?? ''));
  const sum = ['total', 'total', '', from, to, '', currency, '', total, '', '', ''];
  return [TITLES, ...rows, sum].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

function csvCell(value: string | number): string {
  const text = String(value);
  const plain = typeof value === 'string' && /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
