import type { ConnectState } from './connect.ts';
import type { Failure } from './errors.ts';
import type { Meter, MeterSpec } from './meter.ts';
import { isOfPlace } from './meter-place.ts';
import type { LineRequest } from './queue.ts';
import type { ReadState } from './read.ts';
import type { ReadJob } from './read-job.ts';
import type { Reading } from './reading.ts';
import type { Steadiness } from './steadiness.ts';
import type { Identity } from './store-port.ts';
import type { EpochMs, MonoMs } from './units.ts';

/** The conversation that is going on. */
export type Talk =
  | { readonly kind: 'connect'; readonly state: ConnectState }
  | { readonly kind: 'read'; readonly state: ReadState; readonly job: ReadJob }
  | { readonly kind: 'probe' };

/**
 * How the last conversation ended. connected: the meter is known; read: a reading was made, whole or in part; lost: the
 * meter is gone; failed: it could not be connected; alive, silent: what a probe found; asking: it has not ended.
 */
export type SessionEnd = 'none' | 'asking' | 'connected' | 'read' | 'lost' | 'failed' | 'alive' | 'silent';

/** Everything that one analyzer's machine knows, changed only by session.ts and session-jobs.ts. Prints as JSON. */
export type Session = {
  readonly spec: MeterSpec;
  readonly identity: Identity | null;
  readonly meter: Meter | null;
  readonly talk: Talk | null;
  readonly end: SessionEnd;
  /** Readings that wait for the one in progress, or for the meter: at most one of each grid, and one by hand. */
  readonly jobs: readonly ReadJob[];
  readonly requestId: number;
  /** Losses in a row since the meter was last read whole; sets how long the next probe waits. */
  readonly attempt: number;
  /** When it was lost the last times, oldest first: at most {@link FLAPS_MIN}. */
  readonly losses: readonly EpochMs[];
  /** Why it is failed, or what went wrong with part of the last reading. */
  readonly failure: Failure | null;
  /** When a meter that is lost was last probed by hand; null: never. */
  readonly askedAt: MonoMs | null;
  /** Readings of the grids, since the start. */
  readonly tally: { readonly good: number; readonly failed: number };
  readonly lastGoodAt: EpochMs | null;
  /** Since when its measured values have not changed; null: they may well stand still. */
  readonly steadiness: Steadiness | null;
};

/** A meter that is lost so often within an hour flaps. */
export const FLAPS_MIN = 6;

/** The session after something happened; what goes to the device and to the store. */
export type SessionStep = {
  readonly session: Session;
  readonly request: LineRequest | null;
  readonly readings: readonly Reading[];
  /** Set when something was learnt that outlives a restart. */
  readonly learnt: Identity | null;
};

export type Instant = { readonly now: EpochMs; readonly mono: MonoMs };

/** `jobs`: readings that one that was started anew has left to it. */
export function newSession(spec: MeterSpec, identity: Identity | null, jobs: readonly ReadJob[] = []): Session {
  const { deviceId, unit: address } = spec;
  const isKnown = identity?.profileId === spec.profile.id && isOfPlace(identity, { deviceId, address });
  const known = isKnown ? identity : null;
  return {
    spec,
    identity: known,
    meter: null,
    talk: null,
    end: 'none',
    jobs,
    requestId: 0,
    attempt: 0,
    losses: [],
    failure: null,
    askedAt: null,
    tally: { good: 0, failed: 0 },
    lastGoodAt: null,
    steadiness: null,
  };
}

export const step = (session: Session, readings: readonly Reading[] = []): SessionStep => ({
  session,
  request: null,
  readings,
  learnt: null,
});
