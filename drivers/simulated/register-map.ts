import type { Profile, Register } from '../../src/domain/profile.ts';
import type { EpochMs } from '../../src/domain/units.ts';
import { textWords, wordsOf } from './registers.ts';
import { identityText, settingText, sunspecModel } from './settings.ts';
import type { Counters, MeterValues } from './values.ts';

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;
const REGISTERS_MAX = 125;
const ADDRESSES = 65_536;

export type RegisterRange = { readonly fn: number; readonly address: number; readonly count: number };

/** `counters` tells whether an energy counter is among the words. */
export type RegisterAnswer =
  | { readonly words: readonly number[]; readonly counters: boolean }
  | { readonly exception: number };

/** A word of a register, or one that never changes. */
type Cell = { readonly register: Register; readonly word: number } | { readonly fixed: number };

export type RegisterMap = { read(range: RegisterRange, now: EpochMs, counters: Counters): RegisterAnswer };

/** The address space of a meter as its profile describes it, with what the profile says about holes and limits. */
export function createRegisterMap(profile: Profile, values: MeterValues, seed: number): RegisterMap {
  const cells = cellsOf(profile, seed);
  const functions = new Set([...cells.keys()].map((key) => Math.floor(key / ADDRESSES)));
  const { limits } = profile;
  const zeroHoles = limits.holes === 'legal' && profile.discovery === null;

  const refusal = ({ fn, address, count }: RegisterRange): number | null => {
    if (!functions.has(fn)) return ILLEGAL_FUNCTION;
    const most = Math.min(REGISTERS_MAX, limits.registersMax);
    if (count < 1 || count > most || count % limits.step !== 0) return ILLEGAL_VALUE;
    if (address + count > ADDRESSES) return ILLEGAL_ADDRESS;
    for (let n = address; !zeroHoles && n < address + count; n += 1) {
      if (!cells.has(fn * ADDRESSES + n)) return ILLEGAL_ADDRESS;
    }
    return null;
  };

  return {
    read(range, now, counters) {
      const exception = refusal(range);
      if (exception !== null) return { exception };
      const words: number[] = [];
      let counted = false;
      let register: Register | null = null;
      let its: readonly number[] = [];
      for (let n = range.address; n < range.address + range.count; n += 1) {
        const cell = cells.get(range.fn * ADDRESSES + n) ?? { fixed: 0 };
        if ('fixed' in cell) {
          words.push(cell.fixed);
          continue;
        }
        if (cell.register !== register) its = registerWords(values, cell.register, now, counters);
        register = cell.register;
        words.push(its[cell.word] ?? 0);
        counted ||= /Energy/.test(register.quantity);
      }
      return { words, counters: counted };
    },
  };
}

function registerWords(values: MeterValues, register: Register, now: EpochMs, counters: Counters): readonly number[] {
  if (register.source.kind !== 'modbus') return [];
  return wordsOf(values.rawOf(register, now, counters), register.source, register.encoding);
}

function cellsOf(profile: Profile, seed: number): ReadonlyMap<number, Cell> {
  const cells = new Map<number, Cell>();
  const put = (fn: number, address: number, cell: Cell) => {
    const key = fn * ADDRESSES + address;
    if (!cells.has(key)) cells.set(key, cell);
  };
  const base = profile.discovery === null ? 0 : putModelList(profile, seed, put);
  for (const register of profile.registers) {
    const { source } = register;
    if (source.kind !== 'modbus') continue;
    for (let word = 0; word < source.words; word += 1) {
      put(source.function, base + source.address + word, { register, word });
    }
  }
  const { reserved } = profile;
  if (reserved.kind === 'registers') {
    // whatever the profile asks to prove that a meter is in step, the meter has
    for (let n = 0; n < reserved.count; n += 1) put(reserved.function, base + reserved.address + n, { fixed: 0 });
  }
  if (profile.discovery !== null) putModel(profile, base, put);
  return cells;
}

const SUNSPEC_START = 40_000;
const COMMON_LENGTH = 66;
type Put = (fn: number, address: number, cell: Cell) => void;

const functionOf = (profile: Profile): number => {
  const source = profile.registers[0]?.source;
  return source?.kind === 'modbus' ? source.function : 3;
};

/** "SunS" and the common model; returns the address of the meter model's id, which is offset 0 of the profile. */
function putModelList(profile: Profile, seed: number, put: Put): number {
  const fn = functionOf(profile);
  const serial = { ...profile.registers[0]!, quantity: 'serialNumber' as const };
  const common = [
    ...textWords('SunS', 2),
    ...[1, COMMON_LENGTH],
    ...textWords(profile.vendor, 16),
    ...textWords(identityText(profile), 16),
    ...textWords('', 8),
    ...textWords('V3.120', 8),
    ...textWords(settingText(profile, serial, seed), 16),
    ...[1, 0x8000],
  ];
  for (const [n, word] of common.entries()) put(fn, SUNSPEC_START + n, { fixed: word });
  return SUNSPEC_START + common.length;
}

/** The head of the meter model, its unused points, and the end of the list. */
function putModel(profile: Profile, base: number, put: Put): void {
  const fn = functionOf(profile);
  const { model, length } = sunspecModel(profile) ?? { model: 0, length: 0 };
  put(fn, base, { fixed: model });
  put(fn, base + 1, { fixed: length });
  for (let n = 2; n < length + 2; n += 1) put(fn, base + n, { fixed: 0x8000 });
  put(fn, base + length + 2, { fixed: 0xffff });
  put(fn, base + length + 3, { fixed: 0 });
}
