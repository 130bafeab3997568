import { lineOfCells, numberCell, textCell } from '../domain/csv-cells.ts';
import { safe } from '../domain/safe.ts';
import type { Bill } from '../tariff/bill.ts';
import type { BillLine } from '../tariff/bill-lines.ts';
import { dateOf, dayOf } from '../tariff/local-day.ts';
import { amountOf, centsOf } from '../tariff/slices.ts';
import { wrapText } from './ctl/text-width.ts';
import { type Column, textTable } from './text-table.ts';

/** Narrowest terminal that people have. */
const WIDTH = 80;
const NAMED: readonly Column[] = [{ title: 'line', align: 'left' }];
/** Of a bill within which something changes. */
const DATED: readonly Column[] = [{ title: 'days', align: 'left' }];
const COLUMNS: readonly Column[] = [
  { title: 'quantity', align: 'right' },
  { title: '', align: 'left' },
  { title: 'price', align: 'right' },
  { title: 'amount', align: 'right' },
  { title: 'data', align: 'right' },
];
const BEFORE: Column = { title: 'year before', align: 'right' };
const NO_CELL = '';
/** More than a note of all quarter hours, or a contract, says. */
const WORDS_MAX = 2_000;

/**
 * A bill as a person reads it:
 *
 *   Main switchboard (analyzer 1)
 *   IES Sa Garriga, main supply: 2026-01-01 to 2026-01-31, 31 days
 *
 *   line         quantity          price   amount  data  year before
 *   power P1           30  kW         19    48.67              48.67
 *   energy P3    1440.000  kWh     0.157   226.08  98 %       231.20
 *   VAT                21  %   of 970.37   203.78             206.61
 *   total                                 1174.15   EUR      1190.02
 *
 * `before`: the bill of the same dates a year before; null: there are no data of them.
 */
export function billText(title: string, bill: Bill, before: Bill | null = null): string {
  const { lines, total, currency, missing } = bill;
  const past = before === null ? null : amountsByName(before);
  const isParted = lines.some(({ from, to }) => from !== bill.from || to !== bill.to);
  const rows = lines.map((line, place) => {
    // of several lines of one name the first has what all of them were
    const isFirst = lines.findIndex(({ name }) => name === line.name) === place;
    return [
      ...[safe(line.name), ...(isParted ? [daysOf(line, bill)] : []), ...cells(line)],
      ...(past === null ? [] : [isFirst ? (past.get(line.name) ?? NO_CELL) : NO_CELL]),
    ];
  });
  const dated = isParted ? DATED : [];
  const sum = ['total', ...dated.map(() => NO_CELL), NO_CELL, NO_CELL, NO_CELL, total, currency];
  const columns = [...NAMED, ...dated, ...COLUMNS, ...(before === null ? [] : [BEFORE])];
  const whole = textTable(columns, [...rows, [...sum, ...(before === null ? [] : [totalOf(before)])]]);
  // of what a year before was charged the sum is told below
  const isNarrowed = before !== null && isWide(whole);
  const narrow = [...NAMED, ...dated, ...COLUMNS];
  const table = isNarrowed ? textTable(narrow, [...rows.map((row) => row.slice(0, narrow.length)), sum]) : whole;
  const lacking = missing.map((words) => `MISSING: ${safe(words, 300)}`);
  const end = lacking.length === 0 ? [] : ['', ...lacking, 'The total is of the other lines.'];
  const told = [
    energyWords(bill),
    ...(before === null
      ? []
      : [yearWords(bill, before) + (isNarrowed ? `; ${totalOf(before)} ${safe(before.currency)}` : '')]),
    ...notesOf(bill),
  ];
  return [
    headText(title, bill),
    NO_CELL,
    table + told.flatMap(wrapped).join('\n'),
    ...end.flatMap(wrapped),
    NO_CELL,
  ].join('\n');
}

type Head = Pick<Bill, 'contract' | 'from' | 'to' | 'days'>;

/** What it is the bill of, and of which days, the last of them too. */
export function headText(title: string, { contract, from, to, days }: Head): string {
  const span = `${safe(from)} to ${lastDay(to)}, ${days === 1 ? '1 day' : `${days} days`}`;
  return `${safe(title, 200)}\n${safe(contract)}: ${span}`;
}

/** First and last day of a line that is not of the whole bill; without the year where that is plain. */
function daysOf({ from, to }: BillLine, { from: first, to: end, days }: Bill): string {
  if (from === first && to === end) return NO_CELL;
  const begin = days > 366 ? 0 : 'YYYY-'.length;
  return `${from.slice(begin)} to ${lastDay(to).slice(begin)}`;
}

/** The day before; what is no date is told as it is. */
export function lastDay(to: string): string {
  const day = dayOf(to);
  return Number.isNaN(day) ? `before ${safe(to, 40)}` : dateOf(day - 1);
}

/** Whether a line of it is wider than a terminal. */
export const isWide = (text: string): boolean => text.split('\n').some((line) => line.length > WIDTH);

/** A sentence in lines of a terminal; those after the first stand a little to the right. */
export function wrapped(words: string): readonly string[] {
  return wrapText(safe(words, WORDS_MAX), WIDTH - 2).map((line, place) => (place === 0 ? line : `  ${line}`));
}

/** Energy as it is told in words: `-0.0` is nothing. */
export function kwhText(kwh: number): string {
  const text = kwh.toFixed(1);
  return text === '-0.0' ? '0.0' : text;
}

/** Of which neither records nor guesses tell anything. Time that is not billed is none of it. */
export const isAllUnknown = ({ coverage, guessed = 0, kwhEstimated }: Gap): boolean =>
  coverage === 0 && guessed === 0 && kwhEstimated === 0;

/** Energy of a bill, and how much of its time it is of. */
export function coveredWords(bill: Gap & Pick<Bill, 'kwh'>): string {
  if (isAllUnknown(bill)) return 'what was used is not known: there are no data of that time';
  return `${kwhText(bill.kwh)} kWh, from data of ${timeWords(bill)}${gapWords(bill)}`;
}

function energyWords(bill: Bill): string {
  const carbon = bill.co2Kg === null ? '' : `; ${kwhText(bill.co2Kg)} kg of CO2`;
  return `${coveredWords(bill)}${carbon}`;
}

/** What a reader should know of lines, of the records, and of the contract. */
function notesOf({ lines, notes, about }: Bill): readonly string[] {
  const power = [...new Set(lines.flatMap(({ kind, note }) => (kind === 'power' ? (note ?? []) : [])))];
  const days = power.length === 0 ? [] : [`power: kW x price of a kW and year x ${power.join(', then ')}`];
  // bases of percentages stand in the table
  const told = lines.filter(({ kind, unit }) => kind !== 'power' && unit !== '%');
  const own = told.flatMap(({ name, note }) => (note === null ? [] : [`${safe(name)}: ${safe(note, 300)}`]));
  const of = (about ?? NO_CELL) === NO_CELL ? [] : [`the contract says: ${safe(about, 1_000)}`];
  return [...days, ...own, ...notes.map((each) => safe(each, 400)), ...of].map((each) => `- ${each}`);
}

/** Of a record that is not there yet, at most. */
const RUNNING_HOURS = 1;

/** Share of the time with data; hours to come are none that could have any. */
function untilNow({ coverage, hours = 0, hoursToCome = 0 }: Gap) {
  const past = Math.max(0, hours - hoursToCome);
  return hoursToCome === 0 ? { coverage, hours } : { coverage: Math.min(1, (coverage * hours) / past), hours: past };
}

/** `98 % of the time until now`. */
export const timeWords = (bill: Gap): string =>
  `${percent(untilNow(bill).coverage)} of the time${(bill.hoursToCome ?? 0) > 0 ? ' until now' : ''}`;

/** What a bill says of the time without data. A centre of before does not tell all of it. */
type Gap = Pick<Bill, 'coverage' | 'kwhEstimated'> &
  Partial<Pick<Bill, 'guessed' | 'hours' | 'hoursToCome' | 'kwhByTime'>>;

export function gapWords(bill: Gap): string {
  const { kwhEstimated, guessed = 0, kwhByTime = 0, hoursToCome = 0 } = bill;
  const inSum = `; of it ${kwhText(kwhByTime)} kWh are known in sum only, not when`;
  const counted = Math.abs(kwhByTime) < 0.05 ? '' : `${inSum}: divided by time`;
  if (kwhEstimated !== 0 || guessed > 0) {
    return `${counted}; ${kwhText(kwhEstimated)} kWh of it are ESTIMATED for the rest of the time`;
  }
  const { coverage, hours } = untilNow(bill);
  const coming = hoursToCome === 0 ? '' : `; ${hoursToCome.toFixed(1)} hours are still to come`;
  const lacking = (1 - coverage) * hours;
  // the record that is being made is none that lacks
  if (coverage >= 1 || (hoursToCome > 0 && lacking < RUNNING_HOURS)) return `${counted}${coming}`;
  const rest = bill.hours === undefined ? '' : `, ${lacking.toFixed(1)} of its hours,`;
  const todo = '--by day shows when, --estimate guesses it';
  return `${counted}; what was used in the rest of it${rest} is not in this bill (${todo})${coming}`;
}

/** After an amount of which some is not known. */
const PART = '*';

const isPart = ({ coverage, estimated, missing }: BillLine): boolean =>
  missing !== null || (coverage !== null && coverage < 1 && estimated === 0);

function amountsByName({ lines }: Bill): ReadonlyMap<string, string> {
  const named = Map.groupBy(lines, ({ name }) => name);
  const some = lines.some(isPart);
  // a percentage is of the others
  const isMarked = (line: BillLine) => isPart(line) || (some && line.unit === '%');
  return new Map(
    [...named].map(([name, all]) => {
      const amounts = all.flatMap(({ amount }) => amount ?? []);
      const sum = amountOf(amounts.reduce((cents, amount) => cents + centsOf(amount), 0));
      return [name, amounts.length === 0 ? '?' : `${sum}${all.some(isMarked) ? PART : ''}`];
    }),
  );
}

const totalOf = ({ total, lines }: Bill): string => `${total}${lines.some(isPart) ? PART : ''}`;

/** Hours of data that a mean may be compared by: of a week, and of most of the time. */
const isTelling = ({ hours, coverage, guessed = 0 }: Bill): boolean =>
  hours * (coverage + guessed) >= 168 && coverage + guessed > 0.5;

/** Compared hour by hour of those with data, where some have none. */
function yearWords(now: Bill, before: Bill): string {
  const [share, shareBefore] = [now, before].map(({ coverage, guessed }) => Math.min(1, coverage + (guessed ?? 0)));
  const isWhole = now.hours === before.hours && share === 1 && shareBefore === 1;
  const mean = ({ kwh, hours }: Bill, known = 1) => (isWhole ? kwh : kwh / (hours * known));
  const [kw, kwBefore] = [mean(now, share), mean(before, shareBefore)];
  const more = ((kw - kwBefore) / kwBefore) * 100;
  const what = isWhole ? 'now' : 'now, in an hour with data,';
  const isAlike = isWhole || [now, before].every(isTelling);
  const words = `, ${what} ${Math.abs(more).toFixed(1)} % ${more < 0 ? 'less' : 'more'}`;
  const less = before.coverage < 1 ? `, from data of ${percent(before.coverage)} of the time` : '';
  const days = `${before.from} to ${lastDay(before.to)}`;
  const marked = before.lines.some(isPart) ? `; ${PART} is of what is known of then` : '';
  const compared = isAlike && Number.isFinite(more) ? words : '';
  return `a year before (${days}): ${kwhText(before.kwh)} kWh${less}${compared}${marked}`;
}

function cells({ quantity, unit, price, amount, missing, coverage, estimated, note }: BillLine) {
  const mark = estimated === 0 ? '' : '~';
  const cost = amount ?? (missing === null ? '' : '?');
  return [mark + quantityText(quantity, unit), unit, priceText(price, unit, note), cost, dataText(coverage)];
}

/** Energy to the Wh, rates as the contract has them, other numbers to the third digit where they are not whole. */
export function quantityText(quantity: number | null, unit: string): string {
  if (quantity === null) return '';
  const isEnergy = unit === 'kWh' || unit === 'kvarh';
  return unit === '%' || (Number.isInteger(quantity) && !isEnergy)
    ? String(quantity)
    : quantity.toFixed(3).replace(/^-0\.000$/, '0.000');
}

/** Of a percentage, what it is of: the note of its line begins with it. */
function priceText(price: number | null, unit: string, note: string | null): string {
  if (price !== null) return String(price);
  return unit === '%' ? (/^of -?[\d.]+/.exec(note ?? '')?.[0] ?? '') : '';
}

const dataText = (coverage: number | null): string => (coverage === null ? '' : percent(coverage));

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
  return rows.map((row) => lineOfCells(row.map(csvCell), 'point')).join('');
}

/** Amounts are texts, for they are exact. */
const AMOUNT = /^-?\d+(?:\.\d+)?$/;

function csvCell(value: string | number | null): string {
  if (typeof value === 'string') return AMOUNT.test(value) ? value : textCell(value, 'point');
  return numberCell(value === null ? null : Number(value.toFixed(9)), 'point');
}
