import {
  type CellKind,
  cellKinds,
  cellValue,
  type DecimalMark,
  KIND_SUFFIX,
  lineOfCells,
  numberCell,
  textCell,
} from '../domain/csv-cells.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { Aggregate, Phase, Profile } from '../domain/profile.ts';
import { indexOf } from '../domain/profile-index.ts';
import type { LectorRecord } from '../domain/record.ts';
import type { EpochMs, VariableCode } from '../domain/units.ts';
import { localText } from '../zone.ts';

export type CsvStyle = {
  /** Decimal comma, and semicolons between cells: what spreadsheets of most of Europe open. */
  readonly decimalComma: boolean;
  /** Least and greatest reading, and how many there were, beside each value. */
  readonly full: boolean;
};

/** `count`: values of that code; of a record that has another number of them, nothing stands here. */
export type CsvColumn = {
  readonly code: VariableCode;
  readonly index: number;
  readonly count: number;
  readonly kind: CellKind;
};

/** A variable as records have it, once for each number of values that it has had. */
export type CsvVariable = { readonly code: VariableCode; readonly count: number; readonly aggregate: Aggregate };

/** What is known of the variables of an analyzer: by code, its phases and unit. */
export type Known = ReadonlyMap<VariableCode, { readonly unit: string; readonly phases: readonly Phase[] }>;

export function knownOf(profile: Profile | null): Known {
  if (profile === null) return new Map();
  const { register } = indexOf(profile);
  const phasesOf = (ids: readonly string[]) => ids.map((id) => register.get(id)?.phase ?? 'none');
  return new Map(profile.variables.map(({ code, unit, registers }) => [code, { unit, phases: phasesOf(registers) }]));
}

/** Columns of records with these variables. */
export function csvColumns(
  variables: readonly CsvVariable[],
  order: readonly VariableCode[],
  { full }: CsvStyle,
): readonly CsvColumn[] {
  const codes = new Set([...order, ...variables.map(({ code }) => code)]);
  const ordered = [...codes].flatMap((code) => variables.filter((each) => each.code === code));
  return ordered.flatMap(({ code, count, aggregate }) => {
    const kinds = cellKinds(aggregate, full);
    return Array.from({ length: count }, (_, index) => kinds.map((kind) => ({ code, index, count, kind }))).flat();
  });
}

const FACTS = ['analyzer', 'start', 'end', 'end UTC', 'generation', 'readings', 'expected'] as const;

/** `analyzer,start,end,end UTC,generation,readings,expected,TPF L1 [V],CEA [kWh],CEA added [kWh]`. */
export function csvHeader(columns: readonly CsvColumn[], known: Known, style: CsvStyle): string {
  const titles = columns.map(({ code, index, count, kind }) => {
    const about = known.get(code);
    // the meter before had other phases: what they were is not known here
    if (about !== undefined && about.phases.length !== count)
      return `${code} ${index + 1} of ${count}${KIND_SUFFIX[kind]}`;
    const phase = about?.phases[index] ?? 'none';
    const isOnly = (about?.phases ?? ['none', 'none']).filter((each) => each === phase).length === 1;
    // two columns of one name would be taken for each other
    const place = `${phase === 'none' ? '' : ` ${phase}`}${isOnly ? '' : ` ${index + 1}`}`;
    // a power factor has the unit 1
    const isBare = kind === 'readings' || about === undefined || about.unit === '' || about.unit === '1';
    const unit = isBare ? '' : ` [${about.unit}]`;
    return `${code}${place}${KIND_SUFFIX[kind]}${unit}`;
  });
  return lineOfCells(
    [...FACTS, ...titles].map((each) => textCell(each, markOf(style))),
    markOf(style),
  );
}

/** A record under these columns; what is not known is an empty cell. */
export function csvLine(
  record: LectorRecord,
  columns: readonly CsvColumn[],
  offsetAt: OffsetAt,
  style: CsvStyle,
): string {
  const { analyzerId, start, end, generation, n, expected, variables } = record;
  const number = (value: number | null | undefined) => numberCell(value, markOf(style));
  const cells = columns.map(({ code, index, count, kind }) => {
    const variable = variables[code];
    return number(variable?.values.length === count ? cellValue(variable, index, kind) : null);
  });
  const times = [localText(start, offsetAt), localText(end, offsetAt), utcText(end)];
  return lineOfCells([`${analyzerId}`, ...times, `${generation}`, `${n}`, `${expected}`, ...cells], markOf(style));
}

const utcText = (at: EpochMs): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const markOf = ({ decimalComma }: CsvStyle): DecimalMark => (decimalComma ? 'comma' : 'point');
