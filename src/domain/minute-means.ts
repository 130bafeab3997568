import type { EpochMs } from './units.ts';

/** Minutes that are kept. */
export const SPARK_MINUTES = 60;
const MINUTE_MS = 60_000;

/** Means of one quantity per minute of the wall clock, over the last hour. */
export type MinuteMeans = {
  /** A value of an instant; one that is older than the hour before the newest is left out. */
  add(at: EpochMs, value: number): void;
  /** The minutes up to the one of `now`, oldest first; null: nothing was read in it. */
  list(now: EpochMs): readonly (number | null)[];
  /** Mean of the minute of `now`. */
  last(now: EpochMs): number | null;
};

/** A ring of sums: adding allocates nothing. */
export function createMinuteMeans(): MinuteMeans {
  const minutes = new Float64Array(SPARK_MINUTES).fill(-1);
  const sums = new Float64Array(SPARK_MINUTES);
  const counts = new Float64Array(SPARK_MINUTES);

  const meanOf = (minute: number): number | null => {
    const slot = minute % SPARK_MINUTES;
    return minutes[slot] === minute ? sums[slot]! / counts[slot]! : null;
  };
  return {
    add(at, value) {
      const minute = Math.floor(at / MINUTE_MS);
      const slot = minute % SPARK_MINUTES;
      if (minute < minutes[slot]!) return;
      if (minute > minutes[slot]!) {
        minutes[slot] = minute;
        sums[slot] = 0;
        counts[slot] = 0;
      }
      sums[slot] = sums[slot]! + value;
      counts[slot] = counts[slot]! + 1;
    },
    list(now) {
      const last = Math.floor(now / MINUTE_MS);
      return Array.from({ length: SPARK_MINUTES }, (_, index) => meanOf(last - SPARK_MINUTES + 1 + index));
    },
    last: (now) => meanOf(Math.floor(now / MINUTE_MS)),
  };
}
