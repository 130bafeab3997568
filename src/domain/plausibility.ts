import type { Profile, Quantity, Register } from './profile.ts';
import { indexOf } from './profile-index.ts';
import type { ValueFlag } from './reading.ts';
import { type Exponents, resolutionOf } from './value.ts';

/** A voltage outside these parts of the nominal one is doubted. */
const VOLTAGE_LOW = 0.5;
const VOLTAGE_HIGH = 1.5;
/** How much more active power than V x A is believed, and the noise that is none of it, W. */
const POWER_FACTOR_MAX = 1.1;
const POWER_NOISE_W = 10;

/** What is known about one reading when its values are judged: values by register id, as the meter gave them. */
export type Judged = {
  readonly profile: Profile;
  readonly values: ReadonlyMap<string, number | null>;
  readonly exponents: Exponents;
  readonly nominalV: number | null;
};

const PREFIX: Readonly<Record<string, number>> = { m: 1e-3, k: 1e3, M: 1e6 };

/** Factor from a unit to the one without prefix: kW to W is 1000. */
function factorOf(unit: string): number {
  return unit.length > 1 ? (PREFIX[unit[0] ?? ''] ?? 1) : 1;
}

/** Whether a value is of the instant of its reading. Maxima and minima are not: they fit nothing that was read now. */
const isPresent = (register: Register, { profile }: Judged): boolean => !indexOf(profile).bygone.has(register.id);

/**
 * Whether a value lies outside what its register allows, or a present voltage outside what the nominal one does: since
 * the last reset there may well have been a blackout.
 */
export function isImplausible(register: Register, value: number, judged: Judged): boolean {
  const [low, high] = register.valid ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (value < low || value > high) return true;
  const nominal = isPresent(register, judged) ? nominalOf(register.quantity, judged.nominalV) : null;
  if (nominal === null) return false;
  const volts = value * factorOf(register.unit);
  return volts < VOLTAGE_LOW * nominal || volts > VOLTAGE_HIGH * nominal;
}

function nominalOf(quantity: Quantity, nominalV: number | null): number | null {
  if (nominalV === null) return null;
  if (quantity === 'voltage') return nominalV;
  return quantity === 'voltageLL' ? nominalV * Math.sqrt(3) : null;
}

const LINES = ['L1', 'L2', 'L3'] as const;
type Found = { readonly value: number; readonly step: number };

/** A quantity of a phase as it was read, without prefix, and the smallest step it can show; null when it was not. */
function found(judged: Judged, quantity: Quantity, phase: string): Found | null {
  for (const register of indexOf(judged.profile).measuring.get(`${quantity} ${phase}`) ?? []) {
    const value = isPresent(register, judged) ? (judged.values.get(register.id) ?? null) : null;
    const factor = factorOf(register.unit);
    if (value !== null) return { value: value * factor, step: resolutionOf(register, judged.exponents) * factor };
  }
  return null;
}

/** Most active power that the voltages and currents of these phases leave room for, W; null: not all were read. */
function powerMax(judged: Judged, phases: readonly string[]): number | null {
  let watts = POWER_NOISE_W;
  for (const phase of phases) {
    const voltage = found(judged, 'voltage', phase);
    const current = found(judged, 'current', phase);
    if (voltage === null || current === null) return null;
    watts += POWER_FACTOR_MAX * Math.abs(voltage.value) * Math.abs(current.value);
    watts += Math.abs(voltage.value) * current.step + Math.abs(current.value) * voltage.step;
  }
  return watts;
}

/** Phases whose voltages and currents limit an active power: its own, or all three for the total. */
function limitingPhases(register: Register): readonly string[] {
  if (register.phase === 'total') return LINES;
  return LINES.includes(register.phase as (typeof LINES)[number]) ? [register.phase] : [];
}

/**
 * Whether a present active power does not fit what was read with it: more than 1.1 times V x A, beyond what the steps
 * of the registers and 10 W explain. False wherever not all of them were read.
 */
export function isInconsistent(register: Register, value: number, judged: Judged): boolean {
  if (register.quantity !== 'activePower' || !isPresent(register, judged)) return false;
  const phases = limitingPhases(register);
  const max = phases.length === 0 ? null : powerMax(judged, phases);
  if (max === null) return false;
  const factor = factorOf(register.unit);
  return Math.abs(value) * factor > max + resolutionOf(register, judged.exponents) * factor;
}

/** Why the values of these registers are doubted; empty: nothing speaks against them. */
export function flagsOf(registers: readonly Register[], judged: Judged): readonly ValueFlag[] {
  const some = (test: (register: Register, value: number) => boolean) =>
    registers.some((register) => {
      const value = judged.values.get(register.id) ?? null;
      return value !== null && test(register, value);
    });
  const flags: ValueFlag[] = [];
  if (some((register, value) => isImplausible(register, value, judged))) flags.push('implausible');
  if (some((register, value) => isInconsistent(register, value, judged))) flags.push('inconsistent');
  return flags;
}
