import type { Profile, Register, RegisterSource } from '../../src/domain/profile.ts';
import { QUANTITY_FACTS, type QuantityFacts } from './quantities.ts';
import { TYPE_WORDS } from './schema.ts';

/** One thing wrong inside a profile. `path` leads to the value in the file, as keys and indices. */
export type Finding = {
  readonly path: readonly (string | number)[];
  readonly expected: string;
  readonly saw: string;
  readonly todo: string;
};

type ModbusSource = Extract<RegisterSource, { kind: 'modbus' }>;
type Located = { readonly register: Register; readonly index: number; readonly source: ModbusSource };

const ADDRESS_END = 65_536;
const RAL_DIGITS = 2;
const end = (source: ModbusSource): number => source.address + source.words;

function located(profile: Profile): readonly Located[] {
  return profile.registers.flatMap((register, index) =>
    register.source.kind === 'modbus' ? [{ register, index, source: register.source }] : [],
  );
}

function duplicates(profile: Profile): readonly Finding[] {
  const seen = new Set<string>();
  const twice = (kind: string, name: string, path: readonly (string | number)[], todo: string): readonly Finding[] => {
    const key = `${kind} ${name}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ path, expected: `${kind} that no other line has`, saw: `${name} again`, todo }];
  };
  return [
    ...profile.registers.flatMap(({ id }, n) =>
      twice('an id', id, ['registers', n], `give this line an "id" of its own`),
    ),
    ...profile.variables.flatMap(({ code }, n) => twice('a code', code, ['variables', n], 'remove one of them')),
  ];
}

/** Names that must be of a register or a variable of this profile. */
function references(profile: Profile): readonly Finding[] {
  const ids = new Set(profile.registers.map(({ id }) => id));
  const codes = new Set(profile.variables.map(({ code }) => code));
  const register = (id: string, path: readonly (string | number)[]): readonly Finding[] =>
    ids.has(id) ? [] : [{ path, expected: 'the id of a register', saw: id, todo: `ids are ${some([...ids])}` }];
  const variable = (code: string, path: readonly (string | number)[]): readonly Finding[] =>
    codes.has(code)
      ? []
      : [{ path, expected: 'a code of "variables"', saw: code, todo: `codes are ${some([...codes])}` }];
  return [
    ...profile.registers.flatMap(({ exponentRegister }, n) =>
      exponentRegister === null ? [] : exponent(profile, exponentRegister, ['registers', n, 'exponentRegister']),
    ),
    ...(profile.signature === null ? [] : register(profile.signature.register, ['signature', 'register'])),
    ...profile.variables.flatMap((each, n) =>
      each.registers.flatMap((id, m) => register(id, ['variables', n, 'registers', m])),
    ),
    ...profile.status.flatMap((code, n) => variable(code, ['status', n])),
    ...profile.once.flatMap((code, n) => variable(code, ['once', n])),
  ];
}

function exponent(profile: Profile, id: string, path: readonly (string | number)[]): readonly Finding[] {
  const found = profile.registers.find((register) => register.id === id);
  if (found?.quantity === 'scaleExponent') return [];
  const saw = found === undefined ? `${id}, which is no register` : `${id}, which is ${found.quantity}`;
  return [{ path, expected: 'the id of a register of quantity scaleExponent', saw, todo: 'name the scale register' }];
}

const some = (names: readonly string[]): string =>
  `${names.slice(0, 12).join(' ')}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`;

function units(profile: Profile): readonly Finding[] {
  return profile.registers.flatMap(({ quantity, unit }, n) => {
    const known: QuantityFacts = QUANTITY_FACTS[quantity];
    if (known.others === null || unit === known.unit || known.others.includes(unit)) return [];
    const expected = `${known.unit === '' ? 'no unit' : known.unit} for ${quantity}`;
    const todo = `leave "unit" out and let "scale" convert (a meter that gives W: "scale": 0.001)`;
    return [{ path: ['registers', n, 'unit'], expected, saw: unit, todo }];
  });
}

/** Every code has registers, and they are all in its unit; h+min is one of h and one of min. */
function variables(profile: Profile): readonly Finding[] {
  const unitOf = new Map(profile.registers.map(({ id, unit }) => [id, unit]));
  return profile.variables.flatMap(({ code, unit, registers }, n): readonly Finding[] => {
    if (registers.length === 0) {
      const expected = `registers for ${code}: its usual ones, or a list of ids in "registers"`;
      return [{ path: ['variables', n], expected, saw: code, todo: 'see the table of codes in docs/PROFILES.md' }];
    }
    const found = registers.map((id) => unitOf.get(id) ?? unit);
    if (found.every((each) => each === unit) || found.join('+') === unit) return [];
    const saw = found.map((each) => (each === '' ? 'none' : each)).join(', ');
    return [{ path: ['variables', n], expected: `every value of ${code} in ${unit}`, saw, todo: 'split the code' }];
  });
}

function places(profile: Profile): readonly Finding[] {
  const { registersMax, step } = profile.limits;
  const even = ({ address, words }: ModbusSource) => address % step === 0 && words % step === 0;
  return located(profile).flatMap(({ source, index, register }): readonly Finding[] => {
    const saw = `${source.words} from ${source.address}`;
    const wrong = (expected: string, todo: string): Finding => ({ path: ['registers', index], expected, saw, todo });
    return [
      ...(end(source) <= ADDRESS_END ? [] : [wrong('registers up to 65535', 'addresses are 0-based')]),
      ...(source.words <= registersMax ? [] : [wrong(`at most ${registersMax} words`, 'see limits.registersMax')]),
      ...(even(source) ? [] : [wrong('an even address and even words, as limits.step is 2', 'or set step to 1')]),
      ...(widthFits(source) ? [] : [wrong(`as many words as ${source.type} has`, `leave "words" out`)]),
      ...markers(register, source, index),
    ];
  });
}

const widthFits = ({ type, words }: ModbusSource): boolean => type === 'text' || TYPE_WORDS[type] === words;

function markers(register: Register, source: ModbusSource, index: number): readonly Finding[] {
  return register.missing.flatMap((marker, n): readonly Finding[] => {
    const expected = expectedOf(marker, source);
    const path = ['registers', index, 'missing', n];
    return expected === null ? [] : [{ path, expected, saw: marker, todo: 'a mark that never comes hides nothing' }];
  });
}

const isFloat = ({ type }: ModbusSource): boolean => type === 'f32' || type === 'f64';

/** Why a mark can never be read from this register, as what was expected; null: it can. */
function expectedOf(marker: string, source: ModbusSource): string | null {
  if (marker === 'NaN') return isFloat(source) ? null : 'NaN for f32 and f64 only';
  if (marker.includes('0x')) {
    const digits = marker.startsWith('hi:') ? 4 : 4 * source.words;
    return marker.replace(/^(hi:)?0x/, '').length === digits ? null : `${digits} hex digits for ${source.type}`;
  }
  const [low, high] = rangeOf(source);
  const number = BigInt(marker.replace('>', ''));
  const fits = isFloat(source) || (number >= low && (marker.startsWith('>') ? number < high : number <= high));
  return fits ? null : `a number that ${source.type} can hold, ${low} to ${high}`;
}

/** What an integer type can hold; nothing for a text. */
function rangeOf({ type, words }: ModbusSource): readonly [low: bigint, high: bigint] {
  const half = 1n << BigInt(16 * words - 1);
  if (type === 'text') return [1n, 0n];
  return type.startsWith('i') ? [-half, half - 1n] : [0n, 2n * half - 1n];
}

const meansTheSame = (a: Located, b: Located): boolean =>
  a.source.type === b.source.type &&
  a.register.quantity === b.register.quantity &&
  a.register.phase === b.register.phase;

/** Two lines may read the same words only when they are the same value read in the same way. */
function overlaps(profile: Profile): readonly Finding[] {
  const all = [...located(profile)].sort(
    (a, b) => a.source.function - b.source.function || a.source.address - b.source.address,
  );
  return all.slice(1).flatMap((here, n) => {
    const before = all[n];
    if (before === undefined || before.source.function !== here.source.function) return [];
    const same = before.source.address === here.source.address && meansTheSame(before, here);
    if (same || end(before.source) <= here.source.address) return [];
    const saw = `${here.register.id} at ${here.source.address}, inside ${before.register.id}`;
    return [{ path: ['registers', here.index], expected: 'words that no other register has', saw, todo: 'check both' }];
  });
}

function cvmFields(profile: Profile): readonly Finding[] {
  return profile.registers.flatMap(({ source }, n): readonly Finding[] => {
    if (source.kind !== 'cvm' || source.command !== '') {
      const flags = source.kind === 'cvm' && source.command === 'RAL';
      if (!flags || (source.digits === RAL_DIGITS && source.field <= 1)) return [];
      const expected = 'of RAL only the unit flags: digits 2, field 0 (current) or 1 (power)';
      return [
        { path: ['registers', n], expected, saw: `field ${source.field}`, todo: 'use the command of the quantity' },
      ];
    }
    return [
      { path: ['registers', n], expected: 'a "command" such as RVI', saw: 'none', todo: 'case counts: RVM, RVm' },
    ];
  });
}

/**
 * The reserved read is whole registers of the map, and whatever else has its function and count can be read with one
 * register more: a neighbour in the map, or a hole that may be read or tried.
 */
function reserved(profile: Profile): readonly Finding[] {
  const { reserved: held, limits } = profile;
  if (held.kind === 'cvm') return [];
  const same = located(profile).filter(({ source }) => source.function === held.function);
  const last = held.address + held.count;
  const path = ['reserved'];
  const cut = same.some(({ source }) => [held.address, last].some((at) => source.address < at && at < end(source)));
  const covered = Array.from({ length: held.count }, (_, n) => held.address + n).every((at) =>
    same.some(({ source }) => source.address <= at && at < end(source)),
  );
  const saw = `${held.count} from ${held.address}`;
  if (cut || !covered) {
    return [{ path, expected: 'whole registers of this map', saw, todo: 'name a register that is always there' }];
  }
  if (held.count > limits.registersMax || held.count % limits.step !== 0) {
    return [{ path, expected: 'a count that this meter may be asked', saw, todo: 'see limits' }];
  }
  const neighbour = ({ source }: Located) =>
    same.some((other) => other.source.address === end(source) || end(other.source) === source.address);
  return same
    .filter((each) => each.source.words === held.count && limits.holes === 'illegal' && !neighbour(each))
    .map(({ register }) => ({
      path,
      expected: 'a count that no lone register of this meter needs',
      saw: `${held.count}, which is all of ${register.id}`,
      todo: 'choose two or more neighbouring registers',
    }));
}

/** Everything wrong beyond types; empty when the profile can be planned and read. */
export function lintProfile(profile: Profile): readonly Finding[] {
  return [
    ...duplicates(profile),
    ...references(profile),
    ...units(profile),
    ...variables(profile),
    ...places(profile),
    ...overlaps(profile),
    ...cvmFields(profile),
    ...reserved(profile),
  ];
}
