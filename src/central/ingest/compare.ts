import type { CentralRecord, CentralVariable } from '../ports.ts';

/** Half of the last of 2 decimals, which is all that dades files, and old lectors that were asked from them, keep. */
const TOLERANCE = 0.005;
/** Beyond this share of a number, digits are those of its binary form. */
const RELATIVE = 1e-12;

type Field = keyof CentralRecord;
const FIELDS = ['model', 'start', 'n', 'expected', 'ratio'] as const satisfies readonly Field[];

/**
 * In which field or variable two records of one identity differ; null: they say the same. Where one of them comes from
 * an old lector only values are compared, to 2 decimals: it says nothing else, and leaves out what has no value.
 */
export function differenceOf(a: CentralRecord, b: CentralRecord): string | null {
  const codes = new Set([...Object.keys(a.variables), ...Object.keys(b.variables)]);
  const isOld = a.n === null || b.n === null;
  const differs = isOld ? valuesDiffer : anythingDiffers;
  const field = isOld ? undefined : FIELDS.find((each) => a[each] !== b[each]);
  return field ?? [...codes].find((code) => differs(a.variables[code], b.variables[code])) ?? null;
}

type Variable = CentralVariable | undefined;

const PLAIN = ['aggregate', 'expected', 'at'] as const;
const LISTS = ['values', 'min', 'max', 'n', 'delta'] as const;

/** Field by field: a comparison of any two objects takes twenty times as long, and a batch has thousands of these. */
function anythingDiffers(one: Variable, two: Variable): boolean {
  if (one === undefined || two === undefined) return one !== two;
  if (PLAIN.some((field) => one[field] !== two[field])) return true;
  if (LISTS.some((field) => !sameList(one[field], two[field]))) return true;
  return one.flags.length !== two.flags.length || one.flags.some((flag) => !two.flags.includes(flag));
}

const sameList = (a: readonly (number | null)[], b: readonly (number | null)[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index]);

function valuesDiffer(one: Variable, two: Variable): boolean {
  const [a, b] = [one?.values ?? [], two?.values ?? []];
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, index) => isFar(a[index] ?? null, b[index] ?? null)).includes(true);
}

function isFar(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a !== b;
  return Math.abs(a - b) > TOLERANCE + RELATIVE * Math.max(Math.abs(a), Math.abs(b), 1);
}
