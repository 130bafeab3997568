import type { VariableCode } from './units.ts';

type List = readonly (number | null)[];
export type Range = { readonly min: List; readonly max: List };

/** Least and greatest value of some variables, one per value, of all that was added; of others nothing is kept. */
export type DayRange = {
  add(values: Readonly<Record<VariableCode, List>>): void;
  /** What others made of the same, such as a record. */
  addRange(code: VariableCode, range: Range): void;
  /** In the order of `codes`. Never changed later: where nothing changed since, it is the same object. */
  view(): Readonly<Record<VariableCode, Range>>;
  clear(): void;
};

type Extremes = { readonly min: (number | null)[]; readonly max: (number | null)[]; seen: Range | null };

export function createDayRange(codes: readonly VariableCode[]): DayRange {
  const fresh = () => new Map<VariableCode, Extremes>(codes.map((code) => [code, { min: [], max: [], seen: null }]));
  let all = fresh();
  let seen: Readonly<Record<VariableCode, Range>> | null = null;

  const put = (each: Extremes, index: number, low: number | null, high: number | null) => {
    const min = each.min[index] ?? null;
    const max = each.max[index] ?? null;
    if (low !== null && (min === null || low < min)) each.min[index] = low;
    else if (min === null) each.min[index] = null;
    if (high !== null && (max === null || high > max)) each.max[index] = high;
    else if (max === null) each.max[index] = null;
    if (min === each.min[index] && max === each.max[index]) return;
    each.seen = null;
    seen = null;
  };
  return {
    add(values) {
      for (const [code, each] of all) {
        const list = values[code] ?? [];
        for (let index = 0; index < list.length; index += 1) put(each, index, list[index]!, list[index]!);
      }
    },
    addRange(code, { min, max }) {
      const each = all.get(code);
      if (each === undefined) return;
      for (let index = 0; index < min.length; index += 1) put(each, index, min[index] ?? null, max[index] ?? null);
    },
    view() {
      seen ??= Object.fromEntries(
        [...all].flatMap(([code, each]) => {
          if (each.min.length === 0) return [];
          each.seen ??= { min: [...each.min], max: [...each.max] };
          return [[code, each.seen] as const];
        }),
      );
      return seen;
    },
    clear() {
      all = fresh();
      seen = null;
    },
  };
}
