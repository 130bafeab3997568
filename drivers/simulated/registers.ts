import type { Encoding, Register, RegisterSource, RegisterType } from '../../src/domain/profile.ts';
import { rawFromWords } from '../../src/domain/raw-value.ts';
import { isMissing as isMarked } from '../../src/domain/value.ts';

/** A raw value as it lies in registers, before it is cut into words. */
export type Raw = number | bigint | string;

type ModbusSource = Extract<RegisterSource, { kind: 'modbus' }>;

const INTEGER_RANGES: Readonly<Partial<Record<RegisterType, readonly [number, number]>>> = {
  u16: [0, 2 ** 16 - 1],
  i16: [-(2 ** 15), 2 ** 15 - 1],
  u32: [0, 2 ** 32 - 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u64: [0, Number.MAX_SAFE_INTEGER],
  i64: [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** Least and greatest raw number that a source holds; null: a float or a text. */
export function rawRange(source: RegisterSource, encoding: Encoding): readonly [number, number] | null {
  if (encoding === 'circutorPf') return [0, 200];
  if (source.kind === 'cvm') return [-(10 ** (source.digits - 1) - 1), 10 ** source.digits - 1];
  const range = INTEGER_RANGES[source.type] ?? null;
  if (range === null || encoding !== 'signMagnitude') return range;
  return [-(2 ** (16 * source.words - 1)) + 1, 2 ** (16 * source.words - 1) - 1];
}

/** Where a counter begins again, in raw counts. */
export function wrapOf(register: Register): number | null {
  if (register.wrapsAt !== null) return register.wrapsAt;
  const range = rawRange(register.source, register.encoding);
  return range === null ? null : range[1] + 1;
}

const isCounter = (register: Register): boolean =>
  register.quantity === 'apparentEnergy' || /^(active|reactive)Energy/.test(register.quantity);

/**
 * The raw number that stands for `value`, which is in the register's unit, with `exponent` the power of ten of its
 * exponent register. Counters are cut off, as meters do, and wrap; all else is rounded and kept inside the type.
 */
export function rawOf(register: Register, value: number, exponent: number): number {
  const scaled = value / register.scale / 10 ** exponent;
  const range = rawRange(register.source, register.encoding);
  if (range === null) return encoded(scaled, register.encoding);
  if (isCounter(register)) {
    const wrap = wrapOf(register);
    // a value such as 0.3 / 0.1 must not lose a whole step
    const counts = Math.floor(scaled + 1e-6);
    return wrap === null ? counts : counts % wrap;
  }
  const whole = Math.round(encoded(scaled, register.encoding));
  return Math.min(range[1], Math.max(range[0], whole));
}

/** The inverse of a profile's encodings. */
function encoded(value: number, encoding: Encoding): number {
  switch (encoding) {
    case 'plain':
    case 'signMagnitude':
    // Schneider's four quadrants: what lags, as every load here does, is as it is
    case 'schneider4q':
      return value;
    case 'circutorPf':
      return value < 0 ? 200 + Math.round(value * 100) : Math.round(value * 100);
  }
}

/** Cuts a raw value into 16-bit words in the order of its source. Texts are padded with NUL. */
export function wordsOf(raw: Raw, source: ModbusSource, encoding: Encoding = 'plain'): readonly number[] {
  if (typeof raw === 'string' || source.type === 'text') return textWords(String(raw), source.words, source.wordOrder);
  const view = new DataView(new ArrayBuffer(8));
  if (encoding === 'signMagnitude') putSignMagnitude(view, Number(raw), source.words);
  else PUT[source.type](view, raw);
  const words = Array.from({ length: source.words }, (_, n) => view.getUint16(2 * n));
  return source.wordOrder === 'lsw' ? words.reverse() : words;
}

function putSignMagnitude(view: DataView, raw: number, words: number): void {
  const sign = raw < 0 ? 2 ** (16 * words - 1) : 0;
  if (words === 1) view.setUint16(0, Math.abs(raw) + sign);
  else view.setUint32(0, Math.abs(raw) + sign);
}

type Put = (view: DataView, raw: number | bigint) => void;
const put16: Put = (view, raw) => view.setUint16(0, Number(raw) & 0xffff);
const put32: Put = (view, raw) => view.setUint32(0, Number(raw) >>> 0);
const put64: Put = (view, raw) => view.setBigUint64(0, BigInt.asUintN(64, BigInt(raw)));

const PUT = {
  ...{ u16: put16, i16: put16, u32: put32, i32: put32, u64: put64, i64: put64 },
  f32: (view, raw) => view.setFloat32(0, Number(raw)),
  f64: (view, raw) => view.setFloat64(0, Number(raw)),
} satisfies Record<Exclude<RegisterType, 'text'>, Put>;

/** Two characters a word, the first in the high byte (`lsw`: in the low one). */
export function textWords(text: string, words: number, order: 'msw' | 'lsw' = 'msw'): readonly number[] {
  const at = (n: number) => (text.charCodeAt(n) || 0) & 0xff;
  return Array.from({ length: words }, (_, n) => {
    const [first, second] = [at(2 * n), at(2 * n + 1)];
    return order === 'msw' ? (first << 8) | second : (second << 8) | first;
  });
}

/** Whether these words are one of the register's marks for "not available". */
export function isMissing(register: Register, words: readonly number[]): boolean {
  const raw = register.source.kind === 'modbus' ? rawFromWords(words, 0, register.source) : null;
  return typeof raw === 'number' || typeof raw === 'bigint' ? isMarked(register, raw) : false;
}

/** Smallest step between two values of a register, in its unit: half of it is what rounding may cost; 0: a float. */
export function stepOf(register: Register, exponent: number): number {
  const range = rawRange(register.source, register.encoding);
  if (range === null) return 0;
  return register.encoding === 'circutorPf' ? register.scale / 100 : Math.abs(register.scale) * 10 ** exponent;
}
