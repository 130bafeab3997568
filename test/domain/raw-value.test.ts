import { describe, expect, it } from 'vitest';
import { rawFromWords } from '../../src/domain/raw-value.ts';
import { type Exponents, exponentOf, registerValue } from '../../src/domain/value.ts';
import { cvmRegister, registerAt } from '../support/profile.ts';

const sourceOf = (own: Parameters<typeof registerAt>[2]) => {
  const { source } = registerAt('x', 0, own ?? {});
  if (source.kind !== 'modbus') throw new Error('not a modbus register');
  return source;
};

describe('raw numbers in the words of an answer', () => {
  it.each([
    { type: 'u16', words: [0xfffe], raw: 65_534 },
    { type: 'i16', words: [0xfffe], raw: -2 },
    { type: 'u32', words: [0xffff, 0xfffe], raw: 4_294_967_294 },
    { type: 'i32', words: [0xffff, 0xfffe], raw: -2 },
    { type: 'f32', words: [0x4366, 0x199a], raw: Math.fround(230.1) },
    { type: 'u64', words: [0xffff, 0xffff, 0xffff, 0xfffe], raw: 18_446_744_073_709_551_614n },
    { type: 'i64', words: [0xffff, 0xffff, 0xffff, 0xfffe], raw: -2n },
    { type: 'f64', words: [0x406c, 0xc333, 0x3333, 0x3333], raw: 230.1 },
  ] as const)('$type is read high word first, or low word first', ({ type, words, raw }) => {
    expect(rawFromWords([1, ...words, 2], 1, sourceOf({ source: { type } }))).toBe(raw);
    const reversed = [...words].reverse();
    expect(rawFromWords([1, ...reversed, 2], 1, sourceOf({ source: { type, wordOrder: 'lsw' } }))).toBe(raw);
  });

  it('reads a text up to its first NUL and without its padding', () => {
    const words = [0x504d, 0x3731, 0x3020, 0x0041];
    expect(rawFromWords(words, 0, sourceOf({ source: { type: 'text' } }))).toBe('PM710');
    expect(rawFromWords([0x4d50, 0x3137], 0, sourceOf({ source: { type: 'text', words: 2, wordOrder: 'lsw' } }))).toBe(
      'PM71',
    );
  });

  it.each([
    { words: [1], offset: 0, type: 'u32', what: 'the answer is too short' },
    { words: [1, 2], offset: 1, type: 'f32', what: 'it ends beyond the answer' },
    { words: [1, 2], offset: -1, type: 'u16', what: 'it begins before the answer' },
  ] as const)('is null where $what', ({ words, offset, type }) => {
    expect(rawFromWords(words, offset, sourceOf({ source: { type } }))).toBeNull();
  });
});

describe('values', () => {
  const valueFrom = (words: readonly number[], own: Parameters<typeof registerAt>[2], exponents: Exponents = {}) => {
    const register = registerAt('x', 0, own ?? {});
    return registerValue(register, rawFromWords(words, 0, sourceOf(own ?? {})), exponents);
  };

  it.each([
    { words: [2301], own: { scale: 0.1 }, value: 230.1 },
    { words: [57], own: { scale: 0.01 }, value: 0.57 },
    { words: [7], own: { scale: 10 }, value: 70 },
    { words: [0x8032], own: { encoding: 'signMagnitude', scale: 0.01 }, value: -0.5 },
    { words: [0x0032], own: { encoding: 'signMagnitude', scale: 0.01 }, value: 0.5 },
    { words: [0xfc18], own: { source: { type: 'i16' }, scale: 0.001 }, value: -1 },
  ] as const)('$words with $own is $value', ({ words, own, value }) => {
    expect(valueFrom(words, own)).toBe(value);
  });

  it.each([
    [[0x8000], 'signMagnitude'],
    [[0], 'plain'],
  ] as const)('%j (%s) is 0, never -0', (words, encoding) => {
    expect(Object.is(valueFrom(words, { encoding, scale: -1 }), 0)).toBe(true);
  });

  it('F21 NaN and infinities are missing, never 0', () => {
    const float = { source: { type: 'f32' } } as const;
    for (const words of [
      [0x7fc0, 0],
      [0xffc0, 0],
      [0x7f80, 0],
      [0xff80, 0],
    ])
      expect(valueFrom(words, float)).toBeNull();
    expect(valueFrom([0x7ff8, 0, 0, 0], { source: { type: 'f64' } })).toBeNull();
    expect(valueFrom([0, 0], float)).toBe(0);
  });

  it.each([
    { type: 'i16', words: [0x8000], missing: ['0x8000'] },
    { type: 'u16', words: [0xffff], missing: ['0x8000', '0xFFFF'] },
    { type: 'u32', words: [0xffff, 0xffff], missing: ['0xFFFFFFFF'] },
    { type: 'i32', words: [0x7fff, 0xffff], missing: ['0x7FFFFFFF'] },
    { type: 'i32', words: [0x7fff, 0x1234], missing: ['hi:0x7FFF'] },
    { type: 'i32', words: [0xffff, 0xffff], missing: ['hi:0xFFFF'] },
    { type: 'i64', words: [0x8000, 0, 0, 0], missing: ['0x8000000000000000'] },
    { type: 'f32', words: [0x7f7f, 0xffff], missing: ['0x7F7FFFFF'] },
    { type: 'f32', words: [0xffc0, 0], missing: ['NaN'] },
    { type: 'i16', words: [0xffff], missing: ['-1'] },
    { type: 'i64', words: [0xffff, 0xffff, 0xffff, 0xffff], missing: ['-1'] },
    { type: 'u16', words: [0xffff], missing: ['65535'] },
    { type: 'f32', words: [0xbf80, 0], missing: ['-1'] },
    { type: 'i16', words: [10_000], missing: ['>9999'] },
    { type: 'i16', words: [0xd8f0], missing: ['>9999'] },
    { type: 'f32', words: [0x461c, 0x4000], missing: ['>9999'] },
    { type: 'u64', words: [0xffff, 0xffff, 0xffff, 0xfff0], missing: ['>4294967295'] },
  ] as const)('F22 $words of $type is missing where the map marks it with $missing', ({ type, words, missing }) => {
    expect(valueFrom(words, { source: { type }, missing })).toBeNull();
  });

  it('F22 what is not marked is a value', () => {
    expect(valueFrom([0x7fff], { source: { type: 'i16' }, missing: ['0x8000'] })).toBe(32_767);
    expect(valueFrom([0x7ffe, 0xffff], { source: { type: 'i32' }, missing: ['hi:0x7FFF'] })).toBe(0x7ffe_ffff);
    expect(valueFrom([0x0000, 0x8000], { source: { type: 'u32' }, missing: ['0x80000000'] })).toBe(0x8000);
    expect(valueFrom([0xffff], { source: { type: 'u16' }, missing: ['-1'] })).toBe(65_535);
    expect(valueFrom([9_999], { source: { type: 'i16' }, missing: ['>9999'] })).toBe(9_999);
    expect(valueFrom([0xd8f1], { source: { type: 'i16' }, missing: ['>9999'] })).toBe(-9_999);
  });

  it.each([
    { raw: 1.2, value: 0.8 },
    { raw: -1.2, value: -0.8 },
    { raw: 0.9, value: 0.9 },
    { raw: -0.9, value: -0.9 },
    { raw: 2.5, value: null },
  ])('Schneider puts a power factor of $value as $raw over four quadrants', ({ raw, value }) => {
    const register = registerAt('x', 0, { source: { type: 'f32' }, encoding: 'schneider4q' });
    const found = registerValue(register, raw, {});
    if (value === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(value, 12);
  });

  it.each([
    [95, 0.95],
    [105, -0.95],
    [200, 0],
    [201, null],
  ])('Circutor puts a power factor as %i for %d', (raw, value) => {
    const register = cvmRegister('x', 'RFI', 0, { encoding: 'circutorPf', source: { digits: 3 } });
    expect(registerValue(register, raw, {})).toBe(value);
  });

  it('takes the power of ten of its scale register, and is null as long as that is not known', () => {
    const own = { exponentRegister: 'sf', source: { type: 'i16' } } as const;
    expect(valueFrom([2301], own, { sf: -1 })).toBe(230.1);
    expect(valueFrom([23], own, { sf: 2 })).toBe(2300);
    expect(valueFrom([23], own, { sf: 0 })).toBe(23);
    expect(valueFrom([23], own, {})).toBeNull();
    expect(valueFrom([23], own, { sf: 300 })).toBeNull();
    expect(valueFrom([23], own, { sf: 0.5 })).toBeNull();
  });

  it('has every digit of a 64-bit counter, or is null', () => {
    const counter = { source: { type: 'u64' }, scale: 0.001 } as const;
    expect(valueFrom([0, 1, 0, 1], counter)).toBe(4_294_967.297);
    expect(valueFrom([0x001f, 0xffff, 0xffff, 0xffff], { source: { type: 'u64' } })).toBe(Number.MAX_SAFE_INTEGER);
    expect(valueFrom([0x0020, 0, 0, 1], counter)).toBeNull();
    expect(valueFrom([0x8000, 0, 0, 1], { source: { type: 'i64' } })).toBeNull();
  });

  it('a text has no value', () => {
    expect(valueFrom([0x3131, 0x3131, 0x3131, 0x3131], { source: { type: 'text' } })).toBeNull();
  });

  it.each([
    { raw: -1, valid: [-4, 4], exponent: -1 },
    { raw: 5, valid: [-4, 4], exponent: null },
    { raw: 13, valid: null, exponent: null },
    { raw: -32_768, valid: null, exponent: null },
  ] as const)('a scale register that holds $raw is $exponent (valid: $valid)', ({ raw, valid, exponent }) => {
    expect(exponentOf(registerAt('sf', 0, { source: { type: 'i16' }, valid, missing: ['0x8000'] }), raw)).toBe(
      exponent,
    );
  });
});
