import { LectorError } from '../domain/errors.ts';
import { type Column, textTable } from './text-table.ts';

/** Most registers in one request by the Modbus standard. */
const REGISTERS_MAX = 125;
const ADDRESS_MAX = 65_535;

/** One register in every way that a maker may have meant it. Two-word values start here; null in the last row. */
export type RawWord = {
  /** 0-based, as it goes over the wire. */
  readonly address: number;
  /** 1-based, as many manuals print it. */
  readonly number: number;
  readonly u16: number;
  readonly i16: number;
  readonly hex: string;
  readonly u32: number | null;
  readonly u32Swapped: number | null;
  readonly f32: number | null;
  readonly f32Swapped: number | null;
  readonly text: string;
};

/** `4000:10` as a 0-based wire address and a count; throws USAGE in words. */
export function parseRaw(text: string): { readonly address: number; readonly count: number } {
  const [, address = '', count = '1'] = /^(\d{1,5}|0x[\da-f]{1,4})(?::(\d{1,3}))?$/i.exec(text) ?? [];
  const range = { address: address === '' ? Number.NaN : Number(address), count: Number(count) };
  const fits = range.count >= 1 && range.count <= REGISTERS_MAX && range.address + range.count - 1 <= ADDRESS_MAX;
  if (fits) return range;
  throw new LectorError(
    'USAGE',
    `--raw needs ADDRESS:COUNT, such as 4000:10 (count 1 to ${REGISTERS_MAX}, no address above ${ADDRESS_MAX}), ` +
      `not "${text}"`,
  );
}

/** Each of the words read from `address` on, with its neighbour where a value takes two. */
export function rawWords(address: number, words: readonly number[]): readonly RawWord[] {
  return words.map((word, n) => {
    const next = words[n + 1];
    const view = new DataView(new ArrayBuffer(8));
    view.setUint16(0, word);
    view.setUint16(2, next ?? 0);
    view.setUint16(4, next ?? 0);
    view.setUint16(6, word);
    const pair = (value: number) => (next === undefined ? null : value);
    return {
      address: address + n,
      number: address + n + 1,
      u16: word,
      i16: view.getInt16(0),
      hex: `0x${word.toString(16).padStart(4, '0').toUpperCase()}`,
      u32: pair(view.getUint32(0)),
      u32Swapped: pair(view.getUint32(4)),
      f32: pair(view.getFloat32(0)),
      f32Swapped: pair(view.getFloat32(4)),
      text: String.fromCharCode(word >> 8, word & 0xff).replace(/[^\x20-\x7e]/g, '.'),
    };
  });
}

const COLUMNS: readonly Column[] = [
  { title: 'address', align: 'right' },
  { title: 'number', align: 'right' },
  { title: 'hex', align: 'left' },
  { title: 'u16', align: 'right' },
  { title: 'i16', align: 'right' },
  { title: 'u32', align: 'right' },
  { title: 'u32 swapped', align: 'right' },
  { title: 'f32', align: 'right' },
  { title: 'f32 swapped', align: 'right' },
  { title: 'text', align: 'left' },
];

/**
 * The words as a table, and below it how its first two columns differ, because "off by one" is the commonest trouble:
 *
 *   address  number  hex       u16     i16         u32  ...
 *      4000    4001  0x0901   2305    2305   151060485  ...
 */
export function rawTable(words: readonly RawWord[]): string {
  const rows = words.map((word) => [
    String(word.address),
    String(word.number),
    word.hex,
    String(word.u16),
    String(word.i16),
    word.u32 === null ? '' : String(word.u32),
    word.u32Swapped === null ? '' : String(word.u32Swapped),
    floatText(word.f32),
    floatText(word.f32Swapped),
    word.text,
  ]);
  return `${textTable(COLUMNS, rows)}
address: 0-based, what goes over the wire and what --raw takes. number: 1-based, what many manuals print.
u32 and f32 take this register and the next, high word first; "swapped": low word first.
`;
}

/** Seven digits are all that a 32-bit float holds. */
function floatText(value: number | null): string {
  if (value === null) return '';
  return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : String(value);
}
