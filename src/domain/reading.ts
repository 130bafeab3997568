import type { ErrorCode } from './errors.ts';
import type { AnalyzerId, EpochMs, VariableCode } from './units.ts';

/**
 * A value that is kept but doubted. implausible: outside the register's or the nominal range; inconsistent: power does
 * not fit V x A; lowConfidence is not here: it belongs to the profile, not to a reading.
 */
export type ValueFlag = 'implausible' | 'inconsistent';

/** Values of a variable in the profile's order; null is "not available", never 0 and never an old value. */
export type Values = readonly (number | null)[];

/**
 * What came of one due instant of one analyzer: exactly one per instant while it runs, also when nothing was read
 * (`failure` set, no values), so that a record is a pure function of the readings of its window.
 */
export type Reading = {
  readonly analyzerId: AnalyzerId;
  /** The grid instant this reading belongs to. */
  readonly nominal: EpochMs;
  /** When the first request of the reading was sent; equals `nominal` for a failure without a request. */
  readonly at: EpochMs;
  readonly values: Readonly<Record<VariableCode, Values>>;
  /** When each counter's block was asked, for counters only. */
  readonly counterAt: Readonly<Record<VariableCode, EpochMs>>;
  readonly flags: Readonly<Record<VariableCode, readonly ValueFlag[]>>;
  /** Ratio of the current transformer as the meter tells it, where the profile reads it. */
  readonly ratio: number | null;
  /** Set when some or all of the reading failed; `values` holds what was read all the same. */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null;
  /** Which grid it was due on. */
  readonly grid: 'normal' | 'rapid';
  /** How often the wall clock had been put back before this instant was due; absent: never. */
  readonly pass?: number;
  /** It was asked for by hand, beside the grids: shown, never stored, part of no record. */
  readonly forced?: true;
};
