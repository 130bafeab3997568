import type { Aggregate } from './profile.ts';
import type { AnalyzerId, EpochMs, VariableCode } from './units.ts';

/**
 * first: there was nothing to take a difference from, or only 0. wrap: the counter began anew at its end. reset: it
 * fell (a new meter, a reset); the difference is not known. zeroIgnored: readings that fell and came back, or may yet,
 * do not count.
 * fallPending: the window ended on such a reading; the next record tells what it was.
 */
export type CounterFlag = 'first' | 'wrap' | 'reset' | 'zeroIgnored' | 'fallPending';

/** One variable of a record; every list has one entry per value of the variable. */
export type RecordedVariable = {
  readonly aggregate: Aggregate;
  /** Mean of the good readings; for counters the last value; for power factor the factor of the window. */
  readonly values: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  /** Good readings behind each value. */
  readonly n: readonly number[];
  /** Readings due on the grid of this variable: the N of its "n of N". */
  readonly expected: number;
  /** Counters only: difference from the last value of the previous record; null when it is not known. */
  readonly delta: readonly (number | null)[];
  /** Counters only: what the next record takes its difference from; kept while nothing is read. */
  readonly baseline: readonly (number | null)[];
  /** Counters only: the instant of the last value. */
  readonly at: EpochMs | null;
  readonly flags: readonly CounterFlag[];
};

/** Aggregate of the readings of one window (start, end]. Identity: node, analyzer, end, generation. */
export type LectorRecord = {
  readonly nodeId: number;
  readonly analyzerId: AnalyzerId;
  readonly model: string;
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly generation: number;
  /** Instants with at least one good value, of those expected by the reading grid. */
  readonly n: number;
  readonly expected: number;
  readonly ratio: number | null;
  readonly variables: Readonly<Record<VariableCode, RecordedVariable>>;
  /** How often the wall clock had been put back before it was made; absent: never. */
  readonly pass?: number;
};

/** A stretch in which nothing was recorded, and why. (from, to]. */
export type Gap = {
  readonly analyzerId: AnalyzerId;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly cause: 'stopped' | 'paused' | 'clock';
};
