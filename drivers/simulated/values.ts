import type { Phase, Profile, Register } from '../../src/domain/profile.ts';
import type { EpochMs } from '../../src/domain/units.ts';
import { isMissing, type Raw, rawOf, rawRange, stepOf, wordsOf, wrapOf } from './registers.ts';
import { settingText, settingValue } from './settings.ts';
import type { Supply } from './supply.ts';

/**
 * What happened to the counters of a meter: `resetAt` is when they last fell to 0 (null: never), `zero` that it has
 * just started and does not know them yet, and says 0.
 */
export type Counters = { readonly resetAt: EpochMs | null; readonly zero: boolean };
export const UNDISTURBED: Counters = { resetAt: null, zero: false };

/** Register by register what a meter shows: as a value in the register's unit, and raw. */
export type MeterValues = {
  /** The exact value, before it is cut to the register's step; null: the meter says "not available", or a text. */
  truthOf(register: Register, now: EpochMs, counters: Counters): number | null;
  rawOf(register: Register, now: EpochMs, counters: Counters): Raw;
  /** The step of a register with its exponent: what {@link truthOf} and the decoded value may differ by. */
  stepOf(register: Register): number;
};

/** What turns SI units into those of a profile. */
const UNIT_FACTORS: Readonly<Record<string, number>> = {
  ...{ kW: 1e-3, kvar: 1e-3, kVA: 1e-3, kWh: 1e-3, kvarh: 1e-3, kVAh: 1e-3 },
  ...{ MWh: 1e-6, Mvarh: 1e-6, MVAh: 1e-6, mA: 1e3, kV: 1e-3 },
};

/** Minimum and maximum since the last reset are commands of their own in the CVM protocol. */
function extremeOf({ source }: Register): 'max' | 'min' | null {
  const letter = source.kind === 'cvm' ? /^R[VOAPLCFH]([Mm])$/.exec(source.command)?.[1] : undefined;
  return letter === undefined ? null : letter === 'M' ? 'max' : 'min';
}

export function createMeterValues(o: { profile: Profile; supply: Supply; seed: number }): MeterValues {
  const { profile, supply, seed } = o;
  const exponents = chooseExponents(profile, supply);
  const exponentOf = (register: Register): number =>
    register.exponentRegister === null ? 0 : (exponents.get(register.exponentRegister) ?? 0);

  const measured = (register: Register, now: EpochMs, { resetAt, zero }: Counters): number | null => {
    const extreme = extremeOf(register);
    if (extreme !== null) return supply.extreme(register.quantity, register.phase, extreme);
    const value = supply.measure(register.quantity, register.phase, now);
    if (value === null || !/Energy/.test(register.quantity)) return value;
    if (zero) return 0;
    const before = resetAt === null ? 0 : (supply.measure(register.quantity, register.phase, resetAt) ?? 0);
    return Math.max(0, value - before);
  };

  /** In the register's unit, before it is cut to what the register can hold. */
  const shown = (register: Register, now: EpochMs, counters: Counters): number => {
    if (register.quantity === 'scaleExponent') return exponents.get(register.id) ?? 0;
    const value = measured(register, now, counters);
    if (value === null) return settingValue(profile, register, seed);
    if (register.quantity === 'operatingTime' && register.unit === 'min') return (value % 1) * 60;
    const percent = register.unit === '%' && /powerFactor|cosPhi/.test(register.quantity) ? 100 : 1;
    return value * (UNIT_FACTORS[register.unit] ?? percent);
  };

  const raw = (register: Register, now: EpochMs, counters: Counters): Raw =>
    register.source.kind === 'modbus' && register.source.type === 'text'
      ? settingText(profile, register, seed)
      : rawOf(register, shown(register, now, counters), exponentOf(register));

  const truth = (register: Register, now: EpochMs, counters: Counters): number | null => {
    const { source } = register;
    if (source.kind === 'modbus' && source.type === 'text') return null;
    const missing =
      source.kind === 'modbus' &&
      register.missing.length > 0 &&
      isMissing(register, wordsOf(raw(register, now, counters), source, register.encoding));
    if (missing) return null;
    const value = shown(register, now, counters);
    const wrap = /Energy/.test(register.quantity) ? wrapOf(register) : null;
    return wrap === null ? value : value % (wrap * register.scale * 10 ** exponentOf(register));
  };

  return { truthOf: truth, rawOf: raw, stepOf: (register) => stepOf(register, exponentOf(register)) };
}

/** The least power of ten for each exponent register with which everything that hangs on it fits into its type. */
function chooseExponents(profile: Profile, supply: Supply): ReadonlyMap<string, number> {
  const holders = new Map(profile.registers.map((register) => [register.id, register]));
  const ids = new Set(profile.registers.flatMap(({ exponentRegister }) => exponentRegister ?? []));
  return new Map(
    [...ids].map((id) => {
      const dependents = profile.registers.filter((register) => register.exponentRegister === id);
      const candidates = exponentCandidates(holders.get(id));
      const fitting = candidates.find((exponent) => dependents.every((each) => fits(each, exponent, supply)));
      return [id, fitting ?? candidates.at(-1) ?? 0];
    }),
  );
}

/** Flags of a CVM meter are 0 or 1 times their scale; makers of Modbus meters use -4 to 4. */
function exponentCandidates(holder: Register | undefined): readonly number[] {
  if (holder?.source.kind === 'cvm') return [0, holder.scale];
  return [-4, -3, -2, -1, 0, 1, 2, 3, 4];
}

function fits(register: Register, exponent: number, supply: Supply): boolean {
  const range = rawRange(register.source, register.encoding);
  if (range === null) return true;
  const most = limitInUnit(register, supply) ?? 1000;
  return most / Math.abs(register.scale) / 10 ** exponent < range[1];
}

/** What a register never shows more than, in its unit; null: not known. */
export function limitInUnit(register: Register, supply: Supply): number | null {
  const limit = supply.limit(register.quantity, register.phase as Phase);
  const percent = register.unit === '%' && /powerFactor|cosPhi/.test(register.quantity) ? 100 : 1;
  return limit === null ? null : limit * (UNIT_FACTORS[register.unit] ?? percent);
}
