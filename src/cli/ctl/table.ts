import { safe } from '../../domain/safe.ts';
import { type Screen, type Tone, toned } from './screen.ts';
import { cutText, textWidth, wrapText } from './text-width.ts';

/** A value as it is shown to people and to programs; null: there is none. */
export type Cell = string | number | null;

/** `shown` is for a terminal, `plain` for a pipe (when it is another); both are made safe here. */
export type Column<Row> = {
  readonly title: string;
  readonly align?: 'right';
  readonly plain: (row: Row) => Cell;
  readonly shown?: (row: Row) => Cell;
  /** Cells that this column may be cut to where the terminal is narrow. */
  readonly narrowest?: number;
  /** What is cut off elsewhere goes on below here: for sentences. */
  readonly wraps?: true;
  /** On narrower terminals this column is left out. */
  readonly from?: number;
  readonly tone?: (row: Row) => Tone;
};

/** What stands for nothing: an empty cell would be lost on programs that split at blanks. */
export const NOTHING = '-';
const GAP = '  ';

/**
 * Rows under their headings. On a terminal aligned and cut, or wrapped, to its width:
 *
 *   id  name              state    since  kW
 *    1  Main switchboard  polling  4 min  12.4
 *
 * elsewhere one tab between columns, numbers as they are and times as ISO 8601. A missing value is `-` in both.
 */
export function tableText<Row>(columns: readonly Column<Row>[], rows: readonly Row[], screen: Screen): string {
  if (!screen.tty) return plainTable(columns, rows);
  return shownTable(
    columns.filter(({ from = 0 }) => screen.columns >= from),
    rows,
    screen,
  );
}

function shownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], screen: Screen): string {
  const cells = rows.map((row) => columns.map(({ shown, plain }) => text((shown ?? plain)(row))));
  const widths = widthsWithin(columns, cells, screen.columns);
  const line = (texts: readonly string[], tones: readonly Tone[]) => {
    const parts = columns.map(({ align }, n) => {
      const cut = texts[n] ?? '';
      const blanks = ' '.repeat(Math.max(0, (widths[n] ?? 0) - textWidth(cut)));
      const word = cut === '' ? '' : toned(cut, tones[n] ?? 'plain', screen);
      return align === 'right' ? blanks + word : word + blanks;
    });
    return parts.join(GAP).trimEnd();
  };
  const heading = line(
    columns.map(({ title }, n) => cutText(title, widths[n] ?? 0)),
    [],
  );
  const lines = rows.flatMap((row, n) => {
    const tones = columns.map(({ tone }) => tone?.(row) ?? 'plain');
    return linesOf(columns, cells[n] ?? [], widths).map((texts) => line(texts, tones));
  });
  return `${[heading, ...lines].join('\n')}\n`;
}

/** Narrower is not worth wrapping for. */
const WRAP_MIN = 12;

/** The cells of a row, cut or wrapped: the texts of each line that it takes. */
function linesOf<Row>(
  columns: readonly Column<Row>[],
  cells: readonly string[],
  widths: readonly number[],
): readonly (readonly string[])[] {
  const parts = columns.map(({ wraps }, n) => {
    const [cell = '', width = 0] = [cells[n], widths[n]];
    return wraps === true && width >= WRAP_MIN ? wrapText(cell, width) : [cutText(cell, width)];
  });
  const height = Math.max(...parts.map((part) => part.length));
  return Array.from({ length: height }, (_, n) => parts.map((part) => part[n] ?? ''));
}

function plainTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = rows.map((row) => plainLine(columns, row));
  return [plainHeading(columns), ...lines].join('');
}

export const plainHeading = <Row>(columns: readonly Column<Row>[]): string =>
  `${columns.map(({ title }) => title).join('\t')}\n`;

export const plainLine = <Row>(columns: readonly Column<Row>[], row: Row): string =>
  `${columns.map(({ plain }) => text(plain(row))).join('\t')}\n`;

function text(cell: Cell): string {
  if (cell === null || cell === '' || Number.isNaN(cell)) return NOTHING;
  return typeof cell === 'number' ? String(cell) : safe(cell, TEXT_MAX).trimEnd() || NOTHING;
}

/** More than any sentence of the server. */
const TEXT_MAX = 2000;

/**
 * Widths of the columns; where the terminal is too narrow, what wraps gives first, for nothing of it is lost; then the
 * widest of those that may be cut.
 */
function widthsWithin<Row>(
  columns: readonly Column<Row>[],
  cells: readonly (readonly string[])[],
  room: number,
): number[] {
  const widths = columns.map(({ title }, n) =>
    Math.max(textWidth(title), ...cells.map((texts) => textWidth(texts[n] ?? ''))),
  );
  let over = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (columns.length - 1) - room;
  while (over > 0) {
    // where nothing may give any more, what stands last does
    const last = widths.findLastIndex((width) => width > 0);
    const giving = widestOf(columns, widths, true) ?? widestOf(columns, widths, false) ?? last;
    if (giving < 0) break;
    widths[giving] = (widths[giving] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}

/** The column that has most to give of those that wrap, or of those that are cut; null: none has. */
function widestOf<Row>(columns: readonly Column<Row>[], widths: readonly number[], wrapping: boolean): number | null {
  const spare = columns.map(({ narrowest, wraps = false }, n) =>
    narrowest === undefined || wraps !== wrapping ? 0 : (widths[n] ?? 0) - narrowest,
  );
  const most = Math.max(...spare);
  return most > 0 ? spare.indexOf(most) : null;
}
