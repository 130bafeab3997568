import type { OffsetAt } from './grid.ts';
import type { LectorRecord } from './record.ts';
import type { EpochMs, VariableCode } from './units.ts';
import { epochMs } from './units.ts';

/** Width of a printed value: C's `%9.2f`. */
const WIDTH = 9;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
/** What `%9.2f` prints of a number, blanks removed. Number() alone takes an empty field for 0. */
const NUMBER = /^-?\d+(\.\d+)?$/;

/** Longest step by which a zone puts its clocks back. */
const NEAR_MS = 3 * 3_600_000;

/** One printed value of a record, by code and place. */
export type DadesColumn = { readonly code: VariableCode; readonly index: number };

/** Columns of a record: the variables in `order`, then any others. */
export function columnsOf(
  record: Pick<LectorRecord, 'variables'>,
  order: readonly VariableCode[],
): readonly DadesColumn[] {
  const codes = [...new Set([...order, ...Object.keys(record.variables)])];
  return codes.flatMap((code) => (record.variables[code]?.values ?? []).map((_, index) => ({ code, index })));
}

/** `HORA`, then code and place of each column, each followed by a tab. Without a line end. */
export function headerOf(columns: readonly DadesColumn[]): string {
  return ['HORA', ...columns.map(({ code, index }) => `${code}${index}`)].map((field) => `${field}\t`).join('');
}

/** The line of a record, without a line end: its end in local time, then each value; null when it has no value. */
export function lineOf(
  record: Pick<LectorRecord, 'variables' | 'end'>,
  columns: readonly DadesColumn[],
  offsetAt: OffsetAt,
): string | null {
  const values = columns.map(({ code, index }) => record.variables[code]?.values[index] ?? null);
  if (!values.some((value) => value !== null && Number.isFinite(value))) return null;
  return [timeOf(record.end, offsetAt), ...values.map(printed)].map((field) => `${field}\t`).join('');
}

/** Day of a record's file, YYYYMMDD: that of its end in local time. Midnight belongs to the new day. */
export function dayOf(end: EpochMs, offsetAt: OffsetAt): string {
  return wallOf(end, offsetAt).slice(0, 10).replaceAll('-', '');
}

/** HH:MM:SS of an instant in local time. */
export function timeOf(end: EpochMs, offsetAt: OffsetAt): string {
  return wallOf(end, offsetAt).slice(11, 19);
}

function wallOf(instant: EpochMs, offsetAt: OffsetAt): string {
  return new Date(instant + offsetAt(instant)).toISOString();
}

/** How many earlier instants had the same local time: 1 in the hour that comes twice, else 0. */
export function earlierWithSameTime(end: EpochMs, offsetAt: OffsetAt): 0 | 1 {
  const back = offsetAt(epochMs(end - NEAR_MS)) - offsetAt(end);
  return back > 0 && offsetAt(epochMs(end - back)) - offsetAt(end) === back ? 1 : 0;
}

/** A value as C's `%9.2f` prints it; a missing one as `nan`. */
export function printed(value: number | null): string {
  return (value === null || !Number.isFinite(value) ? 'nan' : twoDecimals(value)).padStart(WIDTH);
}

/** Two decimals, ties to even as C rounds them (toFixed takes them up), and no exponent however large. */
function twoDecimals(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e21) return `${BigInt(value)}.00`;
  const isTie = Number.isInteger(size * 8) && (size * 8) % 2 === 1;
  if (!isTie) return value.toFixed(2);
  const hundredths = Math.floor(size * 100);
  const even = hundredths % 2 === 0 ? hundredths : hundredths + 1;
  return `${value < 0 ? '-' : ''}${(even / 100).toFixed(2)}`;
}

/**
 * The daily file as read: values by column, null where `nan`. `skipped`: lines that are no whole line of it;
 * `firstSkipped`: the number of the first of them, counted from 1.
 */
export type Dades = {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly time: string; readonly values: readonly (number | null)[] }[];
  readonly skipped: number;
  readonly firstSkipped: number | null;
};

/** Reads a daily file; a torn tail, zeros and lines of another shape are left out and counted. */
export function parseDades(text: string): Dades {
  const [header = '', ...lines] = text.split('\n');
  const tail = lines.pop();
  const columns = header.split('\t').slice(1, -1);
  if (tail === undefined || !header.startsWith('HORA\t') || !header.endsWith('\t')) {
    const isEmpty = text === '';
    return { columns: [], rows: [], skipped: isEmpty ? 0 : lines.length + 1, firstSkipped: isEmpty ? null : 1 };
  }
  const found = [...lines, ...(tail === '' ? [] : [''])].map((line) => rowOf(line, columns.length));
  const rows = found.filter((row) => row !== null);
  const first = found.indexOf(null);
  return { columns, rows, skipped: found.length - rows.length, firstSkipped: first < 0 ? null : first + 2 };
}

function rowOf(line: string, count: number): Dades['rows'][number] | null {
  const fields = line.split('\t');
  const time = fields[0] ?? '';
  if (fields.length !== count + 2 || fields.at(-1) !== '' || !TIME.test(time)) return null;
  const texts = fields.slice(1, -1).map((field) => field.trim());
  if (!texts.every((text) => text === 'nan' || NUMBER.test(text))) return null;
  return { time, values: texts.map((text) => (text === 'nan' ? null : Number(text))) };
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** An instant as C's ctime writes it, in local time and English: "Thu May  1 12:15:00 2014". */
export function ctimeOf(instant: EpochMs, offsetAt: OffsetAt): string {
  const wall = new Date(instant + offsetAt(instant));
  const day = String(wall.getUTCDate()).padStart(2);
  const date = `${DAYS[wall.getUTCDay()]} ${MONTHS[wall.getUTCMonth()]} ${day}`;
  return `${date} ${timeOf(instant, offsetAt)} ${wall.getUTCFullYear()}`;
}
