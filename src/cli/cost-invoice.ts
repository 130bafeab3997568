import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { createReport } from '../config/report.ts';
import { readTextFile } from '../config/text-file.ts';
import { LectorError } from '../domain/errors.ts';
import { problemText } from '../domain/problem.ts';
import { safe } from '../domain/safe.ts';
import type { Bill } from '../tariff/bill.ts';
import { compareInvoice, type Invoice, parseAmount, readInvoice } from '../tariff/invoice.ts';
import { comparedText } from './cost-slices-text.ts';
import { csvRows } from './cost-text.ts';

/** What `--invoice` says: a total, or a file. Throws USAGE in words. */
export function invoiceOf(word: string): Invoice {
  const total = parseAmount(word);
  if (total !== null) return { totalCents: total, lines: [] };
  if (!existsSync(word))
    throw new LectorError('USAGE', `--invoice: expected a total such as 1174.15, or a file, saw "${safe(word, 60)}"`);
  const report = createReport();
  const text = readTextFile(word, basename(word), report);
  // that a spreadsheet saved it as Latin-1 is no matter
  const read = text === null ? { ok: false as const, problems: report.problems } : readInvoice(text, basename(word));
  if (read.ok) return read.value;
  throw new LectorError('USAGE', `the invoice cannot be read:\n${read.problems.map(problemText).join('\n')}`);
}

/** What `--csv` and `--json` say. */
type How = { readonly csv?: boolean; readonly json?: boolean };

/** An invoice beside a bill. */
export function invoiceText(title: string, { csv, json }: How, invoice: Invoice, bill: Bill): string {
  const rows = compareInvoice(invoice, bill);
  if (json === true) return `${JSON.stringify({ bill, invoice: rows }, null, 2)}\n`;
  if (csv !== true) return comparedText(title, bill, rows);
  const table = rows.map(({ name, invoiced, computed, difference }) => [name, invoiced, computed, difference]);
  return csvRows([['line', 'invoice', 'computed', 'difference'], ...table]);
}
