import { type Line, left, line, right, type Span, span } from './line.ts';

/** A column of a table. `rank`: higher ones go first when there is no room; `grow`: the widest it may become. */
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

/** Columns that a sentence needs to say anything. */
const NOTE_COLUMNS = 19;

/**
 * The columns that fit into `width`, in their order; what is left over goes to those that may grow, first come. Those
 * of `head`, which stay beside a sentence, leave it room in every row, so that all rows stand below each other.
 */
export function fitted<Row>(columns: readonly Column<Row>[], width: number, head: readonly string[] = []): Fitted<Row> {
  let kept = [...columns];
  const heads = () => kept.filter(({ key }) => head.includes(key));
  while (head.length > 0 && widthNeeded(heads()) > width - NOTE_COLUMNS) {
    const rank = Math.max(...heads().map((column) => column.rank));
    if (rank === 0) break;
    kept = kept.filter((column) => column.rank !== rank);
  }
  while (widthNeeded(kept) > width) {
    const rank = Math.max(...kept.map((column) => column.rank));
    if (rank === 0) break;
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

/** One row; with `note`, the columns that `head` does not name give way to one sentence. */
export function rowOf<Row>(
  { columns }: Fitted<Row>,
  row: Row,
  mark: string,
  note: { readonly head: readonly string[]; readonly spans: readonly Span[] } | null = null,
): readonly Span[] {
  const shown = note ? columns.filter(({ key }) => note.head.includes(key)) : columns;
  const spans = shown.flatMap(({ cell, width, align }, index): readonly Span[] => {
    const { text, tone } = cell(row, width);
    const whole = span((align === 'left' ? left : right)(text, width, mark), tone);
    return index === 0 ? [whole] : [span(' '), whole];
  });
  return note ? [...spans, span('  '), ...note.spans] : spans;
}
