import type { RegisterSource } from './profile.ts';

export type ModbusSource = Extract<RegisterSource, { kind: 'modbus' }>;
export type CvmSource = Extract<RegisterSource, { kind: 'cvm' }>;

/** What a register holds before it means anything: bigint for 64-bit integers, string for texts, null: not there. */
export type Raw = number | bigint | string | null;

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
  const { type, words: count, wordOrder } = source;
  if (offset < 0 || offset + count > words.length) return null;
  if (type === 'text') return textOf(words.slice(offset, offset + count), source);
  if (count !== WORDS_OF_TYPE[type]) return null;
  for (let n = 0; n < count; n += 1)
    SCRATCH.setUint16(2 * (wordOrder === 'lsw' ? count - 1 - n : n), words[offset + n] ?? 0);
  return READ[type](SCRATCH);
}

/** Where words are put side by side to be read as one number; nothing stays in it from one call to the next. */
const SCRATCH = new DataView(new ArrayBuffer(8));

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

/**
 * The bits of a raw number as it lay on the wire, most significant word first, as an integer without sign; a bigint for
 * 64 bits. null for what is no integer on the wire.
 */
export function bitsOf(raw: number | bigint, source: RegisterSource): number | bigint | null {
  if (typeof raw === 'bigint') return BigInt.asUintN(64, raw);
  if (source.kind === 'modbus' && source.type === 'f32') {
    SCRATCH.setFloat32(0, raw);
    return SCRATCH.getUint32(0);
  }
  if (source.kind === 'modbus' && source.type === 'f64') {
    SCRATCH.setFloat64(0, raw);
    return SCRATCH.getBigUint64(0);
  }
  if (!Number.isInteger(raw)) return null;
  return source.kind === 'modbus' && raw < 0 ? raw + 2 ** (16 * source.words) : raw;
}
