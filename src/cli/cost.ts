import { LectorError } from '../domain/errors.ts';
import { type Bill, type BillOptions, bill } from '../tariff/bill.ts';
import { openingOf, openingSteps } from '../tariff/opening.ts';
import { billsBy, type SliceUnit, slicesByPeriod } from '../tariff/slices.ts';
import { allSteps } from '../tariff/steps.ts';
import { billIfKnown, yearBefore } from '../tariff/year-before.ts';
import { invoiceOf, invoiceText } from './cost-invoice.ts';
import { openedCsv, openedText } from './cost-opened-text.ts';
import { type CostSetup, costSetup } from './cost-setup.ts';
import { billsText, periodsText, unitOf } from './cost-slices-text.ts';
import { billCsv } from './cost-text.ts';
import { type Whole, wholeText } from './cost-whole-text.ts';
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
    const whole = bill(own);
    const other = setup.other === null ? null : bill(setup.billOptions(setup.other, usage, setup.span));
    const code = [whole, ...(other === null ? [] : [other])].some(({ missing }) => missing.length > 0) ? 1 : 0;
    if (unit !== null) return parted(options, own, { setup, whole, unit, code });
    if (invoice !== null) return print(invoiceText(setup.target.title, options, invoice, whole), code);
    const before = options.lastYear === false ? null : await lastYear(setup);
    return print(printed(options, setup.target.title, { bill: whole, other, before }), code);
  } finally {
    await setup.close();
  }
}

function print(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}

/** The same dates a year before, where there are data of them. */
async function lastYear({ contract, span, usage, billOptions }: CostSetup): Promise<Bill | null> {
  const before = yearBefore(span);
  return billIfKnown(billOptions(contract, await usage(before), before));
}

function printed(options: CostOptions, title: string, whole: Whole): string {
  const { bill: own, other, before } = whole;
  if (options.json === true) {
    const one = other === null ? { ...own, lastYear: before } : { bills: [own, other], lastYear: before };
    return `${JSON.stringify(one, null, 2)}\n`;
  }
  return options.csv === true
    ? [own, ...(other === null ? [] : [other])].map(billCsv).join('\n')
    : wholeText(title, whole);
}

type Parted = { readonly setup: CostSetup; readonly whole: Bill; readonly unit: SliceUnit; readonly code: number };

/** Prints a row for each part; resolves with 1 when something of one of them is missing. */
function parted(options: CostOptions, own: BillOptions, { setup, whole, unit, code }: Parted): number {
  const { title } = setup.target;
  if (unit === 'period') {
    const slices = slicesByPeriod(whole);
    if (options.json === true) return print(`${JSON.stringify({ ...whole, slices }, null, 2)}\n`, code);
    return print(periodsText(title, whole, slices, options.csv === true), code);
  }
  const bills = billsBy(own, unit);
  const codeOfAll = bills.some(({ missing }) => missing.length > 0) ? 1 : code;
  if (options.json === true) {
    return print(`${JSON.stringify({ by: unit, bills, whole }, null, 2)}\n`, codeOfAll);
  }
  return print(billsText(title, bills, { whole, unit, isCsv: options.csv === true }), codeOfAll);
}

/** `P3`, or another word for a line: its days; `P3@2026-01-15`: the records of one. */
function opened(options: CostOptions, own: BillOptions, { target, contract, span }: CostSetup): string {
  const word = options.open ?? '';
  const made = allSteps(openingSteps([own], word, span));
  if ('wrong' in made) throw new LectorError('USAGE', `--open: ${made.wrong}`);
  const lines = made.opened.flatMap((each) => each.lines);
  const how = { isRecords: openingOf(word).date !== null, offsetAt: own.offsetAt, currency: contract.currency };
  if (options.json === true) return `${JSON.stringify({ lines }, null, 2)}\n`;
  return options.csv === true ? openedCsv(lines, how) : openedText(target.title, lines, how);
}
