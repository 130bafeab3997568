import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const LONG = process.env.LECTOR_TEST_CRASH === '1';
const [SEEDS, DAYS, PACE_MIN] = LONG ? [100, 30, 20] : [20, 1, 10];
/** Another first seed finds other troubles: LECTOR_SEED=1234 npm test. */
const FIRST = Number(process.env.LECTOR_SEED ?? 1);

describe('days of trouble', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))(
    `D11 seed %i, ${DAYS} days: nothing wrong, nothing lost, nothing doubled, and all is read again`,
    async (seed) => {
      const { violations, ...told } = await simulate(seed, DAYS, PACE_MIN);
      process.stdout.write(`${JSON.stringify(told)}\n`);
      expect(violations).toEqual([]);
      expect(told.records).toBeGreaterThan(0);
      expect(told.good).toBeGreaterThan(told.readings / 4);
    },
    LONG ? 3_600_000 : 60_000,
  );
});
