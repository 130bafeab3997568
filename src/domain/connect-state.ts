import type { BlockRun } from './block-run.ts';
import type { Failure } from './errors.ts';
import type { BlockAnswer, ConnectResult, Conversation, MeterSpec } from './meter.ts';
import type { Learnt } from './register-map.ts';
import type { Identity } from './store-port.ts';
import type { Walk } from './sunspec.ts';
import type { EpochMs } from './units.ts';
import type { Exponents } from './value.ts';

/** Which blocks are asked while connecting: trial are those that the meter might refuse. */
export type BlockStage = 'exponents' | 'signature' | 'trial' | 'once';

/**
 * Where connecting is. alive: the reserved read, so that a dead meter is told from one that does not know FC17;
 * identify: which of the profile's ways; discover: where the map begins; blocks: see BlockStage, `checking` while the
 * reserved read finds out whether a silent block or a silent meter is meant.
 */
export type Stage =
  | { readonly kind: 'alive' }
  | { readonly kind: 'identify'; readonly index: number }
  | { readonly kind: 'discover'; readonly walk: Walk }
  | { readonly kind: 'blocks'; readonly name: BlockStage; readonly run: BlockRun; readonly checking: Failure | null };

/** A meter being connected. Plain data; only connect*.ts looks into it. */
export type ConnectState = {
  readonly spec: MeterSpec;
  /** What was learnt of this meter before, while nothing speaks against it. */
  readonly known: Identity | null;
  readonly stage: Stage;
  /** How often the request in flight has failed, outside blocks. */
  readonly failures: number;
  readonly steps: number;
  readonly text: string;
  readonly learnt: Learnt;
  readonly exponents: Exponents;
  readonly exponentsAt: EpochMs;
  readonly once: readonly BlockAnswer[];
};

export type Connecting = Conversation<ConnectState, ConnectResult>;

export const failed = (failure: Failure): Connecting => ({ kind: 'finished', result: { kind: 'failed', failure } });
