/** A number in [0, 1) that depends on its arguments only: chance that any test can compute again. */
export function chance(seed: number, n: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((n | 0) ^ Math.floor(n / 2 ** 32), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** One seed out of two numbers, so that meters and purposes do not share their chance. */
export function mixSeed(seed: number, salt: number): number {
  return Math.floor(chance(seed, salt) * 2 ** 31);
}

/** A line through one chance value in [-1, 1) per `cellMs`: a value that wanders without a jump. */
export function wander(seed: number, now: number, cellMs: number): number {
  const cell = Math.floor(now / cellMs);
  const part = now / cellMs - cell;
  const from = chance(seed, cell);
  return 2 * (from + (chance(seed, cell + 1) - from) * part) - 1;
}
