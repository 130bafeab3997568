import type { BilledBesideWire } from '../central/cost/schemas.ts';
import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import { epochMs } from '../domain/units.ts';
import type { Bill } from '../tariff/bill.ts';
import type { Invoice } from '../tariff/invoice.ts';
import { joinedBill } from '../tariff/joined-bill.ts';
import type { Opened } from '../tariff/opened.ts';
import { openingOf } from '../tariff/opening.ts';
import { type SliceUnit, type SpanUnit, slicesByPeriod } from '../tariff/slices.ts';
import { zoneOffset } from '../zone.ts';
import { invoiceText } from './cost-invoice.ts';
import { openedCsv, openedText } from './cost-opened-text.ts';
import { billsText, periodsText } from './cost-slices-text.ts';
import { billCsv, billText } from './cost-text.ts';
import { wholeText } from './cost-whole-text.ts';

/** What `--csv` and `--json` say. */
type How = { readonly csv?: boolean; readonly json?: boolean };

/** What a centre answered: everything that the tariff tells of bills is in it. */
const billsOf = (bills: readonly unknown[]): readonly Bill[] => bills as readonly Bill[];

type Told = Pick<BilledBesideWire, 'node' | 'analyzer' | 'name' | 'of'>;

/** Whose cost it is. */
export function titleOf({ node, analyzer, name, of }: Told): string {
  const what = of === null ? `analyzer ${node}-${analyzer}` : `sum ${node}-${analyzer}: ${of}`;
  return name === '' ? what : `${name} (${what})`;
}

const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Where what it is charged by changes within there are several bills, and a line for all of them. */
function inAll({ bills, total, currency }: Pick<BilledBesideWire, 'bills' | 'total' | 'currency'>): readonly string[] {
  if (bills.length < 2) return [];
  return [total === null ? 'In all: in several currencies\n' : `In all: ${safe(total)} ${safe(currency ?? '')}\n`];
}

/** The bills, with what another contract would make of them, and with the year before beside. */
export function billedText(answer: BilledBesideWire, { csv, json }: How): string {
  if (json === true) return jsonText(answer);
  const { whatIf, lastYear = [] } = answer;
  const [own, others] = [billsOf(answer.bills), billsOf(whatIf?.bills ?? [])];
  if (csv === true) return [...own, ...others].map(billCsv).join('\n');
  const title = titleOf(answer);
  const before = (index: number) => (lastYear[index] ?? null) as Bill | null;
  const [bill, second] = own;
  if (bill !== undefined && second === undefined) {
    return wholeText(title, { bill, other: others[0] ?? null, before: before(0) });
  }
  const texts = [...own.map((each, index) => billText(title, each, before(index))), ...inAll(answer)];
  const then = others.map((each) => billText(title, each));
  return [...texts, ...then, ...(whatIf === null ? [] : [differenceText(whatIf)])].join('\n');
}

function differenceText({ difference, currency, bills }: NonNullable<BilledBesideWire['whatIf']>): string {
  const name = safe(bills[0]?.contract ?? '');
  if (difference === null) return `With ${name}: in another currency\n`;
  const isMore = !difference.startsWith('-');
  return `With ${name}: ${safe(difference.replace('-', ''))} ${safe(currency ?? '')} ${isMore ? 'more' : 'less'}\n`;
}

/** A row for each day, week, month or period. */
export function partedText(answer: BilledBesideWire, { csv, json }: How, unit: SliceUnit): string {
  const isCsv = csv === true;
  const bills = billsOf(answer.bills);
  if (unit === 'period' && json === true) return jsonText({ ...answer, slices: bills.map(slicesByPeriod) });
  if (json === true) return jsonText(answer);
  const title = titleOf(answer);
  const ofSpans = (whole: Bill, index: number, each: SpanUnit) =>
    billsText(title, billsOf(answer.parts?.[index] ?? []), { whole, unit: each, isCsv });
  const texts = bills.map((whole, index) =>
    unit === 'period' ? periodsText(title, whole, slicesByPeriod(whole), isCsv) : ofSpans(whole, index, unit),
  );
  return [...texts, ...(isCsv ? [] : inAll(answer))].join('\n');
}

/** What lines are made of; `word` asked for it. */
export function linesText(answer: BilledBesideWire, { csv, json }: How, word: string): string {
  if (json === true) return jsonText(answer);
  const title = titleOf(answer);
  const isRecords = openingOf(word).date !== null;
  const texts = (answer.opened ?? []).flatMap(({ timezone, lines }, index) => {
    if (lines.length === 0) return [];
    const how = { isRecords, offsetAt: zoneOffset(timezone), currency: answer.bills[index]?.currency ?? '' };
    const opened = lines.map(openedOf);
    return [csv === true ? openedCsv(opened, how) : openedText(title, opened, how)];
  });
  return texts.join('\n');
}

type OpenedWire = NonNullable<BilledBesideWire['opened']>[number]['lines'][number];

const openedOf = ({ line, period, parts }: OpenedWire): Opened => ({
  ...{ line, period },
  parts: parts.map((part) => ({
    ...part,
    ...{ from: epochMs(Date.parse(part.from)), to: epochMs(Date.parse(part.to)) },
  })),
});

/** A supplier's invoice beside all of it. Throws USAGE where that is in several currencies. */
export function invoicedText(answer: BilledBesideWire, how: How, invoice: Invoice): string {
  const whole = joinedBill(billsOf(answer.bills));
  if (whole !== null) return invoiceText(titleOf(answer), how, invoice, whole);
  throw new LectorError('USAGE', '--invoice: what it is charged by is in several currencies; ask for shorter spans');
}
