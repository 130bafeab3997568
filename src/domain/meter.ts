import type { Failure } from './errors.ts';
import type { Plan } from './plan.ts';
import type { Profile } from './profile.ts';
import type { Identity } from './store-port.ts';
import type { Answer, Ask } from './transaction.ts';
import type { AnalyzerId, DeviceId, EpochMs, UnitId } from './units.ts';

/** The pace of a line, enough to plan blocks for it. TCP has `charMs` 0. */
export type LinePace = { readonly charMs: number; readonly silenceMs: number; readonly turnaroundMs: number };

/** All that is needed to talk to one analyzer: plain data, fixed until the configuration changes. */
export type MeterSpec = {
  readonly analyzerId: AnalyzerId;
  readonly deviceId: DeviceId;
  readonly unit: UnitId;
  readonly profile: Profile;
  /** Codes read on the normal grid and on the rapid one (empty: no rapid grid). */
  readonly consultes: readonly string[];
  readonly rapidConsultes: readonly string[];
  readonly timeoutMs: number;
  readonly retries: number;
  readonly pace: LinePace;
  /** Nominal phase-neutral voltage in V, for plausibility; null: not told. */
  readonly nominalV: number | null;
  /** Factor of an external current transformer that the meter does not know; 1: none. */
  readonly ratio: number;
  /** The current transformers are mounted backwards: power and its energies change sign. */
  readonly invert: boolean;
};

/** What connecting learnt: enough to read. Plain data. */
export type Meter = {
  readonly identity: Identity;
  /** Value of each scale register (a power of ten), by register id; refreshed at start, after a loss, and hourly. */
  readonly exponents: Readonly<Record<string, number>>;
  readonly exponentsAt: EpochMs;
  readonly plan: Plan;
  readonly rapidPlan: Plan | null;
  /** Words of the blocks read once (firmware, serial number). */
  readonly once: readonly BlockAnswer[];
};

/** A block that was answered: its words or text, and when it was asked. */
export type BlockAnswer = { readonly block: Plan['blocks'][number]; readonly answer: Answer };

/** How one request ended. */
export type Reply =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: Failure };

/**
 * A conversation with a meter as plain data: what to ask now, or how it ended. `state` is private to the module that
 * made it; whoever runs it asks, hands over the reply, and repeats.
 */
export type Conversation<State, Result> =
  | { readonly kind: 'asking'; readonly ask: Ask; readonly state: State }
  | { readonly kind: 'finished'; readonly result: Result };

export type ConnectResult =
  | { readonly kind: 'connected'; readonly meter: Meter }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What came of one reading: the blocks that were answered, the first failure, the meter as now known. */
export type ReadResult = {
  readonly answered: readonly BlockAnswer[];
  readonly failure: Failure | null;
  /** True when the failure means that the meter is gone (timeouts, garbage, lost line), not one block. */
  readonly lost: boolean;
  /** Updated when a block was split or refused while reading; else the same object. */
  readonly meter: Meter;
};
