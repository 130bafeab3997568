import type { OffsetAt } from '../domain/grid.ts';
import { safe } from '../domain/safe.ts';
import { isoTime } from '../protocol/iso-time.ts';
import type { BillLine } from '../tariff/bill-lines.ts';
import type { Opened } from '../tariff/opened.ts';
import type { OpenedPart } from '../tariff/opened-parts.ts';
import { localText } from '../zone.ts';
import { csvRows, lastDay, percent, quantityText, wrapped } from './cost-text.ts';
import { type Column, textTable } from './text-table.ts';

export type OpenedHow = {
  /** Parts are records of a day, not days. */
  readonly isRecords: boolean;
  readonly offsetAt: OffsetAt;
  readonly currency: string;
};

/** Kinds whose parts add up in their unit; others are charged by the day, or at their greatest. */
const ADDED: readonly BillLine['kind'][] = ['energy', 'surplus', 'reactive'];
/** Shares below this are of rounding. */
const WORTH = 0.0005;

/**
 * What lines of a bill are made of, each with its sum and what the bill made of it:
 *
 *   energy P3, 2026-01-01 to 2026-01-31
 *
 *   day         hours      kWh  price     cost   data  how
 *   2026-01-02   9.00   72.000   0.16  11.5200  100 %  counter
 *   ...
 *   sum        180.00 1440.000        230.4000
 *   In the bill: 230.40 EUR (1440 kWh x 0.16).
 */
export function openedText(title: string, opened: readonly Opened[], how: OpenedHow): string {
  return [`${safe(title, 200)}\n`, ...opened.map((each) => oneText(each, how))].join('\n');
}

function oneText({ line, period, parts }: Opened, how: OpenedHow): string {
  const of = period === null ? '' : `, of it ${safe(period)}`;
  const head = `${safe(line.name)}${of}, ${safe(line.from)} to ${lastDay(line.to)}`;
  if (parts.length === 0) return `${head}\n\nnothing of it there\n`;
  const { titles, rows } = tableOf(line, parts, how);
  const columns = titles.map((name, at): Column => {
    return { title: name, align: at === 0 || name === 'how' || name === 'to' ? 'left' : 'right' };
  });
  const told = wordsOf(line, period, how).flatMap(wrapped);
  return `${head}\n\n${textTable(columns, [...rows, sumOf(titles, line, parts)])}${told.join('\n')}\n`;
}

/** The same as CSV, with the name of its line before each part. */
export function openedCsv(opened: readonly Opened[], how: OpenedHow): string {
  const titles = ['line', 'from', 'to', 'name', 'quantity', 'unit', 'price', 'cost', 'coverage', 'how'];
  const rows = opened.flatMap(({ line, parts }) =>
    parts.map((part) => [
      ...[line.name, isoTime(part.from, how.offsetAt), isoTime(part.to, how.offsetAt), part.name ?? ''],
      ...[part.quantity, line.unit, part.price, part.cost, part.hours === 0 ? null : part.coveredHours / part.hours],
      howText(part),
    ]),
  );
  return csvRows([titles, ...rows]);
}

type Table = { readonly titles: readonly string[]; readonly rows: readonly (readonly string[])[] };

function tableOf({ unit }: BillLine, parts: readonly OpenedPart[], { isRecords, offsetAt }: OpenedHow): Table {
  const titles = [isRecords ? 'from' : 'day', 'to', 'hours', unit, 'price', 'cost', 'data', 'how'];
  const isLines = parts.some(({ name }) => name !== null);
  const all = parts.map((part) => [
    part.name === null ? (isRecords ? localText(part.from, offsetAt).slice(0, 19) : part.date) : safe(part.name),
    isRecords && part.name === null ? localText(part.to, offsetAt).slice(11, 19) : '',
    isRecords || part.hours === 0 ? '' : part.hours.toFixed(2),
    part.quantity === null || isUnknown(part)
      ? ''
      : `${part.estimated === 0 ? '' : '~'}${quantityText(part.quantity, unit)}`,
    part.price === null ? '' : String(part.price),
    part.cost === null || isUnknown(part) ? '' : part.cost,
    part.hours === 0 ? '' : percent(part.coveredHours / part.hours),
    howText(part),
  ]);
  // a column that says nothing is not there
  const kept = titles.map((_, at) => at === 0 || all.some((row) => row[at] !== ''));
  const named = titles.map((name, at) => (at === 0 && isLines ? 'line' : name));
  return {
    titles: named.filter((_, at) => kept[at]),
    rows: all.map((row) => row.filter((_, at) => kept[at])),
  };
}

const isUnknown = ({ hours, coveredHours, estimated }: OpenedPart): boolean =>
  hours > 0 && coveredHours === 0 && estimated === 0;

function sumOf(titles: readonly string[], { kind, unit }: BillLine, parts: readonly OpenedPart[]): readonly string[] {
  const isAdded = ADDED.includes(kind) || unit === 'kWh';
  const costs = parts.flatMap(({ cost }) => cost ?? []);
  const hours = parts.reduce((sum, part) => sum + part.hours, 0);
  const quantity = parts.reduce((sum, part) => sum + (part.quantity ?? 0), 0);
  const cost = costs.reduce((sum, each) => sum + Number(each), 0);
  return titles.map((title, at) => {
    if (at === 0) return 'sum';
    if (title === 'hours') return hours.toFixed(2);
    if (title === unit && isAdded) return quantity.toFixed(3);
    return title === 'cost' && costs.length > 0 ? cost.toFixed(unit === '%' ? 2 : 4) : '';
  });
}

/** What the bill made of it. */
function wordsOf(line: BillLine, period: string | null, { isRecords, currency }: OpenedHow): readonly string[] {
  const { amount, quantity, unit, price, note, missing } = line;
  const by = price === null || quantity === null ? '' : `: ${quantityText(quantity, unit)} ${unit} x ${price}`;
  const rate = unit === '%' ? `: ${quantity} % of the sum` : by;
  const cost = amount === null ? `not known: ${missing}` : `${amount} ${currency}${rate}`;
  const part = isRecords || period !== null ? ' all of the line is' : '';
  const isEnergy = unit === 'kWh' || unit === 'kvarh';
  const parts = unit === '%' ? '' : '; its parts are not';
  const rounded = `${isEnergy ? 'energy rounded to the Wh, the amount' : 'rounded'} to the cent${parts}`;
  const own = note === null || unit === '%' ? [] : [safe(note, 300)];
  return [`In the bill${part} ${cost}; ${rounded}.`, ...own];
}

/** How its energy came about, or what else is to be said of it. */
function howText(part: OpenedPart): string {
  const { byPower, byTime, estimated, coveredHours, hours, quantity, note } = part;
  const isMeasured = hours > 0;
  const share = (some: number) =>
    Math.abs(some) >= Math.abs(quantity ?? 0) - WORTH ? '' : `${some.toFixed(3)} of it `;
  const ways = [
    ...(Math.abs(estimated) >= WORTH ? [`${share(estimated)}ESTIMATED`] : []),
    ...(Math.abs(byPower) >= WORTH ? [`${share(byPower)}from power`] : []),
    ...(Math.abs(byTime) >= WORTH ? [`${share(byTime)}divided by time`] : []),
  ];
  const usual = coveredHours === 0 ? 'no data' : 'counter';
  return [...(ways.length > 0 ? ways : isMeasured ? [usual] : []), ...(note === null ? [] : [note])].join(', ');
}
