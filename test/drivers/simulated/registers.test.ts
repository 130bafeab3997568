import { describe, expect, it } from 'vitest';
import { loadProfiles } from '../../../drivers/profiles/load.ts';
import { createSimulatedMeter } from '../../../drivers/simulated/meter.ts';
import { rawOf, stepOf, textWords, wordsOf } from '../../../drivers/simulated/registers.ts';
import type { Encoding, Register, RegisterSource } from '../../../src/domain/profile.ts';
import { rawFromWords } from '../../../src/domain/raw-value.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { valueOf as decoded } from '../../../src/domain/value.ts';

type ModbusSource = Extract<RegisterSource, { kind: 'modbus' }>;
const WORDS = { u16: 1, i16: 1, u32: 2, i32: 2, u64: 4, i64: 4, f32: 2, f64: 4, text: 3 } as const;

function registerOf(type: ModbusSource['type'], rest: Partial<Register> = {}, wordOrder: 'msw' | 'lsw' = 'msw') {
  const register: Register = {
    ...{ id: 'r', quantity: 'activePower', phase: 'total', encoding: 'plain', scale: 1, exponentRegister: null },
    ...{ unit: 'kW', missing: [], valid: null, wrapsAt: null, confidence: 'official', description: '', bits: null },
    optional: false,
    ...rest,
    source: { kind: 'modbus', function: 3, address: 0, type, words: WORDS[type], wordOrder },
  };
  return register;
}

/** Through the words and back again by the code that reads real meters. */
function throughWords(register: Register, value: number, exponent = 0): number | null {
  const source = register.source as ModbusSource;
  const words = wordsOf(rawOf(register, value, exponent), source, register.encoding);
  return decoded(register, rawFromWords(words, 0, source), { e: exponent });
}

const TYPES = ['u16', 'i16', 'u32', 'i32', 'u64', 'i64', 'f32', 'f64'] as const;

describe('a value in registers', () => {
  it.each(
    TYPES.flatMap((type) => (['msw', 'lsw'] as const).map((order) => [type, order] as const)),
  )('of type %s, %s first, comes back as it was', (type, order) => {
    const values = type.startsWith('u') ? [0, 7, 230.1] : [0, 7, 230.1, -19.4];
    for (const value of values) {
      expect(throughWords(registerOf(type, { scale: 0.1 }, order), value)).toBeCloseTo(value, 4);
    }
  });

  it.each([
    ['u32', 4_294_967_295],
    ['i32', -2_147_483_648],
    ['u64', 4_611_686_018_427_387],
    ['i64', -4_611_686_018_427_387],
  ] as const)('of type %s keeps every digit of %i', (type, value) => {
    expect(throughWords(registerOf(type), value)).toBe(value);
  });

  it.each([
    ['signMagnitude', 'i16', 0.0001, [0.9473, -0.9473, 1]],
    ['schneider4q', 'f32', 1, [0.95, -0.95, 1]],
    ['circutorPf', 'u16', 1, [0.95, -0.95, 1, 0]],
  ] as const)('encoded %s comes back as it was', (encoding: Encoding, type, scale, values) => {
    const register = registerOf(type, { quantity: 'powerFactor', encoding, scale });
    for (const value of values) expect(throughWords(register, value)).toBeCloseTo(value, 6);
  });

  it('is scaled by the power of ten of its exponent register', () => {
    const register = registerOf('i16', { exponentRegister: 'e' });
    expect(throughWords(register, 123.46, -2)).toBe(123.46);
    expect(throughWords(register, 123_400, 2)).toBe(123_400);
    expect(stepOf(register, -2)).toBe(0.01);
  });

  it('is kept inside its type, never wrapped, unless it is a counter', () => {
    expect(throughWords(registerOf('i16'), 40_000)).toBe(32_767);
    const counter = registerOf('u16', { quantity: 'activeEnergyImport' });
    expect(throughWords(counter, 65_537.9)).toBe(1);
    expect(throughWords({ ...counter, wrapsAt: 10_000 }, 10_003.2)).toBe(3);
  });

  it('of a counter is cut off, without losing a step to arithmetic', () => {
    const counter = registerOf('u32', { quantity: 'activeEnergyImport', scale: 0.1 });
    expect(throughWords(counter, 0.3)).toBe(0.3);
    expect(throughWords(counter, 0.39)).toBe(0.3);
  });

  it('of text takes two characters a word and NUL for the rest', () => {
    expect(textWords('PM7', 3)).toEqual([0x504d, 0x3700, 0]);
    expect(textWords('PM7', 2, 'lsw')).toEqual([0x4d50, 0x0037]);
  });
});

describe('what a simulated meter refuses', () => {
  const { profiles } = loadProfiles();
  const now = epochMs(Date.UTC(2026, 4, 5, 10));
  const base = profiles.get('pm710')!;
  const meterOf = (limits: Partial<typeof base.limits>) =>
    createSimulatedMeter({ profile: { ...base, limits: { ...base.limits, ...limits } }, seed: 1, analyzerId: 1 });
  const address = 4032;

  it.each([
    ['a function that the map does not have', { holes: 'illegal' }, [4, address, 1], { exception: 1 }],
    ['a register that the map does not have', { holes: 'illegal' }, [3, 100, 1], { exception: 2 }],
    ['the same where nobody knows', { holes: 'unknown' }, [3, 100, 1], { exception: 2 }],
    ['addresses beyond the last one', { holes: 'legal' }, [3, 65_535, 2], { exception: 2 }],
    ['no registers', { holes: 'legal' }, [3, address, 0], { exception: 3 }],
    ['more registers than it can', { holes: 'legal', registersMax: 20 }, [3, address, 21], { exception: 3 }],
    ['more registers than the standard allows', { holes: 'legal' }, [3, address, 126], { exception: 3 }],
    ['an odd number where all values are pairs', { holes: 'legal', step: 2 }, [3, address, 3], { exception: 3 }],
  ] as const)('%s', (_, limits, [fn, from, count], answer) => {
    expect(meterOf(limits).registers(fn, from, count, now)).toEqual(answer);
  });

  it('nothing where holes may be read: they are 0', () => {
    expect(meterOf({ holes: 'legal' }).registers(3, 100, 2, now)).toEqual({ words: [0, 0], counters: false });
  });
});
