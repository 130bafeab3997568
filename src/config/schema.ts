import { z } from 'zod';
import { seen } from './report.ts';

/** How one text of a file becomes a value, and the words for what it should have been. */
export type Field<T> = {
  readonly schema: z.ZodType<T>;
  readonly expected: string;
  readonly required: boolean;
  /** Taken when the text is missing, and after a problem was reported so that reading can go on. */
  readonly otherwise: T;
  readonly todo?: string;
};

type Values = Readonly<Record<string, Field<unknown>>>;
export type ValuesOf<Table extends Values> = {
  readonly [Name in keyof Table]: Table[Name] extends Field<infer T> ? T : never;
};

export const required = <T>(type: Typed<T>, otherwise: T, todo = ''): Field<T> => ({
  ...type,
  required: true,
  otherwise,
  todo,
});

export const optional = <T>(type: Typed<T>, otherwise: T, todo = ''): Field<T> => ({
  ...type,
  required: false,
  otherwise,
  todo,
});

export type Typed<T> = { readonly schema: z.ZodType<T>; readonly expected: string };

export const text = (max = 200, expected = 'a text'): Typed<string> => ({
  schema: z.string().max(max),
  expected: `${expected} of at most ${max} characters`,
});

export const filled = (expected: string, max = 1000): Typed<string> => ({
  schema: z.string().min(1).max(max),
  expected,
});

export const whole = (min: number, max: number, what = ''): Typed<number> => ({
  schema: z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max)),
  expected: `a whole number from ${min} to ${max}${what}`,
});

export const decimal = (min: number, max: number, what = ''): Typed<number> => ({
  schema: z
    .string()
    .regex(/^\d{1,7}(\.\d{1,6})?$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max)),
  expected: `a number from ${min} to ${max}${what}`,
});

export const oneOf = <const T extends string>(values: readonly T[], words = values.join(', ')): Typed<T> => ({
  schema: z.string().transform((value, context) => {
    const found = values.find((each) => each.toLowerCase() === value.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue('not one of them');
    return z.NEVER;
  }),
  expected: `one of ${words}`,
});

const YES = ['yes', 'true', 'on', '1'];
const NO = ['no', 'false', 'off', '0'];

/** Every spelling that the predecessor took, in capitals too. */
export const yesNo: Typed<boolean> = {
  schema: z
    .string()
    .toLowerCase()
    .pipe(z.enum([...YES, ...NO] as [string, ...string[]]))
    .transform((value) => YES.includes(value)),
  expected: 'yes or no (true, false, on, off, 1, 0)',
};

const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `60s`, `5m`, `1h`, as ms. */
export const duration: Typed<number> = {
  schema: z
    .string()
    .regex(/^\d{1,9}(ms|s|m|h)$/)
    .transform((value) => Number.parseInt(value, 10) * (DURATION_MS[value.replace(/\d+/, '')] ?? 0)),
  expected: 'a time such as 500ms, 60s, 5m or 1h',
};

/** A text of a file with its place. */
export type Found = { readonly value: string; readonly at: string };

/** Reads one field; a problem goes to `complain` and the field's `otherwise` stands in for the value. */
export function readField<T>(
  field: Field<T>,
  name: string,
  found: Found | undefined,
  complain: (at: string | null, expected: string, saw: string, todo: string) => void,
): T {
  if (found === undefined) {
    if (field.required) complain(null, `${name}: ${field.expected}`, 'none', field.todo ?? '');
    return field.otherwise;
  }
  // an element left empty is as good as none, unless something must stand there
  if (found.value === '' && !field.required) return field.otherwise;
  const result = field.schema.safeParse(found.value);
  if (result.success) return result.data;
  const saw = found.value === '' ? 'nothing' : seen(found.value);
  complain(found.at, `${name}: ${field.expected}`, saw, field.todo ?? '');
  return field.otherwise;
}
