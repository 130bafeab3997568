import { isLowConfidence, type Profile, type Register, type Variable } from '../domain/profile.ts';
import { safe } from '../domain/safe.ts';
import type { MeterRead } from './read-meter.ts';
import { type Column, textTable } from './text-table.ts';

/** One value of a reading, as it is shown and as JSON. */
export type ValueRow = {
  readonly code: string;
  readonly phase: string;
  readonly value: number | string | null;
  /** false: the meter refused this register or did not answer for it; then `value` is null. */
  readonly read: boolean;
  readonly unit: string;
  readonly description: string;
  /** true: the source of this register is doubtful; compare with the display of the meter. */
  readonly lowConfidence: boolean;
  readonly confidence: string;
  readonly flags: readonly string[];
};

type Read = Extract<MeterRead, { kind: 'read' }>;

/** The values of the codes that were asked for, in that order, one row for each. */
export function valueRows(
  profile: Profile,
  codes: readonly string[],
  { reading, texts, known }: Read,
): readonly ValueRow[] {
  const byId = new Map(profile.registers.map((register) => [register.id, register]));
  return codes.flatMap((code) => {
    const variable = profile.variables.find((each) => each.code === code);
    if (variable === undefined) return [];
    return variable.registers.map((id, index) => {
      const value = texts.get(id) ?? reading.values[code]?.[index] ?? null;
      const row = rowOf(variable, byId.get(id), value, reading.flags[code] ?? []);
      return { ...row, read: known.has(id) };
    });
  });
}

function rowOf(
  variable: Variable,
  register: Register | undefined,
  value: number | string | null,
  flags: readonly string[],
): Omit<ValueRow, 'read'> {
  const { code, description } = variable;
  const confidence = register?.confidence ?? 'inferred';
  const phase = register === undefined || register.phase === 'none' ? '' : register.phase;
  const unit = register?.unit ?? variable.unit;
  return { code, phase, value, unit, description, lowConfidence: isLowConfidence(confidence), confidence, flags };
}

const COLUMNS: readonly Column[] = [
  { title: 'code', align: 'left' },
  { title: 'phase', align: 'left' },
  { title: 'value', align: 'right' },
  { title: 'unit', align: 'left' },
  { title: 'description', align: 'left' },
];

/**
 * The values as a table:
 *
 *   code  phase   value  unit  description
 *   TPF   L1     230.12  V     Tensió Fase-Neutre
 *   FPT   total  0.981?  1     Factor de potència total
 *   ?  the source of this register is doubtful: compare it with the display of the meter (docs/PROFILES.md)
 */
export function valuesText(rows: readonly ValueRow[]): string {
  const table = textTable(
    COLUMNS,
    rows.map(({ code, phase, value, read, unit, description, lowConfidence, flags }) => {
      const marks = `${lowConfidence ? '?' : ''}${flags.length > 0 ? '!' : ''}`;
      return [
        code,
        phase,
        read ? `${shown(value)}${marks}` : 'not read',
        unit === '1' ? '' : unit,
        safe(description, 60),
      ];
    }),
  );
  const notes = [
    ...(rows.some(({ lowConfidence }) => lowConfidence) ? [DOUBTFUL] : []),
    ...(rows.some(({ flags }) => flags.length > 0) ? [IMPLAUSIBLE] : []),
    ...(rows.some(({ value, read }) => value === null && read) ? [MISSING] : []),
    ...(rows.some(({ read }) => !read) ? [NOT_READ] : []),
  ];
  return [table, ...notes.map((note) => `${note}\n`)].join('');
}

const DOUBTFUL =
  '?  the source of this register is doubtful: compare it with the display of the meter (docs/PROFILES.md)';
const IMPLAUSIBLE = '!  outside of what such a meter can see, or power does not fit voltage and current';
const MISSING = '-  the meter says that this value is not available';
const NOT_READ = 'not read: the meter refused these registers, or did not answer for them';

/** Seven digits, all that a 32-bit float holds; whole numbers in full. */
function shown(value: number | string | null): string {
  if (value === null) return '-';
  if (typeof value === 'string') return safe(value.trim(), 40);
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(7)));
}
