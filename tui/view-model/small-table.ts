import { asciiOf, padEnd, padStart, widthOf } from '../formats/width.ts';
import { type Line, line, span, textLine } from './line.ts';

/** A few rows of a few columns, with a title above. Cells are one line each, safe to draw. */
export type SmallTable = {
  readonly key: string;
  readonly title: string;
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
  /** Nothing beyond ASCII may be drawn. */
  readonly isAscii: boolean;
};

/** Title and titles of the columns. */
const ABOVE = 2;
const GAP = 2;

export const heightOf = ({ rows }: SmallTable): number => rows.length + ABOVE;

/** Columns that it takes as a table: each cell has a blank on both sides and a rule behind it. */
export const tableWidth = (table: SmallTable): number =>
  Math.max(widthOf(table.title), 1 + widths(table).reduce((sum, width) => sum + width + 3, 0));

const widths = ({ columns, rows }: SmallTable): readonly number[] =>
  columns.map(({ title }, n) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[n] ?? ''))));

/** The same as plain lines, where a table has no room. */
export function tableLines(table: SmallTable): readonly Line[] {
  const wide = widths(table);
  const text = (cells: readonly string[]): string =>
    cells
      .map((cell, n) => (table.columns[n]?.align === 'right' ? padStart : padEnd)(cell, wide[n] ?? 0, ''))
      .join(' '.repeat(GAP));
  return [
    textLine(table.key, table.title, 'dim'),
    textLine(`${table.key} titles`, text(table.columns.map(({ title }) => title)), 'dim'),
    ...table.rows.map((row, n) => line(`${table.key} ${n}`, [span(text(row))])),
  ];
}

/** Without anything beyond ASCII. */
export const asciiTable = ({ key, title, columns, rows }: SmallTable): SmallTable => ({
  isAscii: true,
  key,
  title: asciiOf(title),
  columns: columns.map((column) => ({ ...column, title: asciiOf(column.title) })),
  rows: rows.map((row) => row.map(asciiOf)),
});
