import { powerFactorOf } from './power-factor.ts';
import type { Aggregate } from './profile.ts';
import type { Reading, Values } from './reading.ts';
import type { EpochMs, VariableCode } from './units.ts';

/** Points that a history has at most. */
export const POINTS_MAX = 2000;

export type Point = { readonly at: EpochMs; readonly values: Values };

/** Takes readings in time order and makes one point of each `every` of them. */
export type Thinner = {
  add(reading: Reading): void;
  /** The points, the last one of what is left over. */
  points(): readonly Point[];
};

/** How many readings each point stands for, so that there are no more than {@link POINTS_MAX}. */
export const everyOf = (readings: number): number => Math.max(1, Math.ceil(readings / POINTS_MAX));

/**
 * Points of one variable. Of several readings it is their mean; a counter, a status or bits are what they were last and
 * a power factor is a mean of angles, for a plain mean of those would be none. A reading that failed is a point without
 * values, so that a chart shows the hole; one of another grid, that never holds the variable, is none.
 */
export function createThinner(o: {
  readonly code: VariableCode;
  readonly aggregate: Aggregate;
  /** Values of the variable. */
  readonly width: number;
  readonly every: number;
}): Thinner {
  const points: Point[] = [];
  let group: { readonly at: EpochMs; readonly values: Values }[] = [];
  const nothing: Values = Array.from({ length: o.width }, () => null);

  const close = () => {
    const last = group.at(-1);
    if (last === undefined) return;
    const values = group.length === 1 ? last.values : nothing.map((_, index) => oneOf(group, index, o.aggregate));
    points.push({ at: last.at, values });
    group = [];
  };
  return {
    add({ at, values, failure }) {
      const own = values[o.code];
      if (own === undefined && failure === null) return;
      group.push({ at, values: own ?? nothing });
      if (group.length >= o.every) close();
    },
    points() {
      close();
      return points;
    },
  };
}

function oneOf(group: readonly Point[], index: number, aggregate: Aggregate): number | null {
  const good = group.flatMap(({ values }) => values[index] ?? []);
  if (good.length === 0) return null;
  switch (aggregate) {
    case 'mean':
      return good.reduce((sum, value) => sum + value, 0) / good.length;
    case 'powerFactor':
      return powerFactorOf(good.map((factor) => ({ factor, active: null, reactive: null, apparent: null }))).value;
    case 'counter':
    case 'last':
    case 'bits':
      return good.at(-1) ?? null;
  }
}
