/**
 * A value as Python has it: a number is a float, a bigint an int, a text that is ASCII a str and any other a unicode;
 * a Map is a dict with keys of both kinds.
 */
export type Py =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Py[]
  | ReadonlyMap<string | bigint, Py>
  | { readonly [key: string]: Py };
