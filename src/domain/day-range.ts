import type { VariableCode } from './units.ts';

type List = readonly (number | null)[];
export type Range = { readonly min: List; readonly max: List };

/** Least and greatest value of each variable, one per value, of all that was added. */
export type DayRange = {
  add(values: Readonly<Record<VariableCode, List>>): void;
  /** What others made of the same, such as a record. */
  addRange(code: VariableCode, range: Range): void;
  /** Never changed later: where nothing changed since, it is the same object. */
  view(): Readonly<Record<VariableCode, Range>>;
  clear(): void;
};

type Extremes = { readonly min: (number | null)[]; readonly max: (number | null)[]; seen: Range | null };

export function createDayRange(): DayRange {
  let all = new Map<VariableCode, Extremes>();
  let seen: Readonly<Record<VariableCode, Range>> | null = null;

  const extremesOf = (code: VariableCode): Extremes => {
    const known = all.get(code);
    if (known !== undefined) return known;
    const fresh: Extremes = { min: [], max: [], seen: null };
    all.set(code, fresh);
    return fresh;
  };
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
      for (const code in values) {
        const each = extremesOf(code);
        const list = values[code]!;
        for (let index = 0; index < list.length; index += 1) put(each, index, list[index]!, list[index]!);
      }
    },
    addRange(code, { min, max }) {
      const each = extremesOf(code);
      for (let index = 0; index < min.length; index += 1) put(each, index, min[index] ?? null, max[index] ?? null);
    },
    view() {
      seen ??= Object.fromEntries(
        [...all].map(([code, each]) => {
          each.seen ??= { min: [...each.min], max: [...each.max] };
          return [code, each.seen] as const;
        }),
      );
      return seen;
    },
    clear() {
      all = new Map();
      seen = null;
    },
  };
}
