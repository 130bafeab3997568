import type { AnalyzerView, ReadingEvent } from '../../client/index.ts';
import { safe } from '../../domain/safe.ts';
import { numbersPlain, numbersText } from './human.ts';
import type { Screen } from './screen.ts';
import { type Column, NOTHING, plainHeading, plainLine } from './table.ts';
import { cutText, textWidth } from './text-width.ts';

/** What is shown where no codes are named: the predecessor's codes mean the same on every meter. */
const USUAL = [
  { title: 'V', code: 'TPF', onlyTotal: false },
  { title: 'A', code: 'IPF', onlyTotal: false },
  { title: 'kW', code: 'PAT', onlyTotal: true },
  { title: 'PF', code: 'FPT', onlyTotal: true },
] as const;

/** Cells of a terminal for names, and for the values of a variable: three phases, or one value. */
const NAME_MAX = 20;
const PHASES_WIDTH = 17;
const TOTAL_WIDTH = 8;
const GAP = '  ';

/** Readings come one by one, so that the widths are chosen before the first. */
export type WatchTable = { readonly heading: string; line(event: ReadingEvent): string };

type Shown = Column<ReadingEvent> & { readonly width: number };

/**
 * Readings as they come; the values of a variable stand in one column, with blanks between them:
 *
 *   time      id  name              V                  A               kW     PF     note
 *   18:05:42   1  Main switchboard  230.1 229.8 231.0  12.1 11.9 12.4  8.213  0.981  -
 */
export function watchTable(
  analyzers: readonly AnalyzerView[],
  codes: readonly string[] | null,
  screen: Screen,
): WatchTable {
  const columns = columnsOf(analyzers, codes);
  if (!screen.tty) {
    return { heading: plainHeading(columns), line: (event) => plainLine(columns, event) };
  }
  const line = (texts: readonly string[]) => {
    const cells = columns.map(({ width, align }, n) => padded(texts[n] ?? '', width, align));
    return `${cutText(cells.join(GAP).trimEnd(), screen.columns)}\n`;
  };
  return {
    heading: line(columns.map(({ title }) => title)),
    line: (event) => line(columns.map(({ plain, shown }) => safe(String((shown ?? plain)(event) ?? '') || NOTHING))),
  };
}

function padded(text: string, width: number, align: 'right' | undefined): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

function columnsOf(analyzers: readonly AnalyzerView[], codes: readonly string[] | null): readonly Shown[] {
  const names = new Map(analyzers.map(({ id, name }) => [id, name]));
  const widest = Math.max(4, ...analyzers.map(({ name }) => textWidth(safe(name))));
  const nameWidth = Math.min(NAME_MAX, widest);
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
    ...(codes === null ? USUAL.map(usualColumn) : codes.map(codeColumn)),
    { title: 'note', width: 0, plain: noteOf },
  ];
}

function usualColumn({ title, code, onlyTotal }: (typeof USUAL)[number]): Shown {
  const values = ({ reading }: ReadingEvent) => (onlyTotal ? reading.values[code]?.slice(-1) : reading.values[code]);
  return {
    title,
    width: onlyTotal ? TOTAL_WIDTH : PHASES_WIDTH,
    plain: (event) => numbersPlain(values(event)),
    shown: (event) => numbersText(values(event)),
  };
}

/** Codes are written as people like, and are in capitals but for a few: what a meter calls them counts. */
function codeColumn(code: string): Shown {
  const values = ({ reading }: ReadingEvent) =>
    reading.values[code] ??
    Object.entries(reading.values).find(([own]) => own.toLowerCase() === code.toLowerCase())?.[1];
  return {
    title: code,
    width: PHASES_WIDTH,
    plain: (event) => numbersPlain(values(event)),
    shown: (event) => numbersText(values(event)),
  };
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
