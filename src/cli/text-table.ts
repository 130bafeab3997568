/** A column: its heading, and whether its cells are numbers (to the right) or words (to the left). */
export type Column = { readonly title: string; readonly align: 'left' | 'right' };

/**
 * Rows under their headings, two blanks between columns, no blanks at line ends:
 *
 *   code  phase   value  unit
 *   TPF   L1     230.12  V
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, n) => Math.max(column.title.length, ...rows.map((row) => (row[n] ?? '').length)));
  const line = (cells: readonly string[]) =>
    columns
      .map((column, n) => {
        const cell = cells[n] ?? '';
        return column.align === 'right' ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0);
      })
      .join('  ')
      .trimEnd();
  return `${[line(columns.map((column) => column.title)), ...rows.map(line)].join('\n')}\n`;
}
