import { describe, expect, it } from 'vitest';
import {
  CVM_RAL_LENGTH,
  decodeCircutorPf,
  decodeCvmField,
  parseCvmInteger,
  parseRalUnits,
  splitCvmFields,
} from '../../src/domain/cvm-fields.ts';

const ral = (currentFlag: string, powerFlag: string) => '0000ABCD'.repeat(30) + currentFlag + powerFlag;
const source = (command: string, field: number, digits: number) => ({ kind: 'cvm', command, field, digits }) as const;

describe('a CVM field', () => {
  it.each([
    ['000000230', 230],
    ['999999999', 999_999_999],
    ['000000000', 0],
    ['-00001234', -1_234],
    ['    -1234', -1_234],
    ['+00000012', 12],
    ['      230', 230],
    ['-00000000', 0],
    ['         ', null],
    ['1 2345678', null],
    ['--0000012', null],
    ['12345678 ', null],
    ['0x0000012', null],
    ['1e5000000', null],
    ['', null],
  ])('%j is %s', (text, value) => {
    expect(parseCvmInteger(text)).toBe(value);
  });

  it('is one of a line of fixed width, and a part of one at the end is missing', () => {
    expect(splitCvmFields('000000001000000002   -00003', 9)).toEqual([1, 2, -3]);
    expect(splitCvmFields('0990991010', 3)).toEqual([99, 99, 101, null]);
    expect(splitCvmFields('', 9)).toEqual([]);
  });

  it('is cut out of the answer by its number and width', () => {
    const data = '000000001000000002000000003000000004';
    expect([0, 1, 2, 3, 4].map((field) => decodeCvmField(data, source('RVI', field, 9)))).toEqual([1, 2, 3, 4, null]);
    expect(decodeCvmField('101', source('RFI', 0, 3))).toBe(101);
    expect(decodeCvmField('0000', source('RFI', 1, 3))).toBeNull();
  });
});

describe('the power factor of a CVMk', () => {
  // Source: manual page 45; 0..100 inductive, 101..200 capacitive, which is negative
  it.each([
    [0, 0],
    [95, 0.95],
    [100, 1],
    [101, -0.99],
    [195, -0.05],
    [200, 0],
    [201, null],
    [-1, null],
    [99.5, null],
    [Number.NaN, null],
  ])('raw %s is %s', (raw, value) => {
    const decoded = decodeCircutorPf(raw);
    expect(decoded === null ? null : Number(decoded.toFixed(2))).toBe(value);
  });
});

describe('the unit flags of RAL', () => {
  it.each([
    ['00', '00', { currentInAmperes: false, powerInKilowatts: false }],
    ['01', '00', { currentInAmperes: true, powerInKilowatts: false }],
    ['00', '01', { currentInAmperes: false, powerInKilowatts: true }],
    ['02', '00', null],
    ['10', '00', null],
    ['0 ', '00', null],
  ])('current %s and power %s', (current, power, units) => {
    expect(parseRalUnits(ral(current, power))).toEqual(units);
  });

  it('are the only part of RAL that is decoded', () => {
    const data = ral('01', '00');
    expect(data).toHaveLength(CVM_RAL_LENGTH);
    expect([0, 1, 2].map((field) => decodeCvmField(data, source('RAL', field, 2)))).toEqual([1, 0, null]);
    expect(decodeCvmField(data, source('RAL', 0, 8))).toBeNull();
    expect(decodeCvmField(data.slice(1), source('RAL', 0, 2))).toBeNull();
  });
});
