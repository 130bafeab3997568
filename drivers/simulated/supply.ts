import type { Phase, Quantity } from '../../src/domain/profile.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { wander } from './chance.ts';
import { INSTALLED, type School } from './school.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DEMAND_MS = 15 * MINUTE_MS;
const NOMINAL_V = 230;
/** Nothing that a supply shows is above these, in SI units; sizes of registers are chosen by them. */
const VOLTAGE_MAX = 250;

/** What lies behind one meter. Values in SI units: V, A, W, var, VA, Wh, varh, VAh, Hz, %, h, degrees Celsius. */
export type Supply = {
  /** A quantity of a phase at an instant; null for what a supply does not have (texts, settings of the meter). */
  measure(quantity: Quantity, phase: Phase, now: EpochMs): number | null;
  /** What {@link measure} never exceeds in size, 20 years of counting included. */
  limit(quantity: Quantity, phase: Phase): number | null;
  /** The greatest and the least of a quantity so far: fixed values, beyond any that it measures. */
  extreme(quantity: Quantity, phase: Phase, which: 'max' | 'min'): number;
};

/** All that the quantities are made of, at one instant. Lists hold one entry per phase. */
type Moment = {
  readonly now: EpochMs;
  readonly watts: readonly number[];
  readonly vars: readonly number[];
  readonly volts: readonly number[];
  readonly amps: readonly number[];
};

/** Electricity behind a meter: P = V x I x PF in each phase, and the phases sum up to the total. */
export function createSupply(school: School, seed: number): Supply {
  let last: Moment | null = null;
  const at = (now: EpochMs): Moment => {
    if (last?.now !== now) last = momentOf(school, seed, now);
    return last;
  };
  return {
    measure: (quantity, phase, now) => MEASURES[quantity]?.(at(now), phase, { school, seed }) ?? null,
    limit: (quantity, phase) => limitOf(school, quantity, phase),
    extreme: (quantity, phase, which) => extremeOf(school, quantity, phase)[which === 'max' ? 1 : 0],
  };
}

function momentOf(school: School, seed: number, now: EpochMs): Moment {
  const phases = Array.from({ length: school.phases }, (_, phase) => phase);
  const powers = phases.map((phase) => school.power(phase, now));
  const volts = phases.map((phase) => {
    const sag = (6 * powers[phase]!.watts) / school.phaseMaxWatts;
    return NOMINAL_V + 2 + 2.5 * wander(seed + 31, now, 20 * MINUTE_MS) + wander(seed + 32 + phase, now, 30_000) - sag;
  });
  return {
    now,
    watts: powers.map((power) => power.watts),
    vars: powers.map((power) => power.vars),
    volts,
    amps: phases.map((phase) => Math.hypot(powers[phase]!.watts, powers[phase]!.vars) / volts[phase]!),
  };
}

type Behind = { readonly school: School; readonly seed: number };
type Measure = (moment: Moment, phase: Phase, behind: Behind) => number | null;

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Index of a phase conductor; null for all others. */
function phaseIndex(phase: Phase): 0 | 1 | 2 | null {
  return phase === 'L1' ? 0 : phase === 'L2' ? 1 : phase === 'L3' ? 2 : null;
}

/** The value of the one phase that is meant, or all of them made one; null for a phase that does not exist. */
function pick(values: readonly number[], phase: Phase, whole: (values: readonly number[]) => number): number | null {
  const index = phaseIndex(phase);
  return index === null ? whole(values) : (values[index] ?? null);
}

/** Powers and energies of a phase, the total or the mean per phase. */
const power = (values: readonly number[], phase: Phase): number | null =>
  pick(values, phase, phase === 'avg' ? mean : sum);

/** Voltage between two phases 120 degrees apart; the mean of the three for anything else. */
function lineVoltage({ volts }: Moment, phase: Phase): number | null {
  const between = (a: number, b: number) => {
    const [from, to] = [volts[a], volts[b]];
    return from === undefined || to === undefined ? null : Math.sqrt(from * from + to * to + from * to);
  };
  if (phase === 'L12' || phase === 'L1') return between(0, 1);
  if (phase === 'L23' || phase === 'L2') return between(1, 2);
  if (phase === 'L31' || phase === 'L3') return between(2, 0);
  const all = [between(0, 1), between(1, 2), between(2, 0)];
  return all.every((each) => each !== null) ? mean(all) : null;
}

/** What does not cancel out between the phases, and the third harmonics, which add up. */
function neutral(amps: readonly number[]): number {
  const [a = 0, b = 0, c = 0] = amps;
  if (amps.length === 1) return a;
  return Math.hypot(Math.sqrt(Math.max(0, a * a + b * b + c * c - a * b - b * c - c * a)), 0.12 * mean(amps));
}

function current({ amps }: Moment, phase: Phase): number | null {
  if (phase === 'N') return neutral(amps);
  return pick(amps, phase, phase === 'total' ? sum : mean);
}

function powerFactor(moment: Moment, phase: Phase): number | null {
  const watts = power(moment.watts, phase);
  const vars = power(moment.vars, phase);
  return watts === null || vars === null ? null : watts / Math.hypot(watts, vars);
}

function apparent(moment: Moment, phase: Phase): number | null {
  const watts = power(moment.watts, phase);
  const vars = power(moment.vars, phase);
  return watts === null || vars === null ? null : Math.hypot(watts, vars);
}

const energies = (moment: Moment, { school }: Behind, what: 'wattHours' | 'varHours', now = moment.now) =>
  moment.watts.map((_, phase) => school.energy(phase, now)[what]);

const activeEnergy: Measure = (moment, phase, behind) => power(energies(moment, behind, 'wattHours'), phase);
const reactiveEnergy: Measure = (moment, phase, behind) => power(energies(moment, behind, 'varHours'), phase);

/** As meters do that have no counter of their own for it: from the two others. */
const apparentEnergy: Measure = (moment, phase, behind) =>
  Math.hypot(activeEnergy(moment, phase, behind) ?? 0, reactiveEnergy(moment, phase, behind) ?? 0);

/** Mean power of the last quarter of an hour. */
function demands(moment: Moment, behind: Behind, what: 'wattHours' | 'varHours'): readonly number[] {
  const past = energies(moment, behind, what, epochMs(moment.now - DEMAND_MS));
  return energies(moment, behind, what).map((now, phase) => ((now - past[phase]!) * HOUR_MS) / DEMAND_MS);
}

const currentDemand: Measure = (moment, phase, behind) => {
  const vars = demands(moment, behind, 'varHours');
  const amps = demands(moment, behind, 'wattHours').map((watts, n) => Math.hypot(watts, vars[n]!) / moment.volts[n]!);
  return current({ ...moment, amps }, phase);
};

function thdVoltage(moment: Moment, phase: Phase, { seed }: Behind): number | null {
  const all = moment.volts.map((_, n) => 2.2 + 0.7 * wander(seed + 41 + n, moment.now, 15 * MINUTE_MS));
  return pick(all, phase, mean);
}

/** Many small power supplies by night distort more than lights and motors by day. */
function thdCurrent(moment: Moment, phase: Phase, { school, seed }: Behind): number | null {
  const all = moment.watts.map((watts, n) => {
    const idle = 1 - watts / school.phaseMaxWatts;
    return 6 + 16 * idle + 2 * wander(seed + 51 + n, moment.now, 10 * MINUTE_MS);
  });
  return phase === 'N' ? Math.min(95, 2.5 * mean(all)) : pick(all, phase, mean);
}

/** The eight channels of an analog logger: boiler room, kitchen and roof. */
function analog({ now }: Moment, phase: Phase, { seed }: Behind): number | null {
  const channel = /^CH(\d+)$/.exec(phase)?.[1];
  const slow = wander(seed + 60 + Number(channel ?? 0), now, 30 * MINUTE_MS);
  const outside = outdoors(now) + slow;
  const heat = Math.max(0, 18 - outdoors(now));
  const values = [
    outside, // outdoors, degrees Celsius
    30 + 1.8 * heat + slow, // boiler flow
    25 + 1.3 * heat + slow, // boiler return
    21 + 0.8 * slow, // a classroom
    -19 + 1.5 * slow, // the kitchen's freezer
    65 + 20 * slow, // level of the rainwater tank, %
    2.4 + 0.2 * slow, // pressure of the heating, bar
    45 + 12 * slow, // humidity, %
  ];
  return values[(Number(channel ?? 1) - 1) % values.length]!;
}

/** Coldest in January and at five in the morning. */
function outdoors(now: EpochMs): number {
  const year = Math.cos((2 * Math.PI * (now / 86_400_000 - 20)) / 365.25);
  const day = Math.cos((2 * Math.PI * (now / HOUR_MS - 4)) / 24);
  return 16 - 8.5 * year - 4 * day;
}

/** What is measured between two conductors wanders with the first of them. */
const LINE_PHASES: Readonly<Partial<Record<Phase, Phase>>> = { L12: 'L1', L23: 'L2', L31: 'L3' };

const none: Measure = () => 0;

const MEASURES: Readonly<Partial<Record<Quantity, Measure>>> = {
  voltage: ({ volts }, phase) => (phase === 'N' ? 1 : pick(volts, phase, mean)),
  voltageLL: lineVoltage,
  current,
  activePower: ({ watts }, phase) => power(watts, phase),
  reactivePower: ({ vars }, phase) => power(vars, phase),
  inductivePower: ({ vars }, phase) => power(vars, phase),
  capacitivePower: none,
  apparentPower: apparent,
  powerFactor,
  cosPhi: powerFactor,
  frequency: ({ now }, _, { seed }) => 50 + 0.03 * wander(seed + 21, now, 20_000),
  thdVoltage,
  thdVoltageLL: (moment, phase, behind) => thdVoltage(moment, LINE_PHASES[phase] ?? phase, behind),
  thdCurrent,
  activeEnergyImport: activeEnergy,
  activeEnergyTotal: activeEnergy,
  activeEnergyExport: none,
  reactiveEnergyImport: reactiveEnergy,
  reactiveEnergyInductive: reactiveEnergy,
  reactiveEnergyTotal: reactiveEnergy,
  reactiveEnergyExport: none,
  reactiveEnergyCapacitive: none,
  apparentEnergy,
  activePowerDemand: (moment, phase, behind) => power(demands(moment, behind, 'wattHours'), phase),
  activePowerDemandMax: (moment, phase, { school }) =>
    power(
      moment.watts.map(() => school.phaseMaxWatts),
      phase,
    ),
  currentDemand,
  currentDemandMax: (moment, phase, { school }) =>
    pick(
      moment.watts.map(() => (1.1 * school.phaseMaxWatts) / NOMINAL_V),
      phase,
      mean,
    ),
  analog,
  temperature: ({ now }, _, { seed }) => 24 + 3 * wander(seed + 71, now, 60 * MINUTE_MS),
  operatingTime: ({ now }) => Math.max(0, now - INSTALLED) / HOUR_MS,
};

const COUNTED_HOURS = 20 * 365 * 24;

type LimitKind = 'power' | 'energy' | 'current' | 'voltage' | 'factor';

/** Which limit a quantity has; the ones left out have no need of one. */
const LIMITS: Readonly<Partial<Record<Quantity, LimitKind>>> = {
  ...{ voltage: 'voltage', voltageLL: 'voltage', powerFactor: 'factor', cosPhi: 'factor' },
  ...{ current: 'current', currentDemand: 'current', currentDemandMax: 'current' },
  ...{ activePower: 'power', reactivePower: 'power', inductivePower: 'power', capacitivePower: 'power' },
  ...{ apparentPower: 'power', activePowerDemand: 'power', activePowerDemandMax: 'power' },
  ...{ activeEnergyImport: 'energy', activeEnergyTotal: 'energy', activeEnergyExport: 'energy' },
  ...{ reactiveEnergyImport: 'energy', reactiveEnergyInductive: 'energy', reactiveEnergyTotal: 'energy' },
  ...{ reactiveEnergyExport: 'energy', reactiveEnergyCapacitive: 'energy', apparentEnergy: 'energy' },
};

function limitOf(school: School, quantity: Quantity, phase: Phase): number | null {
  const one = phaseIndex(phase) !== null || phase === 'avg';
  const watts = (one ? 1 : school.phases) * school.phaseMaxWatts;
  const kind = LIMITS[quantity];
  if (kind === undefined) return null;
  switch (kind) {
    case 'power':
      return 1.25 * watts;
    case 'energy':
      return 0.5 * watts * COUNTED_HOURS;
    case 'current':
      return (1.25 * (phase === 'total' ? watts : school.phaseMaxWatts)) / (NOMINAL_V - 15);
    case 'voltage':
      return quantity === 'voltageLL' ? VOLTAGE_MAX * Math.sqrt(3) : VOLTAGE_MAX;
    case 'factor':
      return 1;
  }
}

function extremeOf(school: School, quantity: Quantity, phase: Phase): readonly [min: number, max: number] {
  const limit = limitOf(school, quantity, phase) ?? 0;
  const kind = LIMITS[quantity];
  if (kind === undefined) return quantity === 'frequency' ? [49.9, 50.1] : [0, 0];
  switch (kind) {
    case 'voltage':
      return [0.86 * limit, 0.96 * limit];
    case 'factor':
      return [0.61, 0.99];
    case 'power':
    case 'energy':
    case 'current':
      return quantity === 'capacitivePower' ? [0, 0] : [0.02 * limit, 0.95 * limit];
  }
}
