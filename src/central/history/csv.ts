import {
  type CellKind,
  cellKinds,
  cellValue,
  type DecimalMark,
  KIND_SUFFIX,
  lineOfCells,
  numberCell,
  textCell,
} from '../../domain/csv-cells.ts';
import type { OffsetAt } from '../../domain/grid.ts';
import { localText } from '../../domain/local-time.ts';
import type { VariableView } from '../../protocol/answers.ts';
import type { CentralRecord } from '../ports.ts';
import type { Shape } from '../schema/tables.ts';
import type { Bucket } from './resolution.ts';

export type CsvStyle = {
  readonly decimal: DecimalMark;
  /** Least and greatest reading, and how many there were, beside each value. */
  readonly full: boolean;
};

export type CsvColumn = {
  readonly code: string;
  readonly index: number;
  /** Values of that code: of a record that has another number of them, nothing stands here. */
  readonly count: number;
  readonly kind: CellKind;
  readonly title: string;
};

/** Columns of variables, each value with its phase and unit where they are known: `TPF L1 [V]`, `CEA added [kWh]`. */
export function csvColumns(
  shape: Shape,
  known: readonly VariableView[],
  { full }: Pick<CsvStyle, 'full'>,
): readonly CsvColumn[] {
  return shape.flatMap(({ code, aggregate, count }) => {
    const now = known.find((each) => each.code === code);
    // the meter before had other phases: what they were is not known here
    const isBefore = now !== undefined && now.phases.length !== count;
    const view = isBefore ? undefined : now;
    const kinds = cellKinds(aggregate, full);
    return Array.from({ length: count }, (_, index) => {
      const name = `${code}${isBefore ? ` ${index + 1} of ${count}` : placeOf(view, index, count)}`;
      return kinds.map((kind) => ({ code, index, count, kind, title: titleOf(name, kind, view?.unit ?? '') }));
    }).flat();
  });
}

function placeOf(view: VariableView | undefined, index: number, count: number): string {
  const phase = view?.phases[index] ?? 'none';
  // hours and minutes of use are both of the total: two columns of one name would be taken for each other
  const isOnly = view?.phases.filter((each) => each === phase).length === 1;
  if (phase !== 'none') return isOnly ? ` ${phase}` : ` ${phase} ${index + 1}`;
  return count > 1 ? ` ${index + 1}` : '';
}

const titleOf = (name: string, kind: CellKind, unit: string): string =>
  `${name}${KIND_SUFFIX[kind]}${kind === 'readings' || unit === '' ? '' : ` [${unit}]`}`;

/** The heading; `of`: records as they are, or what they come to in a time. */
export function csvHeader(columns: readonly CsvColumn[], of: 'record' | 'bucket', style: CsvStyle): string {
  const own = of === 'record' ? ['generation'] : ['records', 'covered'];
  const facts = ['node', 'analyzer', 'start', 'end', 'end UTC', ...own, 'readings', 'expected'];
  return lineOfCells(
    [...facts, ...columns.map(({ title }) => title)].map((each) => textCell(each, style.decimal)),
    style.decimal,
  );
}

/** A line of a record or bucket; what is not known is an empty cell. */
export function csvLine(
  of: CentralRecord | Bucket,
  columns: readonly CsvColumn[],
  offsetAt: OffsetAt,
  style: CsvStyle,
): string {
  const number = (value: number | null | undefined) => numberCell(value, style.decimal);
  const own = 'generation' in of ? [number(of.generation)] : [number(of.records), number(rounded(of.covered))];
  const start = of.start === null ? '' : localText(of.start, offsetAt);
  const utc = `${new Date(of.end).toISOString().slice(0, 19)}Z`;
  const facts = [number(of.node), number(of.analyzer), start, localText(of.end, offsetAt), utc, ...own];
  const values = columns.map(({ code, index, count, kind }) => {
    const variable = of.variables[code];
    return variable?.values.length === count ? number(cellValue(variable, index, kind)) : '';
  });
  return lineOfCells([...facts, number(of.n), number(of.expected), ...values], style.decimal);
}

const rounded = (share: number | null): number | null => (share === null ? null : Number(share.toFixed(4)));
