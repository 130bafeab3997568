import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOver } from '../../src/domain/counter.ts';
import { createCounterWalk } from '../../src/domain/counter-walk.ts';
import { epochMs } from '../../src/domain/units.ts';

const RANGE = { size: 10_000, scaled: false };
const walked = (values: readonly number[]) => {
  const walk = createCounterWalk(RANGE);
  for (const [second, value] of values.entries()) walk.add(value, epochMs(1000 * second));
  return walk;
};

describe('a counter followed value by value', () => {
  it.each([
    ['nothing', [], null],
    ['one value', [100], 0],
    ['a lone 0', [0], null],
    ['what comes after a 0 is counted from there, not from 0', [0, 5000, 5001], 1],
    ['a rise', [100, 101, 103], 3],
    ['a 0 in between', [100, 0, 103], 3],
    ['a 0 that lasts is not told yet', [100, 102, 0, 0, 0], 2],
    ['one fallen value is not told yet', [100, 102, 50], 2],
    ['a fall that comes back', [100, 102, 50, 104], 4],
    ['one value far too high', [100, 102, 9000, 103, 104], 4],
    ['the end of its range', [9990, 9995, 3, 5], 15],
    ['zeros at the end of its range', [9990, 9995, 0, 0, 5], 15],
    ['a reset: what was counted until then stays', [100, 104, 7, 8, 10], 7],
    ['one that goes on falling counts nothing while it does', [100, 104, 90, 80, 70, 60, 61, 63], 7],
    ['a counter in a mirror', [-100, -104], -4],
  ] as const)('%s', (_, values, counted) => {
    expect(walked(values).counted()).toBe(counted);
  });

  it('one that falls for a day costs no more than one that rises', () => {
    const began = performance.now();
    walked(Array.from({ length: 50_000 }, (_, n) => 100_000 - n));
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('a wrap at twice the scale is one too where the meter tells its scale', () => {
    const walk = createCounterWalk({ size: 10_000, scaled: true });
    for (const [second, value] of [99_950, 99_990, 20, 30].entries()) walk.add(value, epochMs(second));
    expect(walk.counted()).toBe(80);
  });

  it('says what a record would, whatever bad readings come', () => {
    const steps = fc.array(fc.record({ step: fc.integer({ min: 0, max: 50 }), isBad: fc.boolean() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (all) => {
        let counter = 1000;
        let wasBad = true;
        const values = all.map(({ step, isBad }) => {
          counter += step;
          // two bad ones in a row are a reset
          wasBad = isBad && !wasBad;
          return wasBad ? 0 : counter;
        });
        const whole = [1000, ...values, counter, counter];
        expect(walked(whole).counted()).toBe(countOver(whole, 1000, RANGE, false).delta);
      }),
    );
  });

  it('after a record only what came after it counts', () => {
    const walk = walked([100, 101, 102, 103]);
    walk.settle(101, epochMs(1000), epochMs(1000));
    expect(walk.counted()).toBe(2);
    walk.settle(103, epochMs(3000), epochMs(3000));
    expect(walk.counted()).toBe(0);
    walk.add(105, epochMs(4000));
    expect(walk.counted()).toBe(2);
  });

  it('a record that knows no counter leaves what came after it', () => {
    const walk = walked([100, 101, 102]);
    walk.settle(null, epochMs(1000), epochMs(1000));
    expect(walk.counted()).toBe(0);
    walk.add(104, epochMs(3000));
    expect(walk.counted()).toBe(2);
    walk.settle(null, epochMs(5000), epochMs(1000));
    expect(walk.counted()).toBeNull();
  });

  it('a baseline of 0 is none', () => {
    const walk = walked([]);
    walk.settle(0, epochMs(1000), epochMs(1000));
    walk.add(70_000, epochMs(2000));
    expect(walk.counted()).toBe(0);
  });

  it('a reset right after a record is not counted backwards', () => {
    const walk = walked([100, 101, 5, 6]);
    walk.settle(101, epochMs(1000), epochMs(1000));
    expect(walk.counted()).toBe(0);
    walk.add(8, epochMs(5000));
    expect(walk.counted()).toBe(2);
  });
});
