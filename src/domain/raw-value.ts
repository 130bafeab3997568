import type { RegisterSource } from './profile.ts';

export type ModbusSource = Extract<RegisterSource, { kind: 'modbus' }>;
export type CvmSource = Extract<RegisterSource, { kind: 'cvm' }>;

/** What a register holds before it means anything: bigint for 64-bit integers, string for texts, null: not there. */
export type Raw = number | bigint | string | null;

/** The words of one value, most significant first; null when the answer does not hold all of them. */
function wordsOf(words: readonly number[], offset: number, source: ModbusSource): readonly number[] | null {
  if (offset < 0 || offset + source.words > words.length) return null;
  const own = words.slice(offset, offset + source.words);
  return source.wordOrder === 'lsw' && source.type !== 'text' ? own.reverse() : own;
}

/** Latin-1, high byte first (`lsw`: low byte first), up to the first NUL, without the padding at its end. */
function textOf(words: readonly number[], source: ModbusSource): string {
  const bytes = words.flatMap((word) => {
    const pair = [(word >> 8) & 0xff, word & 0xff];
    return source.wordOrder === 'lsw' ? pair.reverse() : pair;
  });
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end === -1 ? bytes : bytes.slice(0, end))).replace(/[ \xff]+$/, '');
}

/**
 * The raw number of a register in the words of an answer; `offset` is where in `words` it begins. Integers of 64 bits
 * are bigints so that no digit is lost; a text is a string; null when the answer is too short or the map contradicts
 * itself (a type that does not take `words` words). NaN and infinities are returned as they are: see registerValue.
 */
export function rawFromWords(words: readonly number[], offset: number, source: ModbusSource): Raw {
  const own = wordsOf(words, offset, source);
  if (own === null) return null;
  if (source.type === 'text') return textOf(own, source);
  if (own.length !== WORDS_OF_TYPE[source.type]) return null;
  const view = new DataView(new ArrayBuffer(8));
  for (const [index, word] of own.entries()) view.setUint16(2 * index, word);
  return READ[source.type](view);
}

/** 16-bit words that a value of each type takes; texts say it themselves. */
export const WORDS_OF_TYPE = { u16: 1, i16: 1, u32: 2, i32: 2, f32: 2, u64: 4, i64: 4, f64: 4 } as const;

const READ: Readonly<Record<keyof typeof WORDS_OF_TYPE, (view: DataView) => number | bigint>> = {
  u16: (view) => view.getUint16(0),
  i16: (view) => view.getInt16(0),
  u32: (view) => view.getUint32(0),
  i32: (view) => view.getInt32(0),
  f32: (view) => view.getFloat32(0),
  u64: (view) => view.getBigUint64(0),
  i64: (view) => view.getBigInt64(0),
  f64: (view) => view.getFloat64(0),
};

/** The bits of a raw number as it lay on the wire, most significant word first; null for text and what is no integer. */
export function bitsOf(raw: number | bigint, source: RegisterSource): bigint | null {
  if (typeof raw === 'bigint') return BigInt.asUintN(64, raw);
  if (source.kind === 'modbus' && (source.type === 'f32' || source.type === 'f64')) {
    const view = new DataView(new ArrayBuffer(8));
    if (source.type === 'f64') view.setFloat64(0, raw);
    else view.setFloat32(0, raw);
    return source.type === 'f64' ? view.getBigUint64(0) : BigInt(view.getUint32(0));
  }
  if (!Number.isInteger(raw)) return null;
  return BigInt.asUintN(source.kind === 'modbus' ? 16 * source.words : 64, BigInt(raw));
}
