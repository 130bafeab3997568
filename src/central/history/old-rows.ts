import type { OffsetAt } from '../../domain/grid.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { VariableView } from '../../protocol/answers.ts';
import type { CentralRecord } from '../ports.ts';

/** One entry of `Lectures` in the predecessor's history/load. */
export type OldRow = {
  /** Local time, `2014-05-01T12:15:00`. */
  readonly dataHora: string;
  readonly variable: string;
  readonly descripcio: string;
  /** Rounded to 2 decimals; a list where the variable has more than one value. */
  readonly valor: number | readonly (number | null)[];
  readonly unitats: string;
};

/** What is asked for by this name is every variable. */
export const ALL_VARIABLES = 'ALL';

/** The rows of a record; a variable without a value has none, for the predecessor did not record it. */
export function oldRowsOf(
  record: CentralRecord,
  variable: string,
  known: ReadonlyMap<string, Pick<VariableView, 'description' | 'unit'>>,
  offsetAt: OffsetAt,
): readonly OldRow[] {
  const dataHora = oldTime(record.end, offsetAt);
  return Object.entries(record.variables).flatMap(([code, { values }]) => {
    if (variable !== ALL_VARIABLES && code !== variable) return [];
    const numbers = values.map(twoDecimals);
    const [first = null] = numbers;
    if (numbers.every((each) => each === null)) return [];
    const { description = '', unit = '' } = known.get(code) ?? {};
    const valor = numbers.length === 1 && first !== null ? first : numbers;
    return [{ dataHora, variable: code, descripcio: description, valor, unitats: unit }];
  });
}

const oldTime = (at: EpochMs, offsetAt: OffsetAt): string => new Date(at + offsetAt(at)).toISOString().slice(0, 19);

/** Half away from zero, as the predecessor's `round` did; never -0, which JSON would lose. */
const twoDecimals = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(2)) || 0);
