import { type DecodedValue, decodeBlocks, exponentsAfter } from './decode.ts';
import type { Failure } from './errors.ts';
import type { MeterSpec, ReadResult } from './meter.ts';
import { flagsOf, type Judged } from './plausibility.ts';
import type { Profile, Quantity, Register, Variable } from './profile.ts';
import { indexOf } from './profile-index.ts';
import type { Reading, ValueFlag, Values } from './reading.ts';
import type { AnalyzerId, EpochMs } from './units.ts';
import { registersOf } from './wanted.ts';

/** What an external current transformer multiplies: everything that a current is in. */
const WITH_CURRENT: ReadonlySet<Quantity> = new Set<Quantity>([
  'current',
  'activePower',
  'reactivePower',
  'inductivePower',
  'capacitivePower',
  'apparentPower',
  'activeEnergyImport',
  'activeEnergyExport',
  'activeEnergyTotal',
  'reactiveEnergyImport',
  'reactiveEnergyExport',
  'reactiveEnergyInductive',
  'reactiveEnergyCapacitive',
  'reactiveEnergyTotal',
  'apparentEnergy',
  'activePowerDemand',
  'activePowerDemandMax',
  'currentDemand',
  'currentDemandMax',
]);

/** What changes its sign when the current flows the other way through the transformers. */
const WITH_DIRECTION: ReadonlySet<Quantity> = new Set<Quantity>(['activePower', 'reactivePower', 'activePowerDemand']);

/** The value as the installation means it: external ratio, transformers mounted backwards. */
function installed(register: Register, value: number | null, spec: MeterSpec): number | null {
  if (value === null) return null;
  const ratio = WITH_CURRENT.has(register.quantity) ? spec.ratio : 1;
  const isSigned = WITH_DIRECTION.has(register.quantity) || register.encoding === 'schneider4q';
  return value * ratio * (spec.invert && isSigned ? -1 : 1) + 0;
}

type Told = {
  readonly values: Values;
  readonly counterAt: EpochMs | null;
  readonly flags: readonly ValueFlag[];
};

function told(variable: Variable, spec: MeterSpec, decoded: ReadonlyMap<string, DecodedValue>, judged: Judged): Told {
  const { register: byId } = indexOf(spec.profile);
  const places = registersOf(spec.profile, variable.code, spec.invert).map((id) => byId.get(id ?? '') ?? null);
  const registers = places.filter((register) => register !== null);
  const values = places.map((register) =>
    register === null ? null : installed(register, decoded.get(register.id)?.value ?? null, spec),
  );
  const instants = registers.flatMap(({ id }) => decoded.get(id)?.at ?? []);
  const isCounter = variable.aggregate === 'counter' && values.some((value) => value !== null);
  return {
    values,
    counterAt: isCounter && instants.length > 0 ? (Math.max(...instants) as EpochMs) : null,
    flags: flagsOf(registers, judged),
  };
}

/** Codes that a reading of this grid gives: its consultes, and on the normal one the status of the meter. */
function codesOf(spec: MeterSpec, grid: 'normal' | 'rapid'): ReadonlySet<string> {
  return new Set(grid === 'rapid' ? spec.rapidConsultes : [...spec.consultes, ...spec.profile.status]);
}

/**
 * The reading that came of a conversation: a list per code in the profile's order, null for each value that is not
 * available or was not read in this very reading. `at` is when its first request was sent.
 *
 * `spec.ratio` multiplies currents, powers and energies. With `spec.invert` active and reactive power change sign (and
 * a power factor whose sign is that of the power), and an energy is what the register of the other direction counts:
 * missing where the meter has none. Flags judge what the meter said, before ratio and sign.
 */
export function readingOf(o: {
  readonly spec: MeterSpec;
  readonly nominal: EpochMs;
  readonly at: EpochMs;
  readonly grid: 'normal' | 'rapid';
  readonly result: ReadResult;
}): Reading {
  const { spec, result } = o;
  const { profile } = spec;
  const { base } = result.meter.identity;
  // what this reading itself holds is nearer to its values than what was remembered
  const exponents = exponentsAfter(profile, result.meter.exponents, result.answered, base);
  const decoded = decodeBlocks(profile, result.answered, exponents, base);
  const numbers = new Map([...decoded].map(([id, { value }]) => [id, value]));
  const judged: Judged = { profile, values: numbers, exponents, nominalV: spec.nominalV };
  const codes = codesOf(spec, o.grid);
  const values: Record<string, Values> = {};
  const counterAt: Record<string, EpochMs> = {};
  const flags: Record<string, readonly ValueFlag[]> = {};
  for (const variable of result.answered.length === 0 ? [] : profile.variables) {
    if (!codes.has(variable.code)) continue;
    const each = told(variable, spec, decoded, judged);
    values[variable.code] = each.values;
    if (each.counterAt !== null) counterAt[variable.code] = each.counterAt;
    if (each.flags.length > 0) flags[variable.code] = each.flags;
  }
  return {
    analyzerId: spec.analyzerId,
    nominal: o.nominal,
    at: o.at,
    values,
    counterAt,
    flags,
    ratio: ratioIn(profile, numbers),
    failure: result.failure === null ? null : { code: result.failure.code, message: result.failure.message },
    grid: o.grid,
  };
}

/** The first transformer ratio that was read, as the meter tells it. */
function ratioIn({ registers }: Profile, values: ReadonlyMap<string, number | null>): number | null {
  const known = registers.find(({ id, quantity }) => quantity === 'ratio' && (values.get(id) ?? null) !== null);
  return known === undefined ? null : (values.get(known.id) ?? null);
}

/** The reading of an instant at which nothing could be read: no values, and why. */
export function failedReading(
  analyzerId: AnalyzerId,
  nominal: EpochMs,
  grid: 'normal' | 'rapid',
  failure: Failure,
): Reading {
  const { code, message } = failure;
  return {
    analyzerId,
    nominal,
    at: nominal,
    values: {},
    counterAt: {},
    flags: {},
    ratio: null,
    failure: { code, message },
    grid,
  };
}
