import { createDice } from '../../drivers/simulated/faults.ts';

/** Chance that a seed repeats. */
export type Chance = {
  /** In [0, 1). */
  roll(): number;
  /** Whole, from 0 up to below `most`. */
  below(most: number): number;
  pick<T>(list: readonly T[]): T;
  /** True with a share of `share`. */
  hit(share: number): boolean;
  /** Some of the list, at least one, at most `most`, each once. */
  some<T>(list: readonly T[], most: number): readonly T[];
};

export function createChance(seed: number): Chance {
  const roll = createDice(seed);
  const below = (most: number) => Math.floor(roll() * most);
  return {
    roll,
    below,
    pick: (list) => list[below(list.length)]!,
    hit: (share) => roll() < share,
    some(list, most) {
      const left = [...list];
      const count = 1 + below(Math.min(most, list.length));
      return Array.from({ length: count }, () => left.splice(below(left.length), 1)[0]!);
    },
  };
}
