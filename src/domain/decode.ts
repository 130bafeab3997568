import { decodeCvmField } from './cvm-fields.ts';
import type { BlockAnswer } from './meter.ts';
import type { Profile, Register } from './profile.ts';
import { indexOf } from './profile-index.ts';
import { type Raw, rawFromWords } from './raw-value.ts';
import type { EpochMs } from './units.ts';
import { type Exponents, exponentOf, registerValue } from './value.ts';

/** A register as it was read: its value in its unit, the raw number behind it, and when it was asked. */
export type DecodedValue = { readonly value: number | null; readonly raw: Raw; readonly at: EpochMs };

/**
 * Raw number of a register in an answer; `base` is that of a profile with discovery. null when the answer does not hold
 * it whole, or it does not lie in this block.
 */
export function rawIn(register: Register, { block, answer }: BlockAnswer, base: number): Raw {
  const { source } = register;
  if (block.kind === 'cvm') {
    if (source.kind !== 'cvm' || source.command !== block.command || answer.kind !== 'text') return null;
    return answer.text.length === block.length ? decodeCvmField(answer.text, source) : null;
  }
  if (source.kind !== 'modbus' || source.function !== block.function || answer.kind !== 'words') return null;
  if (answer.words.length !== block.count) return null;
  return rawFromWords(answer.words, source.address + base - block.address, source);
}

const baseOf = (profile: Profile, base: number): number => (profile.discovery === null ? 0 : base);

/** Powers of ten of all scale registers that the answers hold; one that is missing or impossible is left out. */
export function decodeExponents(profile: Profile, answered: readonly BlockAnswer[], base: number): Exponents {
  const exponents: Record<string, number> = {};
  for (const register of indexOf(profile).scales) {
    for (const each of answered) {
      const exponent = exponentOf(register, rawIn(register, each, baseOf(profile, base)));
      if (exponent !== null) exponents[register.id] = exponent;
    }
  }
  return exponents;
}

/**
 * The powers of ten that are known after these answers: a scale register that one of them holds counts, also as
 * missing, and not what was known of it. The same object when none does.
 */
export function exponentsAfter(
  profile: Profile,
  known: Exponents,
  answered: readonly BlockAnswer[],
  base: number,
): Exponents {
  const isRead = (register: Register) => answered.some((each) => covers(each, register, baseOf(profile, base)));
  const read = new Set(
    indexOf(profile)
      .scales.filter(isRead)
      .map(({ id }) => id),
  );
  if (read.size === 0) return known;
  const kept = Object.entries(known).filter(([id]) => !read.has(id));
  return { ...Object.fromEntries(kept), ...decodeExponents(profile, answered, base) };
}

/** Whether an answer covers the register, whatever it says about it. */
function covers({ block }: BlockAnswer, { source }: Register, base: number): boolean {
  if (block.kind === 'cvm') return source.kind === 'cvm' && source.command === block.command;
  if (source.kind !== 'modbus' || source.function !== block.function) return false;
  const start = source.address + base;
  return start >= block.address && start + source.words <= block.address + block.count;
}

/** The exponents for the values of one answer: a scale register in the same answer counts, not the remembered one. */
function exponentsIn(profile: Profile, each: BlockAnswer, known: Exponents, base: number): Exponents {
  const inside = indexOf(profile).scales.filter((register) => covers(each, register, base));
  if (inside.length === 0) return known;
  const exponents = { ...known };
  for (const register of inside) {
    const exponent = exponentOf(register, rawIn(register, each, base));
    if (exponent === null) delete exponents[register.id];
    else exponents[register.id] = exponent;
  }
  return exponents;
}

/**
 * Values of the wanted registers of all answers, by register id. What was not answered is not in it; what is not
 * available is there with value null. A value is scaled by the scale register of its own answer where that holds it,
 * else by `exponents`.
 */
export function decodeBlocks(
  profile: Profile,
  answered: readonly BlockAnswer[],
  exponents: Exponents,
  base = 0,
): ReadonlyMap<string, DecodedValue> {
  const { register: byId } = indexOf(profile);
  const own = baseOf(profile, base);
  const decoded = new Map<string, DecodedValue>();
  for (const each of answered) {
    const scales = exponentsIn(profile, each, exponents, own);
    for (const id of each.block.registers) {
      const register = byId.get(id);
      if (register === undefined) continue;
      const raw = rawIn(register, each, own);
      decoded.set(id, { value: registerValue(register, raw, scales), raw, at: each.answer.at });
    }
  }
  return decoded;
}

/** Texts among the wanted registers of all answers (firmware, serial number), by register id, as the meter gave them */
export function decodeTexts(profile: Profile, answered: readonly BlockAnswer[], base = 0): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [id, { raw }] of decodeBlocks(profile, answered, {}, base))
    if (typeof raw === 'string') texts.set(id, raw);
  return texts;
}
