import type { OffsetAt } from '../../src/domain/grid.ts';
import type { Profile, Register } from '../../src/domain/profile.ts';
import type { Values } from '../../src/domain/reading.ts';
import type { AnalyzerId, EpochMs, VariableCode } from '../../src/domain/units.ts';
import { chance, mixSeed } from './chance.ts';
import { cvmAnswer } from './cvm-meter.ts';
import { createRegisterMap, type RegisterAnswer } from './register-map.ts';
import { rawRange } from './registers.ts';
import { createSchool } from './school.ts';
import { identityText } from './settings.ts';
import { createSupply, type Supply } from './supply.ts';
import { type Counters, createMeterValues, limitInUnit, UNDISTURBED } from './values.ts';

/** A meter that answers what its profile says, about a load that is a pure function of time. */
export type SimulatedMeter = {
  readonly profile: Profile;
  readonly analyzerId: AnalyzerId;
  /** FC3 and FC4: words, or the exception that the real one would answer. */
  registers(fn: number, address: number, count: number, now: EpochMs, counters?: Counters): RegisterAnswer;
  /** Text of FC17; null: this meter does not know the function. */
  serverId(): string | null;
  /** Objects 0, 1 and 2 of FC43/14; null as above. */
  deviceId(): readonly [vendor: string, product: string, revision: string] | null;
  /** Data characters of the answer to a CVM command; null: the meter stays silent. */
  cvm(command: string, now: EpochMs, counters?: Counters): string | null;
  /** The exact values of a variable in the profile's order; null where the meter says "not available". */
  truth(code: VariableCode, now: EpochMs, counters?: Counters): Values;
  /** The same of one register; unknown ids are null. */
  truthOf(registerId: string, now: EpochMs, counters?: Counters): number | null;
  /** What the decoded value of a register may differ from its truth by, in its unit; 0: only as a 32-bit float. */
  stepOf(registerId: string): number;
};

export type SimulatedMeterOptions = {
  readonly profile: Profile;
  readonly seed: number;
  readonly analyzerId: AnalyzerId;
  /** Whose clock the school lives by; UTC if left out. */
  readonly offsetAt?: OffsetAt;
  /** When its counters stood at 0; 2024-01-01 UTC if left out. */
  readonly installed?: EpochMs;
};

const PEAK_WATTS = { 1: [2000, 5000], 3: [18_000, 60_000] } as const;

/** A simulated meter of `profile`; the same seed, analyzer and instant give the same values for ever. */
export function createSimulatedMeter(options: SimulatedMeterOptions): SimulatedMeter {
  const { profile, analyzerId } = options;
  const seed = mixSeed(options.seed, analyzerId);
  const supply = createFittingSupply(options, seed);
  const values = createMeterValues({ profile, supply, seed });
  const byId = new Map(profile.registers.map((register) => [register.id, register]));
  const map = createRegisterMap(profile, values, seed);
  const truthOf = (id: string, now: EpochMs, counters = UNDISTURBED): number | null => {
    const register = byId.get(id);
    return register === undefined ? null : values.truthOf(register, now, counters);
  };
  const modbus = profile.protocol === 'modbus';
  return {
    profile,
    analyzerId,
    registers: (fn, address, count, now, counters = UNDISTURBED) => map.read({ fn, address, count }, now, counters),
    serverId: () => (modbus ? identityText(profile) : null),
    deviceId: () =>
      modbus && profile.identify.includes('deviceId') ? [profile.vendor, identityText(profile), 'V3.120'] : null,
    cvm: (command, now, counters = UNDISTURBED) =>
      modbus ? null : cvmAnswer({ profile, values, supply, command, now, counters }),
    truth: (code, now, counters = UNDISTURBED) =>
      profile.variables.find((each) => each.code === code)?.registers.map((id) => truthOf(id, now, counters)) ?? [],
    truthOf,
    stepOf: (id) => {
      const register = byId.get(id);
      return register === undefined ? 0 : values.stepOf(register);
    },
  };
}

/** A load that the registers of the profile can show: smaller where they are narrow. */
function createFittingSupply(options: SimulatedMeterOptions, seed: number): Supply {
  const phases = options.profile.registers.some(({ phase }) => phase === 'L2' || phase === 'L12') ? 3 : 1;
  const [least, most] = PEAK_WATTS[phases];
  const offsetAt = options.offsetAt ?? (() => 0);
  const installed = options.installed === undefined ? {} : { installed: options.installed };
  const build = (peakWatts: number) =>
    createSupply(createSchool({ seed, peakWatts, phases, offsetAt, ...installed }), seed);
  const peakWatts = least + (most - least) * chance(seed, 5);
  const wanted = build(peakWatts);
  const share = Math.min(1, ...options.profile.registers.map((register) => roomFor(register, wanted)));
  return share < 1 ? build(peakWatts * share) : wanted;
}

/** How much of the supply's limit a register can show, where load is what it shows. */
function roomFor(register: Register, supply: Supply): number {
  if (!/Power|current/.test(register.quantity) || /powerFactor/.test(register.quantity)) return 1;
  const limit = limitInUnit(register, supply);
  const range = register.exponentRegister === null ? rawRange(register.source, register.encoding) : null;
  const type = range === null ? Number.POSITIVE_INFINITY : range[1] * Math.abs(register.scale);
  const most = Math.min(type, register.valid?.[1] ?? Number.POSITIVE_INFINITY);
  return limit === null || limit === 0 ? 1 : most / limit;
}
