import { type OffsetAt, type Window, windowOf } from './grid.ts';
import type { EpochMs } from './units.ts';

/** Of this share of an interval something must be known, or nothing is told of it. */
const KNOWN_SHARE = 0.5;

/** What is known of the mean power of one interval after another. */
export type Demand = {
  /** Mean power of the interval that runs, kW, if nothing more is drawn in it: it will not be less. */
  readonly certainKw: number;
  /** Of the last interval that is over, kW; null: too little of it was read, or none is over. */
  readonly lastKw: number | null;
  /** The end of that interval; null: none is over. */
  readonly lastEnd: EpochMs | null;
};

export type DemandMeter = {
  readonly intervalMs: number;
  /** A good reading of an instant of the grid; it stands for the `stepMs` before. */
  add(nominal: EpochMs, kw: number, stepMs: number): void;
  demand(): Demand;
};

/**
 * Mean active power drawn over intervals of the clock of the node, as contracts and the maximum-demand meters of
 * suppliers reckon it: what is fed back does not make it less.
 * Adding is some additions; a wall clock that was put back begins anew.
 */
export function createDemandMeter(intervalMs: number, offsetAt: OffsetAt): DemandMeter {
  let window: Window | null = null;
  let kwMs = 0;
  let knownMs = 0;
  let last: Pick<Demand, 'lastKw' | 'lastEnd'> = { lastKw: null, lastEnd: null };
  const begin = (at: EpochMs) => {
    const isBack = window !== null && at <= window.start;
    if (window !== null) {
      const isKnown = !isBack && knownMs >= KNOWN_SHARE * (window.end - window.start);
      last = { lastKw: isKnown ? kwMs / knownMs : null, lastEnd: window.end };
    }
    window = windowOf(at, intervalMs, offsetAt);
    kwMs = 0;
    knownMs = 0;
    return window;
  };
  return {
    intervalMs,
    add(nominal, kw, stepMs) {
      if (window === null || nominal > window.end || nominal <= window.start) begin(nominal);
      kwMs += Math.max(0, kw) * stepMs;
      knownMs += stepMs;
    },
    demand() {
      const lengthMs = window === null ? intervalMs : window.end - window.start;
      return { certainKw: kwMs / lengthMs, ...last };
    },
  };
}
