import { describe, expect, it } from 'vitest';
import { deviceConfig } from '../support/installation.ts';
import { MINUTE, meters, runPlant, SECOND, untrue } from '../support/plant.ts';

describe('a line that is asked more than it has time for', () => {
  const idsTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

  /** Readings in the second minute: whole ones, and all. */
  async function secondMinute(count: number, seconds: number) {
    const ids = idsTo(count);
    const busy = meters(ids, { readingMs: seconds * SECOND, consultes: ['TPF', 'PAT'] });
    const plant = await runPlant([deviceConfig()], busy);
    await plant.clock.advance(2 * MINUTE);
    const during = plant.start + MINUTE;
    const whole = ids.map((id) => plant.good(id).filter(({ nominal }) => nominal > during).length);
    const all = ids.map((id) => plant.readings(id).filter(({ nominal }) => nominal > during).length);
    return { ids, plant, busy, whole, all };
  }

  it.each([
    { count: 32, seconds: 3 },
    { count: 16, seconds: 1 },
  ])('reads $count meters each $seconds s whole in turn, and says of the rest that there was no time', async (o) => {
    const { count, seconds } = o;
    const { ids, plant, busy, whole, all } = await secondMinute(count, seconds);
    // three or four blocks of some 40 ms each leave time for six meters a second
    expect(Math.min(...whole)).toBeGreaterThan(7);
    expect(Math.max(...whole) - Math.min(...whole)).toBeLessThan(3);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(60 / seconds - 2);
    const reasons = new Set(plant.outcomes(count).flatMap(([second, what]) => (second > 30 ? [what] : [])));
    expect(reasons).toEqual(new Set(['good', 'DEADLINE_PASSED']));
    expect(untrue(busy[count - 1]!, plant.readings(count))).toEqual([]);
    expect(ids.every((id) => plant.linkOf(id) === 'polling')).toBe(true);
  });

  it('misses nothing once it has time', async () => {
    const { whole } = await secondMinute(24, 5);
    expect(new Set(whole)).toEqual(new Set([11]));
  });
});
