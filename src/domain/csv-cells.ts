import type { Aggregate } from './profile.ts';

/** `comma`: decimal comma, and semicolons between cells: what spreadsheets of most of Europe open. */
export type DecimalMark = 'point' | 'comma';

/** One value of a recorded variable. `delta`: what a counter added; `least`, `greatest`, `readings`: of the window. */
export type CellKind = 'value' | 'delta' | 'least' | 'greatest' | 'readings';

/** What the title of a column says after the name of its variable. */
export const KIND_SUFFIX: Readonly<Record<CellKind, string>> = {
  value: '',
  delta: ' added',
  least: ' least',
  greatest: ' greatest',
  readings: ' readings',
};

/** The cells of each value; `full`: with least and greatest reading, and how many there were. */
export function cellKinds(aggregate: Aggregate, full: boolean): readonly CellKind[] {
  const added = aggregate === 'counter' ? (['delta'] as const) : [];
  return ['value', ...added, ...(full ? (['least', 'greatest', 'readings'] as const) : [])];
}

type Recorded = Readonly<Record<'values' | 'delta' | 'min' | 'max' | 'n', readonly (number | null)[]>>;
const LIST = { value: 'values', delta: 'delta', least: 'min', greatest: 'max', readings: 'n' } as const;

/** What a cell says of value `index` of a recorded variable. */
export const cellValue = (variable: Recorded, index: number, kind: CellKind): number | null | undefined =>
  variable[LIST[kind]][index];

/**
 * As exact as it is stored, and without an exponent, which spreadsheets of other languages take for words; what is not
 * known is empty.
 */
export function numberCell(value: number | null | undefined, decimal: DecimalMark): string {
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
export function textCell(text: string, decimal: DecimalMark): string {
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  const isQuoted = /["\r\n]/.test(tame) || tame.includes(separator(decimal));
  return isQuoted ? `"${tame.replaceAll('"', '""')}"` : tame;
}

/** A line of cells that are as they shall be. */
export const lineOfCells = (cells: readonly string[], decimal: DecimalMark): string =>
  `${cells.join(separator(decimal))}\n`;

const separator = (decimal: DecimalMark): string => (decimal === 'comma' ? ';' : ',');
