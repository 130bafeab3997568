import type { OffsetAt } from '../../domain/grid.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { VariableView } from '../../protocol/answers.ts';
import type { CentralRecord, CentralVariable } from '../ports.ts';
import type { Shape } from '../schema/tables.ts';
import type { Bucket } from './resolution.ts';

export type CsvStyle = {
  /** `comma`: decimal comma and semicolons between cells, what spreadsheets of most of Europe open. */
  readonly decimal: 'point' | 'comma';
  /** Least and greatest reading, and how many there were, beside each value. */
  readonly full: boolean;
};

/** `delta`: what a counter added; `least`, `greatest`, `readings`: of the window. */
type Kind = 'value' | 'delta' | 'least' | 'greatest' | 'readings';
export type CsvColumn = {
  readonly code: string;
  readonly index: number;
  /** Values of that code: of a record that has another number of them, nothing stands here. */
  readonly count: number;
  readonly kind: Kind;
  readonly title: string;
};

const SUFFIX: Readonly<Record<Kind, string>> = {
  value: '',
  delta: ' added',
  least: ' least',
  greatest: ' greatest',
  readings: ' readings',
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
    const kinds: readonly Kind[] = [
      'value',
      ...(aggregate === 'counter' ? (['delta'] as const) : []),
      ...(full ? (['least', 'greatest', 'readings'] as const) : []),
    ];
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

const titleOf = (name: string, kind: Kind, unit: string): string =>
  `${name}${SUFFIX[kind]}${kind === 'readings' || unit === '' ? '' : ` [${unit}]`}`;

/** The heading; `of`: records as they are, or what they come to in a time. */
export function csvHeader(columns: readonly CsvColumn[], of: 'record' | 'bucket', style: CsvStyle): string {
  const own = of === 'record' ? ['generation'] : ['records', 'covered'];
  const facts = ['node', 'analyzer', 'start', 'end', 'end UTC', ...own, 'readings', 'expected'];
  return lineOf(
    [...facts, ...columns.map(({ title }) => title)].map((each) => textCell(each, style)),
    style,
  );
}

/** A line of a record or bucket; what is not known is an empty cell. */
export function csvLine(
  of: CentralRecord | Bucket,
  columns: readonly CsvColumn[],
  offsetAt: OffsetAt,
  style: CsvStyle,
): string {
  const number = (value: number | null | undefined) => numberCell(value, style);
  const own = 'generation' in of ? [number(of.generation)] : [number(of.records), number(rounded(of.covered))];
  const start = of.start === null ? '' : localTime(of.start, offsetAt);
  const utc = `${new Date(of.end).toISOString().slice(0, 19)}Z`;
  const facts = [number(of.node), number(of.analyzer), start, localTime(of.end, offsetAt), utc, ...own];
  const values = columns.map(({ code, index, count, kind }) => {
    const variable = of.variables[code];
    return variable?.values.length === count ? number(listOf(variable, kind)[index]) : '';
  });
  return lineOf([...facts, number(of.n), number(of.expected), ...values], style);
}

const rounded = (share: number | null): number | null => (share === null ? null : Number(share.toFixed(4)));

const localTime = (at: EpochMs, offsetAt: OffsetAt): string =>
  new Date(at + offsetAt(at)).toISOString().slice(0, 19).replace('T', ' ');

function listOf(variable: CentralVariable, kind: Kind): readonly (number | null)[] {
  switch (kind) {
    case 'value':
      return variable.values;
    case 'delta':
      return variable.delta;
    case 'least':
      return variable.min;
    case 'greatest':
      return variable.max;
    case 'readings':
      return variable.n;
  }
}

/** As exact as it is stored, and without an exponent, which spreadsheets of other languages take for words. */
function numberCell(value: number | null | undefined, { decimal }: CsvStyle): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '';
  const text = String(value);
  const plain = text.includes('e') ? withoutExponent(text) : text;
  return decimal === 'comma' ? plain.replace('.', ',') : plain;
}

/** `1.5e-7` as `0.00000015`. */
function withoutExponent(text: string): string {
  const [, sign = '', whole = '', part = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  const digits = `${whole}${part}`;
  const point = whole.length + Number(exponent);
  return point <= 0 ? `${sign}0.${'0'.repeat(-point)}${digits}` : `${sign}${digits.padEnd(point, '0')}`;
}

/** What a spreadsheet would take for a formula stays text. */
export function textCell(text: string, { decimal }: Pick<CsvStyle, 'decimal'>): string {
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  const isQuoted = /["\r\n]/.test(tame) || tame.includes(decimal === 'comma' ? ';' : ',');
  return isQuoted ? `"${tame.replaceAll('"', '""')}"` : tame;
}

const lineOf = (cells: readonly string[], { decimal }: CsvStyle): string =>
  `${cells.join(decimal === 'comma' ? ';' : ',')}\n`;
