import type { Profile } from './profile.ts';
import type { Reading } from './reading.ts';
import type { EpochMs } from './units.ts';

/** Measured values that stand still for so long, over so many readings, come from a meter that stopped measuring. */
export const FROZEN_AFTER_MS = 4 * 3_600_000;
export const FROZEN_READINGS = 100;
/** Fewer values than these that are not 0 may stand still by nature: a frequency of 50.0, a board switched off. */
const LIVE_VALUES_MIN = 3;

/** Since when the measured values of an analyzer are what they are. Plain data. */
export type Steadiness = {
  /** newlyFrozen: the last reading made it clear; frozen: it was clear before. */
  readonly kind: 'lively' | 'newlyFrozen' | 'frozen';
  /** The values as text: only whether they change matters. */
  readonly values: string;
  readonly since: EpochMs;
  readonly readings: number;
};

/**
 * What is known after one more reading of the normal grid; null: its values may well stand still. A reading of which
 * something failed says nothing.
 */
export function watchSteadiness(before: Steadiness | null, reading: Reading, profile: Profile): Steadiness | null {
  if (reading.grid === 'rapid' || reading.failure !== null) return asTold(before);
  const means = profile.variables.filter(({ aggregate }) => aggregate === 'mean');
  const measured = means.flatMap(({ code }) => reading.values[code] ?? []);
  if (measured.filter((value) => value !== null && value !== 0).length < LIVE_VALUES_MIN) return null;
  const values = measured.join(' ');
  if (before?.values !== values) return { kind: 'lively', values, since: reading.nominal, readings: 1 };
  const same = { ...before, readings: before.readings + 1 };
  if (before.kind !== 'lively') return asTold(same);
  const isFrozen = reading.nominal - same.since >= FROZEN_AFTER_MS && same.readings >= FROZEN_READINGS;
  return isFrozen ? { ...same, kind: 'newlyFrozen' } : same;
}

/** After a reading that says nothing of it: that they are frozen is no news any more. */
export const asTold = (before: Steadiness | null): Steadiness | null =>
  before?.kind === 'newlyFrozen' ? { ...before, kind: 'frozen' } : before;
