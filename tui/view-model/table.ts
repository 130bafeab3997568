import { type Line, left, line, right, type Span, span } from './line.ts';

/** A column of a table. `rank`: those of higher rank go first when there is no room; `grow`: most columns it may take. */
export type Column<Row> = {
  readonly key: string;
  readonly title: string;
  readonly width: number;
  readonly grow?: number;
  readonly rank: number;
  readonly align: 'left' | 'right';
  readonly cell: (row: Row, width: number) => Span;
};

export type Fitted<Row> = {
  readonly columns: readonly (Column<Row> & { readonly at: number })[];
  /** Titles of the columns that found no room. */
  readonly cut: readonly string[];
};

const GAP = 1;
const widthNeeded = (columns: readonly { readonly width: number }[]): number =>
  columns.reduce((sum, { width }) => sum + width + GAP, -GAP);

/** The columns that fit into `width`, in their order; what is left over goes to those that may grow, first come. */
export function fitted<Row>(columns: readonly Column<Row>[], width: number): Fitted<Row> {
  let kept = [...columns];
  while (kept.length > 1 && widthNeeded(kept) > width) {
    const rank = Math.max(...kept.map((column) => column.rank));
    kept = kept.filter((column) => column.rank !== rank);
  }
  let spare = Math.max(0, width - widthNeeded(kept));
  let at = 0;
  const placed = kept.map((column) => {
    const more = Math.min(spare, Math.max(0, (column.grow ?? column.width) - column.width));
    spare -= more;
    const grown = { ...column, width: Math.min(width, column.width + more), at };
    at += grown.width + GAP;
    return grown;
  });
  const cut = columns.filter((column) => !kept.includes(column)).map(({ title }) => title.trim());
  return { columns: placed, cut };
}

/** The titles, above the rows: same widths, same sides. */
export function headingOf<Row>({ columns }: Fitted<Row>, mark: string): Line {
  const cells = columns.map(({ title, width, align }) => (align === 'left' ? left : right)(title, width, mark));
  return line('heading', [span(cells.join(' '), 'dim')]);
}

/** Columns that a sentence needs to say anything. */
const NOTE_COLUMNS = 26;

/** What stands before a sentence: the columns of `head`, without those of higher rank where they leave it no room. */
function headOf<Row>(columns: Fitted<Row>['columns'], head: readonly string[], width: number): Fitted<Row>['columns'] {
  let shown = columns.filter(({ key }) => head.includes(key));
  while (shown.length > 2 && width - widthNeeded(shown) < NOTE_COLUMNS) {
    const rank = Math.max(...shown.map((column) => column.rank));
    if (rank === 0) break;
    shown = shown.filter((column) => column.rank !== rank);
  }
  return shown;
}

/** One row; with `note`, the columns that `head` does not name give way to one sentence. */
export function rowOf<Row>(
  { columns }: Fitted<Row>,
  row: Row,
  width: number,
  mark: string,
  note: { readonly head: readonly string[]; readonly spans: readonly Span[] } | null = null,
): readonly Span[] {
  const shown = note ? headOf(columns, note.head, width) : columns;
  const spans = shown.flatMap(({ cell, width, align }, index): readonly Span[] => {
    const { text, tone } = cell(row, width);
    const whole = span((align === 'left' ? left : right)(text, width, mark), tone);
    return index === 0 ? [whole] : [span(' '), whole];
  });
  return note ? [...spans, span('  '), ...note.spans] : spans;
}
