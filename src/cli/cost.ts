import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { LectorError } from '../domain/errors.ts';
import { problemText } from '../domain/problem.ts';
import { safe } from '../domain/safe.ts';
import { type Bill, type BillOptions, bill } from '../tariff/bill.ts';
import { compareInvoice, type Invoice, parseAmount, readInvoice } from '../tariff/invoice.ts';
import { dayOf } from '../tariff/local-day.ts';
import { openedLines } from '../tariff/opened.ts';
import { amountOf, billsBy, centsOf, SLICE_UNITS, type SliceUnit, slicesByPeriod } from '../tariff/slices.ts';
import { openedCsv, openedText } from './cost-opened-text.ts';
import { type CostSetup, costSetup, yearBefore } from './cost-setup.ts';
import { billsText, comparedText, periodsText } from './cost-slices-text.ts';
import { billCsv, billText, csvRows, wrapped } from './cost-text.ts';
import type { CostOptions } from './options.ts';

/**
 * `lector cost`: what an analyzer's energy costs from a local date to another, which is exclusive, by the contract of
 * `--tariff`, from the records of the store or of daily files. Resolves with 1 when something of the bill is missing.
 */
export async function cost(options: CostOptions): Promise<number> {
  const unit = unitOf(options.by);
  const invoice = options.invoice === undefined ? null : invoiceOf(options.invoice);
  const setup = await costSetup(options);
  try {
    const usage = await setup.usage(setup.span);
    const own = setup.billOptions(setup.contract, usage, setup.span);
    if (options.open !== undefined) return print(opened(options, own, setup), 0);
    const bills = [setup.contract, ...(setup.other === null ? [] : [setup.other])].map((by) =>
      bill(setup.billOptions(by, usage, setup.span)),
    );
    const code = bills.some(({ missing }) => missing.length > 0) ? 1 : 0;
    const [first] = bills;
    if (first === undefined) return code;
    if (unit !== null) return print(parted(options, own, { setup, whole: first, unit }), code);
    if (invoice !== null) return print(compared(options, invoice, { setup, whole: first }), code);
    const before = options.lastYear === false ? null : await lastYear(setup);
    return print(printed(options, setup.target.title, { bills, before }), code);
  } finally {
    await setup.close();
  }
}

function print(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}

function unitOf(word: string | undefined): SliceUnit | null {
  if (word === undefined) return null;
  const unit = SLICE_UNITS.find((each) => each === word);
  if (unit !== undefined) return unit;
  throw new LectorError('USAGE', `--by: expected one of ${SLICE_UNITS.join(', ')}, saw "${safe(word, 40)}"`);
}

/** The same dates a year before, where there are data of them. */
async function lastYear({ contract, span, usage, billOptions }: CostSetup): Promise<Bill | null> {
  const before = yearBefore(span);
  const used = await usage(before);
  if (used.imported.length === 0) return null;
  try {
    const made = bill(billOptions(contract, used, before));
    return made.coverage > 0 ? made : null;
  } catch {
    // the contract knows no periods of that time
    return null;
  }
}

type Printed = { readonly bills: readonly Bill[]; readonly before: Bill | null };

function printed(options: CostOptions, title: string, { bills, before }: Printed): string {
  const [first, second] = bills;
  if (options.json === true) {
    const one = second === undefined ? { ...first, lastYear: before } : { bills, lastYear: before };
    return `${JSON.stringify(one, null, 2)}\n`;
  }
  if (options.csv === true) return bills.map(billCsv).join('\n');
  const texts = bills.map((each, index) => billText(title, each, index === 0 ? before : null));
  if (first === undefined || second === undefined) return texts.join('\n');
  const lacking = bills.some(({ missing }) => missing.length > 0) ? ' (of what is known of both)' : '';
  const both = `With ${safe(second.contract)} in the place of ${safe(first.contract)}`;
  const difference = wrapped(`${both}: ${differenceWords(first, second)}${lacking}`);
  return `${texts.join('\n')}\n${difference.join('\n')}\n`;
}

function differenceWords(now: Bill, then: Bill): string {
  if (now.currency !== then.currency) return `in another currency, ${then.currency} and not ${now.currency}`;
  const cents = centsOf(then.total) - centsOf(now.total);
  if (cents === 0) return 'the same';
  return `${amountOf(Math.abs(cents))} ${now.currency} ${cents > 0 ? 'more' : 'less'}`;
}

type Whole = { readonly setup: CostSetup; readonly whole: Bill };

function parted(options: CostOptions, own: BillOptions, { setup, whole, unit }: Whole & { readonly unit: SliceUnit }) {
  const { title } = setup.target;
  if (unit === 'period') {
    const slices = slicesByPeriod(whole);
    if (options.json === true) return `${JSON.stringify({ ...whole, slices }, null, 2)}\n`;
    return periodsText(title, whole, slices, options.csv === true);
  }
  const bills = billsBy(own, unit);
  if (options.json === true) return `${JSON.stringify({ by: unit, bills, whole }, null, 2)}\n`;
  return billsText(title, bills, { whole, unit, isCsv: options.csv === true });
}

function invoiceOf(word: string): Invoice {
  const total = parseAmount(word);
  if (total !== null) return { totalCents: total, lines: [] };
  let text: string;
  try {
    text = readFileSync(word, 'utf8');
  } catch {
    throw new LectorError('USAGE', `--invoice: expected a total such as 1174.15, or a file, saw "${safe(word, 60)}"`);
  }
  const read = readInvoice(text, basename(word));
  if (read.ok) return read.value;
  throw new LectorError('USAGE', `the invoice cannot be read:\n${read.problems.map(problemText).join('\n')}`);
}

function compared(options: CostOptions, invoice: Invoice, { setup, whole }: Whole): string {
  const rows = compareInvoice(invoice, whole);
  if (options.json === true) return `${JSON.stringify({ bill: whole, invoice: rows }, null, 2)}\n`;
  if (options.csv === true) {
    const table = rows.map(({ name, invoiced, computed, difference }) => [name, invoiced, computed, difference]);
    return csvRows([['line', 'invoice', 'computed', 'difference'], ...table]);
  }
  return comparedText(setup.target.title, whole, rows);
}

/** `P3`, or another word for a line: its days; `P3@2026-01-15`: the records of one. */
function opened(options: CostOptions, own: BillOptions, { target, contract }: CostSetup): string {
  const word = options.open ?? '';
  const [name = '', date = null] = word.split('@');
  if (date !== null && (Number.isNaN(dayOf(date)) || date < own.from || date >= own.to)) {
    const span = `a day from ${own.from} to before ${own.to}`;
    throw new LectorError('USAGE', `--open: expected ${span} after the @, saw "${safe(date, 40)}"`);
  }
  const lines = openedLines(own, name.trim(), date);
  if (lines.length === 0) {
    const names = [...new Set(bill(own).lines.map((line) => safe(line.name)))].join(', ');
    const expected = `expected a line of the bill (${names}), its kind, or a period such as P3`;
    throw new LectorError('USAGE', `--open: ${expected}; saw "${safe(word, 40)}"`);
  }
  if (date !== null && lines.every(({ parts }) => parts.some((part) => part.name !== null))) {
    throw new LectorError('USAGE', `--open: ${safe(name, 40)} is of the whole bill; leave the day out`);
  }
  const how = { isRecords: date !== null, offsetAt: own.offsetAt, currency: contract.currency };
  if (options.json === true) return `${JSON.stringify({ lines }, null, 2)}\n`;
  return options.csv === true ? openedCsv(lines, how) : openedText(target.title, lines, how);
}
