import { describe, expect, it } from 'vitest';
import { reloadAtRandom } from './reloads.ts';

const seeds = [1, 2, 3, 4];

describe('configurations that follow each other at random', () => {
  it.each(seeds)('seed %i: who is not touched misses nothing, and every reading is in one record', async (seed) => {
    expect(await reloadAtRandom(seed, 30)).toEqual([]);
  }, 120_000);
});
