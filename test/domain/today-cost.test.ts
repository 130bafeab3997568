import { describe, expect, it } from 'vitest';
import { powerPlaces } from '../../src/domain/power-places.ts';
import { createToday, dayOf } from '../../src/domain/today.ts';
import { epochMs } from '../../src/domain/units.ts';
import { analyzerConfig, PROFILES } from '../support/installation.ts';
import { readingAt } from '../support/records.ts';

const MIDNIGHT = Date.UTC(2026, 10, 25);
const HOUR = 3_600_000;
const UTC = () => 0;
const ANALYZER = analyzerConfig({ consultes: ['CEA'], readingMs: HOUR, recordingMs: 24 * HOUR });
const PLACES = powerPlaces(ANALYZER, PROFILES.get(ANALYZER.profileId)!);

type Price = (at: number) => number | null | undefined;
function todayOf(priceAt: Price, kwhByHour: readonly number[]) {
  const day = dayOf(epochMs(MIDNIGHT + HOUR), UTC);
  const today = createToday({ places: PLACES, codes: [], day, readingMs: HOUR, recordingMs: 24 * HOUR, priceAt });
  let counter = 1000;
  today.reading(readingAt(MIDNIGHT, { CEA: [counter] }));
  kwhByHour.forEach((kwh, index) => {
    counter += kwh;
    today.reading(readingAt(MIDNIGHT + (index + 1) * HOUR, { CEA: [counter] }));
  });
  return today;
}

describe('what the energy of today costs', () => {
  it('is each kWh at the price of its instant', () => {
    const today = todayOf((at) => (at > MIDNIGHT + 2 * HOUR ? 0.3 : 0.1), [1, 2, 4]);
    expect(today.energy()?.kwh).toBeCloseTo(7, 9);
    // 3 kWh at 0.1 and 4 at 0.3
    expect(today.cost()).toBeCloseTo(1.5, 9);
  });

  it.each([
    ['a price of some of it is not known', (at: number) => (at > MIDNIGHT + HOUR ? null : 0.1)],
    ['there is no contract', () => undefined],
    ['the contract came later in the day', (at: number) => (at > MIDNIGHT + HOUR ? 0.1 : undefined)],
  ])('is not known where %s', (_, priceAt) => {
    expect(todayOf(priceAt, [1, 2, 4]).cost()).toBeNull();
  });

  it('of a price that is missing while nothing is used is known all the same', () => {
    expect(todayOf((at) => (at === MIDNIGHT + 2 * HOUR ? null : 0.1), [1, 0, 4]).cost()).toBeCloseTo(0.5, 9);
  });

  it('begins anew with the day', () => {
    const today = todayOf(() => 0.1, [1, 2, 4]);
    today.begin(dayOf(epochMs(MIDNIGHT + 25 * HOUR), UTC));
    expect(today.cost() ?? 0).toBe(0);
    today.reading(readingAt(MIDNIGHT + 24 * HOUR, { CEA: [1007] }));
    today.reading(readingAt(MIDNIGHT + 25 * HOUR, { CEA: [1009] }));
    expect(today.cost()).toBeCloseTo(0.2, 9);
  });
});
