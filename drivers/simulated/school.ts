import type { OffsetAt } from '../../src/domain/grid.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { chance, mixSeed } from './chance.ts';
import { DAY_FACTOR_MAX, DAY_MS, levelAt, levelHours, levelHoursOfDay, schoolDay } from './school-day.ts';

/** When the counters of the simulated meters stood at 0: a multiple of every noise cell. */
export const INSTALLED: EpochMs = epochMs(Date.UTC(2024, 0, 1));

const HOUR_MS = 3_600_000;
/** Fridges and boilers, then people: cells of noise with their share of the level. */
const NOISES = [
  { cellMs: 600_000, share: 0.05 },
  { cellMs: 40_000, share: 0.035 },
] as const;
/** The night's base, as a share of the peak. */
const BASE = 0.16;
/** Reactive power beside active, by night and what the day adds: motors by night, a better power factor by day. */
const TAN_BASE = 0.62;
const TAN_DAY = 0.27;

export type Power = { readonly watts: number; readonly vars: number };
export type Energy = { readonly wattHours: number; readonly varHours: number };

/** What a school, or a part of it, draws: a pure function of time, its energy the exact integral of its power. */
export type School = {
  readonly phases: number;
  /** Power of phase 0, 1, 2 at an instant; always positive. */
  power(phase: number, now: EpochMs): Power;
  /** Integral of {@link power} since the meter was installed; 0 before. */
  energy(phase: number, now: EpochMs): Energy;
  /** What no phase ever exceeds, W. */
  readonly phaseMaxWatts: number;
};

type SchoolOptions = {
  readonly seed: number;
  /** Active power of all phases together at the busiest time of a usual day, W. */
  readonly peakWatts: number;
  readonly phases: 1 | 3;
  readonly offsetAt: OffsetAt;
  readonly installed?: EpochMs;
};

/**
 * A seeded load curve: a constant base, the day's shape on the local clock times the factor of the day, and noise.
 * Every term is piecewise linear and the noise of a cell sums to nothing, so that energy has a closed form.
 */
export function createSchool(options: SchoolOptions): School {
  const { seed, peakWatts, offsetAt } = options;
  const installed = options.installed ?? INSTALLED;
  const shares = phaseShares(seed, options.phases);
  const days = createDays(seed, offsetAt, installed);
  const dayWatts = peakWatts * (1 - BASE);
  const baseWatts = peakWatts * BASE;
  const level = (phase: number, now: number): Power => {
    const { base, day } = shares[phase]!;
    const use = days.level(now) * dayWatts * day;
    return { watts: baseWatts * base + use, vars: baseWatts * base * TAN_BASE + use * TAN_DAY };
  };
  /** What the noise adds: to power by its height now, to energy by the part of its cell that has passed. */
  const noise = (phase: number, now: number, what: 'power' | 'energy'): Power => {
    let watts = 0;
    let vars = 0;
    for (const [n, { cellMs, share }] of NOISES.entries()) {
      const cell = Math.floor(now / cellMs);
      const part = now / cellMs - cell;
      const height = share * (2 * chance(seed + 1 + phase * 7 + n, cell) - 1);
      const amount = height * (what === 'power' ? zigzag(part) : (zigzagSum(part) * cellMs) / HOUR_MS);
      const around = level(phase, cell * cellMs);
      watts += around.watts * amount;
      vars += around.vars * amount;
    }
    return { watts, vars };
  };
  const zero = days.hours(installed);
  return {
    phases: options.phases,
    power(phase, now) {
      const steady = level(phase, now);
      const swing = noise(phase, now, 'power');
      return { watts: steady.watts + swing.watts, vars: steady.vars + swing.vars };
    },
    energy(phase, now) {
      if (now <= installed) return { wattHours: 0, varHours: 0 };
      const { base, day } = shares[phase]!;
      const baseHours = ((now - installed) / HOUR_MS) * baseWatts * base;
      const dayHours = (days.hours(now) - zero) * dayWatts * day;
      const swing = noise(phase, now, 'energy');
      return {
        wattHours: baseHours + dayHours + swing.watts,
        varHours: baseHours * TAN_BASE + dayHours * TAN_DAY + swing.vars,
      };
    },
    phaseMaxWatts: peakWatts * Math.max(...shares.map(({ base, day }) => Math.max(base, day))) * DAY_FACTOR_MAX * 1.09,
  };
}

/** Up, down through zero, and up again: 0 at both ends of a cell, and nothing in sum. */
function zigzag(u: number): number {
  if (u < 0.25) return 4 * u;
  return u < 0.75 ? 2 - 4 * u : 4 * u - 4;
}

/** Integral of {@link zigzag} from 0 to u. */
function zigzagSum(u: number): number {
  if (u < 0.25) return 2 * u * u;
  const v = u - 0.25;
  return u < 0.75 ? 0.125 + v - 2 * v * v : 2 * (1 - u) * (1 - u);
}

/** How base and day's use are spread over the phases: never even. */
function phaseShares(seed: number, phases: 1 | 3): readonly { readonly base: number; readonly day: number }[] {
  if (phases === 1) return [{ base: 1, day: 1 }];
  const spread = (salt: number): readonly number[] => {
    const weights = [0, 1, 2].map((n) => 0.85 + 0.3 * chance(mixSeed(seed, salt), n));
    const sum = weights.reduce((total, each) => total + each, 0);
    return weights.map((each) => each / sum);
  };
  const base = spread(11);
  const day = spread(12);
  return [0, 1, 2].map((n) => ({ base: base[n]!, day: day[n]! }));
}

/** Level of the day's use at an instant, and its integral in hours of full level since the installation's day. */
function createDays(seed: number, offsetAt: OffsetAt, installed: EpochMs) {
  const first = Math.floor((installed - 2 * DAY_MS) / DAY_MS);
  /** sums[n]: all days before day first + n. */
  const sums = [0];
  const local = (now: number) => {
    const wall = now + offsetAt(epochMs(now));
    const day = Math.floor(wall / DAY_MS);
    return { day, inside: wall - day * DAY_MS };
  };
  let known = { day: Number.NaN, ...schoolDay(seed, first) };
  const dayOf = (day: number) => {
    if (known.day !== day) known = { day, ...schoolDay(seed, day) };
    return known;
  };
  const sumBefore = (day: number): number => {
    for (let n = sums.length; n <= day - first; n += 1) {
      const past = schoolDay(seed, first + n - 1);
      sums.push(sums[n - 1]! + past.factor * levelHoursOfDay(past.kind));
    }
    return sums[Math.max(0, day - first)]!;
  };
  return {
    level(now: number): number {
      const { day, inside } = local(now);
      const { kind, factor } = dayOf(day);
      return factor * levelAt(kind, inside);
    },
    hours(now: number): number {
      const { day, inside } = local(now);
      const { kind, factor } = dayOf(day);
      return sumBefore(day) + factor * levelHours(kind, inside);
    },
  };
}
