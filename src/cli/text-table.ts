import { safe } from '../domain/safe.ts';

/** A column: its heading, and whether its cells are numbers (to the right) or words (to the left). */
export type Column = { readonly title: string; readonly align: 'left' | 'right' };

/**
 * Rows under their headings, two blanks between columns, no blanks at line ends; what they say is made safe here:
 *
 *   code  phase   value  unit
 *   TPF   L1     230.12  V
 */
export function textTable(columns: readonly Column[], cells: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => safe(title));
  const rows = cells.map((row) => row.map((cell) => safe(cell)));
  const widths = titles.map((title, n) => Math.max(title.length, ...rows.map((row) => (row[n] ?? '').length)));
  const line = (row: readonly string[]) =>
    columns
      .map((column, n) => {
        const cell = row[n] ?? '';
        return column.align === 'right' ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0);
      })
      .join('  ')
      .trimEnd();
  return `${[line(titles), ...rows.map(line)].join('\n')}\n`;
}
