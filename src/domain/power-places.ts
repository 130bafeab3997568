import type { CounterRange } from './counter.ts';
import type { AnalyzerConfig } from './installation.ts';
import type { Profile, Quantity, Register } from './profile.ts';
import { indexOf } from './profile-index.ts';
import type { VariableCode } from './units.ts';

/** Where in a reading a value stands; times `factor` it is in kW or kWh. */
export type PowerPlace = { readonly code: VariableCode; readonly index: number; readonly factor: number };

/** What the readings of an analyzer tell of its power and energy. */
export type PowerPlaces = {
  /** Active power is the sum of these: one where the meter tells the total, else each phase. Empty: not read. */
  readonly power: readonly PowerPlace[];
  /** The grid that power is taken from: a code that is on both would count twice. */
  readonly grid: 'normal' | 'rapid';
  /** The counter of energy consumed, with its range in its own unit; null: not read. */
  readonly energy: (PowerPlace & { readonly range: CounterRange | null }) | null;
};

const TO_KILO: Readonly<Record<string, number>> = { W: 1e-3, kW: 1, MW: 1e3, Wh: 1e-3, kWh: 1, MWh: 1e3 };

type Analyzer = Pick<AnalyzerConfig, 'consultes' | 'rapid' | 'ratio'>;

/**
 * Finds them by what registers measure, never by the code that happens to hold them: active power of all phases, else
 * the sum of the phases that the profile has; energy consumed, else energy whatever its direction. Only what is read
 * counts, and only what is of now: not maxima, minima or demands.
 */
export function powerPlaces(analyzer: Analyzer, profile: Profile): PowerPlaces {
  const { consultes, rapid, ratio } = analyzer;
  const codes = new Set([...(rapid?.consultes ?? []), ...consultes]);
  const find = (quantity: Quantity, phase: Register['phase']) => placesOf(profile, codes, quantity, phase)[0] ?? null;
  const power = powerOf(profile, find);
  const energy = find('activeEnergyImport', 'total') ?? find('activeEnergyTotal', 'total');
  const { register: byId, variable: byCode } = indexOf(profile);
  const counter = energy && byId.get(byCode.get(energy.code)?.registers[energy.index] ?? '');
  return {
    power,
    grid: power[0] && rapid?.consultes.includes(power[0].code) ? 'rapid' : 'normal',
    energy: energy && counter ? { ...energy, range: rangeOf(counter, ratio) } : null,
  };
}

type Find = (quantity: Quantity, phase: Register['phase']) => PowerPlace | null;

function powerOf(profile: Profile, find: Find): readonly PowerPlace[] {
  const total = find('activePower', 'total');
  if (total !== null) return [total];
  const { measuring } = indexOf(profile);
  const phases = (['L1', 'L2', 'L3'] as const).filter((phase) => measuring.has(`activePower ${phase}`));
  const places = phases.map((phase) => find('activePower', phase));
  // what one of the phases is not read of has no sum
  return places.every((place) => place !== null) ? places : [];
}

function placesOf(
  profile: Profile,
  codes: ReadonlySet<VariableCode>,
  quantity: Quantity,
  phase: Register['phase'],
): readonly PowerPlace[] {
  const { measuring, bygone } = indexOf(profile);
  const registers = (measuring.get(`${quantity} ${phase}`) ?? []).filter(({ id }) => !bygone.has(id));
  const variables = profile.variables.filter(({ code, aggregate }) => codes.has(code) && aggregate !== 'last');
  return registers.flatMap(({ id, unit }) => {
    const factor = TO_KILO[unit];
    if (factor === undefined) return [];
    return variables.flatMap(({ code, registers: ids }) =>
      ids.includes(id) ? [{ code, index: ids.indexOf(id), factor }] : [],
    );
  });
}

function rangeOf({ wrapsAt, scale, exponentRegister }: Register, ratio: number): CounterRange | null {
  if (wrapsAt === null) return null;
  return { size: wrapsAt * Math.abs(scale * ratio), scaled: exponentRegister !== null };
}

type Valued = { readonly values: Readonly<Record<VariableCode, readonly (number | null)[]>> };

/** Active power of a reading in kW; null when it does not tell it whole. */
export function powerIn({ values }: Valued, places: readonly PowerPlace[]): number | null {
  let sum = 0;
  for (const { code, index, factor } of places) {
    const value = values[code]?.[index] ?? null;
    if (value === null) return null;
    sum += value * factor;
  }
  return places.length === 0 ? null : sum;
}
