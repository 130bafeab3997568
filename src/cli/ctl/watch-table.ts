import type { NumberList, ReadingEvent } from '../../client/index.ts';
import { safe } from '../../domain/safe.ts';
import { numbersPlain, numbersText } from './human.ts';
import type { Screen } from './screen.ts';
import { type Cell, type Column, NOTHING, plainHeading, plainLine } from './table.ts';
import { cutText, textWidth } from './text-width.ts';

/**
 * What is shown where no codes are named: the predecessor's codes mean the same on every meter. Three phases (a mean or
 * the neutral may follow them), or the total, which stands last.
 */
const USUAL = [
  { title: 'V', code: 'TPF', takes: 'phases' },
  { title: 'A', code: 'IPF', takes: 'phases' },
  { title: 'kW', code: 'PAT', takes: 'one' },
  { title: 'PF', code: 'FPT', takes: 'one' },
] as const;

/** What a terminal shows: cells for names, for three phases and for one value, and digits of each value. */
const WIDE = { name: 20, phases: 17, one: 7, digits: 4 };
const NARROW = { name: 12, phases: 14, one: 6, digits: 3 };
type Room = typeof WIDE;
/** Columns of a terminal from which on it is wide. */
const WIDE_FROM = 100;
const GAP = '  ';

/** Who may be read, for the names. */
type Named = { readonly id: number; readonly name: string };

/** Readings come one by one, so that the widths are chosen before the first. */
export type WatchTable = { readonly heading: string; line(event: ReadingEvent): string };

type Shown = Column<ReadingEvent> & { readonly width: number; readonly isValue?: true };

/**
 * Readings as they come; the values of a variable stand in one column, with blanks between them:
 *
 *   time      id  name              V                  A               kW     PF     note
 *   18:05:42   1  Main switchboard  230.1 229.8 231.0  12.1 11.9 12.4  8.213  0.981  -
 */
export function watchTable(analyzers: readonly Named[], codes: readonly string[] | null, screen: Screen): WatchTable {
  const columns = columnsOf(analyzers, codes, screen.columns < WIDE_FROM ? NARROW : WIDE);
  if (!screen.tty) {
    return { heading: plainHeading(columns), line: (event) => plainLine(columns, event) };
  }
  const line = (shown: readonly Shown[], texts: readonly string[]) => {
    const cells = shown.map(({ width, align }, n) => padded(texts[n] ?? '', width, align));
    return `${cutText(cells.join(GAP).trimEnd(), screen.columns)}\n`;
  };
  // what was not read says so where its values would stand
  const unread = columns.filter(({ isValue }) => isValue !== true);
  return {
    heading: line(
      columns,
      columns.map(({ title }) => title),
    ),
    line: (event) => {
      const hasValues = columns.some(({ isValue, plain }) => isValue === true && isSomething(plain(event)));
      const shown = hasValues || noteOf(event) === null ? columns : unread;
      return line(
        shown,
        shown.map((column) => safe(String((column.shown ?? column.plain)(event) ?? '') || NOTHING)),
      );
    },
  };
}

/** Whether a cell with values has one that is not missing. */
const isSomething = (cell: Cell): boolean => /[^\s-]/.test(String(cell ?? ''));

function padded(text: string, width: number, align: 'right' | undefined): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

function columnsOf(analyzers: readonly Named[], codes: readonly string[] | null, room: Room): readonly Shown[] {
  const names = new Map(analyzers.map(({ id, name }) => [id, name]));
  const widest = Math.max(4, ...analyzers.map(({ name }) => textWidth(safe(name))));
  const nameWidth = Math.min(room.name, widest);
  const idWidth = Math.max(2, ...analyzers.map(({ id }) => String(id).length));
  return [
    { title: 'time', width: 8, plain: ({ reading }) => reading.at, shown: ({ reading }) => reading.at.slice(11, 19) },
    { title: 'id', width: idWidth, align: 'right', plain: ({ id }) => id },
    {
      title: 'name',
      width: nameWidth,
      plain: ({ id }) => names.get(id) ?? null,
      shown: ({ id }) => cutText(safe(names.get(id) ?? ''), nameWidth),
    },
    ...(codes === null
      ? USUAL.map(({ title, code, takes }) => {
          const part = (values: NumberList) => (takes === 'one' ? values.slice(-1) : values.slice(0, 3));
          const values = (event: ReadingEvent) => part(valuesOf(event, code) ?? []);
          return valueColumn(title, values, room[takes], room.digits);
        })
      : codes.map((code) => valueColumn(code, (event) => valuesOf(event, code), room.phases, room.digits))),
    { title: 'note', width: 0, plain: noteOf },
  ];
}

function valueColumn(
  title: string,
  values: (event: ReadingEvent) => NumberList | undefined,
  width: number,
  digits: number,
): Shown {
  return {
    title,
    width,
    isValue: true,
    plain: (event) => numbersPlain(values(event)),
    shown: (event) => numbersText(values(event), digits),
  };
}

/** Codes may be written in small letters: few meters have codes that differ in nothing else, and theirs comes first. */
function valuesOf({ reading: { values } }: ReadingEvent, code: string): NumberList | undefined {
  return values[code] ?? Object.entries(values).find(([own]) => own.toLowerCase() === code.toLowerCase())?.[1];
}

/** What is to be known of a reading beside its values. */
function noteOf({ reading }: ReadingEvent): string | null {
  const doubts = Object.entries(reading.flags).map(([code, flags]) => `${code} ${flags.join(' ')}`);
  const notes = [
    ...(reading.failure === null ? [] : [reading.failure.message]),
    ...(reading.forced ? ['asked for by hand'] : []),
    ...(reading.grid === 'rapid' ? ['rapid'] : []),
    ...doubts,
  ];
  return notes.length === 0 ? null : notes.join('; ');
}
