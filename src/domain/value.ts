import { decodeCircutorPf } from './cvm-fields.ts';
import type { Register } from './profile.ts';
import { bitsOf, type Raw } from './raw-value.ts';

/** Values of scale registers (powers of ten) by register id; what is not in it is not known. */
export type Exponents = Readonly<Record<string, number>>;

/** A power of ten beyond this is no scale of any meter: the register was misread. */
const EXPONENT_MAX = 12;

/** Whether a raw number is one of the register's marks for "not available". */
export function isMissing(register: Register, raw: number | bigint): boolean {
  if (register.missing.length === 0) return false;
  const bits = bitsOf(raw, register.source);
  return register.missing.some((marker) => matches(marker, raw, bits, register));
}

/** Hex marks are the bits as they lie on the wire; decimal ones, and what ">" exceeds, the number that was read. */
function matches(marker: string, raw: number | bigint, bits: number | bigint | null, register: Register): boolean {
  if (marker === 'NaN') return Number.isNaN(Number(raw));
  if (marker.startsWith('>')) return Math.abs(Number(raw)) > Number(marker.slice(1));
  if (!marker.includes('0x')) return typeof raw === 'bigint' ? raw === BigInt(marker) : raw === Number(marker);
  if (bits === null) return false;
  const { source } = register;
  if (marker.startsWith('hi:')) {
    const words = source.kind === 'modbus' ? source.words : 1;
    const high =
      typeof bits === 'bigint' ? Number(bits >> BigInt(16 * (words - 1))) : Math.floor(bits / 65_536 ** (words - 1));
    return high === Number(marker.slice(3));
  }
  return typeof bits === 'bigint' ? bits === BigInt(marker) : bits === Number(marker);
}

/** Top bit is the sign, the others the magnitude: 0x8000 + n is -n. 32 bits at most; no meter has more of it. */
function signMagnitude(raw: number | bigint, { source }: Register): number | null {
  const bits = bitsOf(raw, source);
  if (typeof bits !== 'number' || source.kind !== 'modbus') return null;
  const sign = 2 ** (16 * source.words - 1);
  return bits >= sign ? sign - bits : bits;
}

/**
 * Schneider's power factor over four quadrants: -2..2, of which what lies beyond 1 is leading. Decoded, the sign is
 * that of the active power. Source: register lists of the PM5000 and PM3000 series; outside -2..2 it is no such number.
 */
function schneider4q(raw: number): number | null {
  if (Math.abs(raw) > 2) return null;
  if (raw > 1) return 2 - raw;
  return raw < -1 ? -2 - raw : raw;
}

/** The number behind the encoding, not yet scaled; null when it is not available or cannot be told exactly. */
function decoded(register: Register, raw: number | bigint): number | null {
  const beyond = typeof raw === 'bigint' && (raw > Number.MAX_SAFE_INTEGER || raw < Number.MIN_SAFE_INTEGER);
  switch (register.encoding) {
    case 'plain':
      return beyond ? null : Number(raw);
    case 'signMagnitude':
      return signMagnitude(raw, register);
    case 'schneider4q':
      return beyond ? null : schneider4q(Number(raw));
    case 'circutorPf':
      return beyond ? null : decodeCircutorPf(Number(raw));
  }
}

/** `number * scale`, but divided where the scale is 1/10, 1/100, ...: 2301 * 0.1 is not 230.1. */
function scaled(number: number, scale: number): number {
  const inverse = Math.round(1 / scale);
  const isFraction = Math.abs(scale) < 1 && Math.abs(inverse * scale - 1) < 1e-12;
  return isFraction ? number / inverse : number * scale;
}

function toPowerOfTen(number: number, exponent: number): number {
  return exponent < 0 ? number / 10 ** -exponent : number * 10 ** exponent;
}

/**
 * Value of a register in its unit: decode(raw, encoding) * scale * 10^exponent. null whenever it is not surely that:
 * not available (the register's marks, NaN, infinities), a scale register that was not read, a 64-bit number beyond
 * 2^53, a text. Never -0.
 */
export function registerValue(register: Register, raw: Raw, exponents: Exponents): number | null {
  if (raw === null || typeof raw === 'string' || isMissing(register, raw)) return null;
  const number = decoded(register, raw);
  if (number === null) return null;
  const exponent = register.exponentRegister === null ? 0 : exponents[register.exponentRegister];
  if (exponent === undefined || !isExponent(exponent)) return null;
  const value = toPowerOfTen(scaled(number, register.scale), exponent);
  // also where the raw number was NaN or infinite
  return Number.isFinite(value) ? value + 0 : null;
}

export { registerValue as valueOf };

/** Whether a value can be a power of ten that a meter scales by. */
function isExponent(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= EXPONENT_MAX;
}

/** Value of a scale register; null when it is missing, or no power of ten within what the register allows. */
export function exponentOf(register: Register, raw: Raw): number | null {
  const value = registerValue(register, raw, {});
  if (value === null || !isExponent(value)) return null;
  const [low, high] = register.valid ?? [-EXPONENT_MAX, EXPONENT_MAX];
  return value >= low && value <= high ? value : null;
}

/** Smallest step that a register can tell, in its unit; 0 for floats, and where the scale is not known. */
export function resolutionOf(register: Register, exponents: Exponents): number {
  if (register.source.kind === 'modbus' && /^f/.test(register.source.type)) return 0;
  const exponent = register.exponentRegister === null ? 0 : (exponents[register.exponentRegister] ?? 0);
  return Math.abs(register.scale) * 10 ** exponent;
}
