import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../../drivers/profiles/load.ts';
import { problemText } from '../../../src/domain/problem.ts';
import { profileText, registersWith, SMALL } from './profile-text.ts';

const problemsOf = (changes: Readonly<Record<string, unknown>>): readonly string[] =>
  parseProfile('p3', profileText(changes), 'p3.json').problems.map(problemText);

const exponent = { id: 'SF', quantity: 'scaleExponent', address: 30, type: 'i16' };
const plus = (...lines: readonly unknown[]) => ({ registers: [...SMALL.registers, ...lines] });

const cases = [
  {
    what: 'two registers of one id',
    changes: { registers: registersWith(1, { phase: 'L1' }) },
    says: 'an id that no other line has',
  },
  { what: 'a code twice', changes: { variables: ['TPF', 'TPF'] }, says: 'a code that no other line has' },
  {
    what: 'a scale register that does not exist',
    changes: { registers: registersWith(3, { exponentRegister: 'SFX' }) },
    says: 'saw SFX, which is no register',
  },
  {
    what: 'a scale register that is something else',
    changes: { registers: registersWith(3, { exponentRegister: 'frequency' }) },
    says: 'saw frequency, which is frequency',
  },
  {
    what: 'a signature of nothing',
    changes: { signature: { register: 'fre', range: [45, 65] } },
    says: 'the id of a register (signature.register)',
  },
  {
    what: 'a code of unknown registers',
    changes: { variables: [{ code: 'TPF', registers: ['u1'] }] },
    says: '(variables[0].registers[0])',
  },
  { what: 'a code without registers', changes: { variables: ['TPF', 'THDI'] }, says: 'registers for THDI' },
  { what: 'an unknown code without registers', changes: { variables: ['XYZ'] }, says: 'registers for XYZ' },
  {
    what: 'a status code that is not there',
    changes: { status: ['ERR'] },
    says: 'a code of "variables" (status[0]), saw ERR',
  },
  { what: 'a code read once that is not there', changes: { once: ['NSN'] }, says: '(once[0])' },
  {
    what: 'values in different units under one code',
    changes: { variables: [{ code: 'MIX', registers: ['voltage_L1', 'frequency'] }] },
    says: 'every value of MIX in V (variables[0]), saw V, Hz',
  },
  {
    what: 'watts',
    changes: { registers: registersWith(3, { unit: 'W' }) },
    says: 'kW for activePower (registers[3].unit), saw W; leave "unit" out',
  },
  {
    what: 'values that overlap',
    changes: { registers: registersWith(1, { address: 1 }) },
    says: 'voltage_L2 at 1, inside voltage_L1',
  },
  {
    what: 'one address as two phases',
    changes: { registers: registersWith(1, { address: 0 }) },
    says: 'voltage_L2 at 0, inside voltage_L1',
  },
  {
    what: 'one address read in two ways',
    changes: plus({ id: 'other', quantity: 'other', address: 0, type: 'u16' }),
    says: 'words that no other register has',
  },
  {
    what: 'a value beyond the last address',
    changes: { registers: registersWith(5, { address: 65535 }) },
    says: 'registers up to 65535',
  },
  { what: 'a value longer than a request may be', changes: { limits: { registersMax: 1 } }, says: 'at most 1 words' },
  {
    what: 'an odd address on a meter of pairs',
    changes: { limits: { step: 2 }, registers: registersWith(5, { address: 11 }) },
    says: 'an even address',
  },
  {
    what: 'a single register on a meter of pairs',
    changes: { limits: { step: 2 }, ...plus(exponent) },
    says: 'even words',
  },
  {
    what: 'words that the type does not have',
    changes: { registers: registersWith(5, { words: 1 }) },
    says: 'as many words as u32 has',
  },
  {
    what: 'a mark that is too short',
    changes: { registers: registersWith(5, { missing: ['0x8000'] }) },
    says: '8 hex digits for u32',
  },
  {
    what: 'NaN among integers',
    changes: { registers: registersWith(5, { missing: ['NaN'] }) },
    says: 'NaN for f32 and f64 only',
  },
  {
    what: 'a negative mark of a number without sign',
    changes: { registers: registersWith(5, { missing: ['-1'] }) },
    says: 'a number that u32 can hold, 0 to 4294967295',
  },
  {
    what: 'a limit that nothing exceeds',
    changes: { registers: registersWith(5, { missing: ['>4294967295'] }) },
    says: 'a number that u32 can hold',
  },
  {
    what: 'a reserved read that cuts a value',
    changes: { reserved: { function: 4, address: 1, count: 2 } },
    says: 'whole registers of this map (reserved), saw 2 from 1',
  },
  {
    what: 'a reserved read of nothing',
    changes: { reserved: { function: 3, address: 0, count: 2 } },
    says: 'whole registers of this map',
  },
  {
    what: 'a reserved read as long as a lone register that cannot be read otherwise',
    changes: {
      limits: { holes: 'illegal' },
      reserved: { function: 4, address: 0, count: 2 },
      ...plus({ quantity: 'temperature', address: 90 }),
    },
    says: '2, which is all of temperature',
  },
  {
    what: 'a CVM register without a command',
    changes: { protocol: 'cvm', defaults: {}, registers: [{ quantity: 'frequency', digits: 3 }] },
    says: 'a "command" such as RVI',
  },
  {
    what: 'a value of RAL beside its unit flags',
    changes: {
      protocol: 'cvm',
      defaults: {},
      registers: [{ quantity: 'frequency', command: 'RAL', field: 28, digits: 8 }],
    },
    says: 'of RAL only the unit flags',
  },
] as const;

describe('the lint of profiles', () => {
  it.each(cases)('refuses $what', ({ changes, says }) => {
    const found = problemsOf(changes);
    expect(
      found.some((text) => text.includes(says)),
      found.join('\n'),
    ).toBe(true);
  });

  it('accepts what the cases start from, and the scale register that one of them adds', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf(plus(exponent))).toEqual([]);
  });

  it('lets two lines read the same value in the same way', () => {
    expect(problemsOf(plus({ id: 'again', quantity: 'voltage', phase: 'L1', address: 0 }))).toEqual([]);
  });

  it('lets hours and minutes stand under one code', () => {
    const lines = [
      { id: 'h', quantity: 'operatingTime', address: 40, type: 'u16' },
      { id: 'm', quantity: 'operatingTime', address: 41, type: 'u16', unit: 'min' },
    ];
    expect(problemsOf({ ...plus(...lines), variables: [{ code: 'HMU', registers: ['h', 'm'] }] })).toEqual([]);
  });
});
