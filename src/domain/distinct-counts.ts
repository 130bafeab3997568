import type { Span } from './register-map.ts';

/** A span in which something can be read, and what that costs more than its cheapest. */
export type Option = { readonly span: Span; readonly cost: number };

/** Something to read, its options, and what it costs to find none for it. */
export type Choice<T> = { readonly item: T; readonly options: readonly Option[]; readonly costOfNone: number };

const keyOf = (span: Span): string => `${span.function}:${span.end - span.start}`;

/**
 * Gives each item one of its spans so that no two have the same function and count, at the least cost of all ways
 * (the Hungarian method). `left` are those for which none remained.
 */
export function assignDistinct<T>(choices: readonly Choice<T>[]): {
  readonly spans: ReadonlyMap<T, Span>;
  readonly left: readonly T[];
} {
  const keys = [...new Set(choices.flatMap(({ options }) => options.map(({ span }) => keyOf(span))))];
  const columnOf = new Map(keys.map((key, column) => [key, column]));
  // one more column for each item: none
  const costs = choices.map(({ options, costOfNone }, row) => {
    const own = Array.from({ length: keys.length + choices.length }, () => Number.MAX_SAFE_INTEGER / 1e6);
    own[keys.length + row] = costOfNone;
    for (const { span, cost } of options) own[columnOf.get(keyOf(span)) ?? 0] = cost;
    return own;
  });
  const columns = assignRows(costs);
  const spans = new Map<T, Span>();
  const left: T[] = [];
  for (const [row, { item, options }] of choices.entries()) {
    const key = keys[columns[row] ?? -1];
    const option = options.find(({ span }) => keyOf(span) === key);
    if (option === undefined) left.push(item);
    else spans.set(item, option.span);
  }
  return { spans, left };
}

/** Column of each row at the least sum of costs; there are at least as many columns as rows. */
function assignRows(costs: readonly (readonly number[])[]): readonly number[] {
  const width = costs[0]?.length ?? 0;
  const rowPotential: number[] = costs.map(() => 0);
  const columnPotential: number[] = Array.from({ length: width + 1 }, () => 0);
  // row of each column; the last column is where a row starts from
  const rowOf: number[] = Array.from({ length: width + 1 }, () => -1);
  for (let row = 0; row < costs.length; row += 1) {
    rowOf[width] = row;
    augment(costs, rowPotential, columnPotential, rowOf);
  }
  const columns = costs.map(() => -1);
  for (let column = 0; column < width; column += 1) {
    const row = rowOf[column] ?? -1;
    if (row >= 0) columns[row] = column;
  }
  return columns;
}

/** Finds the cheapest way to seat the row in the last column, by moving others, and takes it. Changes its arguments. */
function augment(
  costs: readonly (readonly number[])[],
  rowPotential: number[],
  columnPotential: number[],
  rowOf: number[],
): void {
  const width = rowOf.length - 1;
  const least = Array.from({ length: width }, () => Number.POSITIVE_INFINITY);
  const cameFrom = Array.from({ length: width }, () => width);
  const seen = Array.from({ length: width + 1 }, () => false);
  let column = width;
  while ((rowOf[column] ?? -1) >= 0) {
    seen[column] = true;
    const row = rowOf[column] ?? 0;
    let delta = Number.POSITIVE_INFINITY;
    let next = width;
    for (let other = 0; other < width; other += 1) {
      if (seen[other]) continue;
      const reduced = (costs[row]?.[other] ?? 0) - (rowPotential[row] ?? 0) - (columnPotential[other] ?? 0);
      if (reduced < (least[other] ?? 0)) {
        least[other] = reduced;
        cameFrom[other] = column;
      }
      if ((least[other] ?? 0) < delta) {
        delta = least[other] ?? 0;
        next = other;
      }
    }
    for (let other = 0; other <= width; other += 1) {
      if (seen[other]) {
        rowPotential[rowOf[other] ?? 0] = (rowPotential[rowOf[other] ?? 0] ?? 0) + delta;
        columnPotential[other] = (columnPotential[other] ?? 0) - delta;
      } else if (other < width) least[other] = (least[other] ?? 0) - delta;
    }
    column = next;
  }
  while (column !== width) {
    const from = cameFrom[column] ?? width;
    rowOf[column] = rowOf[from] ?? -1;
    column = from;
  }
}
