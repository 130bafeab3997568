import { describe, expect, it } from 'vitest';
import { countOver } from '../../src/domain/counter.ts';

describe('how much of a counter is looked at', () => {
  /** How often a value is looked at, once they have their sign. */
  function looked(values: readonly number[], baseline: number): number {
    let looks = 0;
    const seen = new Proxy([...values], {
      get(target, key) {
        looks += 1;
        return Reflect.get(target, key);
      },
    });
    const given = Object.assign([...values], { map: () => seen });
    countOver(given, baseline, null, false);
    return looks;
  }

  it.each([
    ['falls all day', Array.from({ length: 2000 }, (_, n) => 10_000 - n)],
    ['falls till noon and comes back', Array.from({ length: 2000 }, (_, n) => 10_000 + Math.abs(1000 - n))],
  ])('a counter that %s is walked a few times, not once for each value', (_, values) => {
    expect(looked(values, 20_000)).toBeLessThan(40 * values.length);
  });
});
