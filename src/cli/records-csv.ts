import type { OffsetAt } from '../domain/grid.ts';
import type { Aggregate, Phase, Profile } from '../domain/profile.ts';
import { indexOf } from '../domain/profile-index.ts';
import type { LectorRecord, RecordedVariable } from '../domain/record.ts';
import type { EpochMs, VariableCode } from '../domain/units.ts';
import { localText } from '../zone.ts';

export type CsvStyle = {
  /** Decimal comma, and semicolons between cells: what spreadsheets of most of Europe open. */
  readonly decimalComma: boolean;
  /** Least and greatest reading, and how many there were, beside each value. */
  readonly full: boolean;
};

/** One value of a record. `delta`: what a counter added; `least`, `greatest`, `readings`: of the window. */
type Kind = 'value' | 'delta' | 'least' | 'greatest' | 'readings';
/** `count`: values of that code; of a record that has another number of them, nothing stands here. */
export type CsvColumn = {
  readonly code: VariableCode;
  readonly index: number;
  readonly count: number;
  readonly kind: Kind;
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
    const kinds: readonly Kind[] = [
      'value',
      ...(aggregate === 'counter' ? (['delta'] as const) : []),
      ...(full ? (['least', 'greatest', 'readings'] as const) : []),
    ];
    return Array.from({ length: count }, (_, index) => kinds.map((kind) => ({ code, index, count, kind }))).flat();
  });
}

const FACTS = ['analyzer', 'start', 'end', 'end UTC', 'generation', 'readings', 'expected'] as const;

const SUFFIX: Readonly<Record<Kind, string>> = {
  value: '',
  delta: ' added',
  least: ' least',
  greatest: ' greatest',
  readings: ' readings',
};

/** `analyzer,start,end,end UTC,generation,readings,expected,TPF L1 [V],CEA [kWh],CEA added [kWh]`. */
export function csvHeader(columns: readonly CsvColumn[], known: Known, style: CsvStyle): string {
  const titles = columns.map(({ code, index, count, kind }) => {
    const about = known.get(code);
    // the meter before had other phases: what they were is not known here
    if (about !== undefined && about.phases.length !== count) return `${code} ${index + 1} of ${count}${SUFFIX[kind]}`;
    const phase = about?.phases[index] ?? 'none';
    const isOnly = (about?.phases ?? ['none', 'none']).filter((each) => each === phase).length === 1;
    // two columns of one name would be taken for each other
    const place = `${phase === 'none' ? '' : ` ${phase}`}${isOnly ? '' : ` ${index + 1}`}`;
    // a power factor has the unit 1
    const isBare = kind === 'readings' || about === undefined || about.unit === '' || about.unit === '1';
    const unit = isBare ? '' : ` [${about.unit}]`;
    return `${code}${place}${SUFFIX[kind]}${unit}`;
  });
  return line([...FACTS, ...titles], style);
}

/** A record under these columns; what is not known is an empty cell. */
export function csvLine(
  record: LectorRecord,
  columns: readonly CsvColumn[],
  offsetAt: OffsetAt,
  style: CsvStyle,
): string {
  const { analyzerId, start, end, generation, n, expected, variables } = record;
  const number = (value: number | null | undefined) => numberCell(value, style);
  const cells = columns.map(({ code, index, count, kind }) => {
    const variable = variables[code];
    return number(variable?.values.length === count ? recorded(variable, index, kind) : null);
  });
  const times = [localText(start, offsetAt), localText(end, offsetAt), utcText(end)];
  return line([`${analyzerId}`, ...times, `${generation}`, `${n}`, `${expected}`, ...cells], style);
}

function recorded(variable: RecordedVariable, index: number, kind: Kind): number | null | undefined {
  if (kind === 'value') return variable.values[index];
  if (kind === 'delta') return variable.delta[index];
  if (kind === 'least') return variable.min[index];
  return kind === 'greatest' ? variable.max[index] : variable.n[index];
}

const utcText = (at: EpochMs): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** As exact as it is stored, and without an exponent, which spreadsheets of other languages take for words. */
function numberCell(value: number | null | undefined, { decimalComma }: CsvStyle): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '';
  const text = withoutExponent(String(value));
  return decimalComma ? text.replace('.', ',') : text;
}

/** `1.5e-7` as `0.00000015`. */
function withoutExponent(text: string): string {
  const [, sign = '', whole = '', part = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = `${whole}${part}`;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

/** Text cells that a spreadsheet would take for a formula stay text. */
function line(cells: readonly string[], { decimalComma }: CsvStyle): string {
  const separator = decimalComma ? ';' : ',';
  const cell = (text: string) => {
    const safe = /^[=+@\t\r]/.test(text) ? `'${text}` : text;
    return /["\n\r]/.test(safe) || safe.includes(separator) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `${cells.map(cell).join(separator)}\n`;
}
