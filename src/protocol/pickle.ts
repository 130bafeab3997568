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

/**
 * The pickle of a value, protocol 0, as ASCII text without control characters but LF. Python 2.7 (pickle and cPickle)
 * and Python 3 without an `encoding` load an equal value: floats stay floats, ints of any size ints. Cycles are not
 * looked for.
 */
export function pickle(value: Py): string {
  const parts: string[] = [];
  write(value, parts);
  parts.push('.');
  return parts.join('');
}

function write(value: Py, parts: string[]): void {
  if (value === null) parts.push('N');
  else if (typeof value === 'string') parts.push(textOf(value));
  else if (typeof value === 'number') parts.push(`F${floatOf(value)}\n`);
  else if (typeof value === 'bigint') parts.push(intOf(value));
  else if (typeof value === 'boolean') parts.push(value ? 'I01\n' : 'I00\n');
  else writeAll(value, parts);
}

type Holding = Exclude<Py, null | string | number | bigint | boolean>;

/** A mark, what is inside, and the code that makes a list or dict of all since the mark. */
function writeAll(value: Holding, parts: string[]): void {
  parts.push('(');
  if (isList(value)) {
    for (const each of value) write(each, parts);
    parts.push('l');
    return;
  }
  for (const [key, each] of value instanceof Map ? value : Object.entries(value)) {
    write(key, parts);
    write(each, parts);
  }
  parts.push('d');
}

const isList = (value: Holding): value is readonly Py[] => Array.isArray(value);

const INT64_MAX = 2n ** 63n - 1n;

/** Ints that fit 64 bits as I, longer ones as L: a Python 2 has another type for those. */
function intOf(value: bigint): string {
  return value > INT64_MAX || value < -INT64_MAX ? `L${value}L\n` : `I${value}\n`;
}

/** The shortest text that reads back as the same number, as Python's repr: 230.0, -0.0, 1e+21, nan, inf. */
function floatOf(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ASCII = /^[\x00-\x7f]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPED_IN_STR = /[\\'\x00-\x1f\x7f]/g;
const ESCAPED_IN_UNICODE = /[^\x20-\x5b\x5d-\x7e]/gu;

/** ASCII as a str, anything else as a unicode; neither holds a control character or ends a line early. */
function textOf(text: string): string {
  if (ASCII.test(text)) return `S'${text.replace(ESCAPED_IN_STR, strEscape)}'\n`;
  return `V${text.replace(ESCAPED_IN_UNICODE, unicodeEscape)}\n`;
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

function strEscape(character: string): string {
  return character === '\\' || character === "'" ? `\\${character}` : `\\x${hex(character.charCodeAt(0), 2)}`;
}

/** A character beyond 16 bits in one piece: two halves would stay two on a Python of 32-bit characters. */
function unicodeEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}
