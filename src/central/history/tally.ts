import { powerFactorOf } from '../../domain/power-factor.ts';
import type { Aggregate } from '../../domain/profile.ts';
import { eitherBits } from '../../domain/record-of.ts';
import type { PowerShare } from './power-shares.ts';

/** How much a record counts in a mean: its good readings, else its time in ms; null: it does not say. */
export type Weight = { readonly readings: number | null; readonly ms: number | null };

/** What one record says of one value. */
export type Said = {
  readonly value: number | null;
  /** undefined: an old lector does not say. */
  readonly min: number | null | undefined;
  readonly max: number | null | undefined;
  readonly delta: number | null;
  readonly weight: Weight;
  /** Power factors only. */
  readonly share: PowerShare | null;
};

/** What the records of a bucket said of one value. */
export type Tally = { add(said: Said): void; total(): Total };
export type Total = {
  readonly value: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly delta: number | null;
  /** null: some record did not say. */
  readonly n: number | null;
};

export function createTally(aggregate: Aggregate): Tally {
  const value = VALUES[aggregate]();
  const low = createExtreme(Math.min);
  const high = createExtreme(Math.max);
  let n: number | null = 0;
  let delta: number | null = null;
  let isCounted = true;
  return {
    add(said) {
      value.add(said);
      low.add(said.min, said.value);
      high.add(said.max, said.value);
      n = n === null || said.weight.readings === null ? null : n + said.weight.readings;
      if (aggregate !== 'counter') return;
      if (said.delta !== null) delta = (delta ?? 0) + said.delta;
      // an old lector counts on, and does not say what it counted: the rest would pass for the whole
      else if (said.weight.readings === null && said.value !== null) isCounted = false;
    },
    total: () => ({ value: value.value(), min: low.value(), max: high.value(), delta: isCounted ? delta : null, n }),
  };
}

type Value = { add(said: Said): void; value(): number | null };

const VALUES = {
  mean: createMean,
  powerFactor: createFactor,
  counter: () => createFold((_, next) => next),
  last: () => createFold((_, next) => next),
  bits: () => createFold((before, next) => (before === null ? next : eitherBits(before, next))),
} as const satisfies Record<Aggregate, () => Value>;

function createFold(pick: (before: number | null, next: number) => number): Value {
  let found: number | null = null;
  return {
    add({ value }) {
      if (value !== null) found = pick(found, value);
    },
    value: () => found,
  };
}

/** By readings where every record tells how many it has, else by time, else each record alike. */
function createMean(): Value {
  const means = WEIGHTS.map((key) => ({ key, mean: 0, weight: 0, isKnown: true }));
  return {
    add({ value, weight }) {
      if (value === null) return;
      for (const each of means) {
        const own = each.key === 'each' ? 1 : weight[each.key];
        each.isKnown = each.isKnown && own !== null;
        if (own === null || own === 0) continue;
        each.weight += own;
        // step by step: the mean of equal values is that value, to the last digit
        each.mean += (value - each.mean) * (own / each.weight);
      }
    },
    value: () => means.find(({ isKnown, weight }) => isKnown && weight > 0)?.mean ?? null,
  };
}

const WEIGHTS = ['readings', 'ms', 'each'] as const;

/** From the sums of power where it was recorded, else by angle: the records of a bucket are as readings of a window. */
function createFactor(): Value {
  const samples: { readonly factor: number | null; readonly weight: Weight; readonly share: PowerShare | null }[] = [];
  return {
    add({ value, weight, share }) {
      if (value !== null || share !== null) samples.push({ factor: value, weight, share });
    },
    value() {
      const key = (['readings', 'ms'] as const).find((each) => samples.every(({ weight }) => weight[each] !== null));
      // without apparent power the weight takes its place: the angles count by it alone
      const isWeighed = samples.every(({ factor, share }) => factor === null || (share?.apparent ?? null) !== null);
      const { value } = powerFactorOf(
        samples.map(({ factor, weight, share }) => {
          const times = key === undefined ? 1 : (weight[key] ?? 1);
          const by = (power: number | null | undefined) =>
            power === null || power === undefined ? null : power * times;
          return {
            factor,
            active: by(share?.active),
            reactive: by(share?.reactive),
            apparent: isWeighed ? by(share?.apparent) : times,
          };
        }),
      );
      return value;
    },
  };
}

/** null where a record with a value does not tell how far it reached: the least of means is no minimum. */
function createExtreme(pick: (a: number, b: number) => number) {
  let found: number | null = null;
  let isKnown = true;
  return {
    add(reached: number | null | undefined, value: number | null) {
      if (reached === undefined) isKnown = isKnown && value === null;
      else if (reached !== null) found = found === null ? reached : pick(found, reached);
    },
    value: () => (isKnown ? found : null),
  };
}
