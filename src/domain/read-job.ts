import type { Failure } from './errors.ts';
import type { Reading } from './reading.ts';
import { failedReading } from './reading-of.ts';
import { type AnalyzerId, type EpochMs, type MonoMs, monoMs } from './units.ts';

/** A reading that is due: after `deadline` the next one is. */
export type ReadJob = {
  readonly nominal: EpochMs;
  readonly grid: 'normal' | 'rapid';
  readonly deadline: MonoMs;
  /** How often the wall clock had been put back when it fell due; absent: never. */
  readonly pass?: number;
  /** Asked for by hand, beside the grids: made when no other waits, given up after {@link FORCED_MS}. */
  readonly forced?: true;
};

/** How long a reading by hand waits for its turn, from when its meter is known. */
export const FORCED_MS = 10_000;

export const NO_TIME: Failure = {
  code: 'DEADLINE_PASSED',
  message: `the line had no time for a reading by hand within ${FORCED_MS / 1000} s: those of the grids come first`,
  facts: {},
};

export const forcedJob = (now: EpochMs, mono: MonoMs): ReadJob => ({
  ...{ nominal: now, grid: 'normal', forced: true },
  deadline: monoMs(mono + FORCED_MS),
});

export const isForced = ({ forced }: ReadJob): boolean => forced === true;
export const isOfGrid = (job: ReadJob): boolean => !isForced(job);

/** The one that is made next: the oldest of the grids, then one by hand; null: none waits. */
export const nextJob = (jobs: readonly ReadJob[]): ReadJob | null => jobs.find(isOfGrid) ?? jobs[0] ?? null;

/** What a reading has of its job: in which pass of the clock it fell due, and whether a person asked for it. */
export function ofJob({ pass, forced }: ReadJob, reading: Reading): Reading {
  return { ...reading, ...(pass !== undefined && { pass }), ...(forced && { forced }) };
}

export const failedJob = (analyzerId: AnalyzerId, job: ReadJob, failure: Failure): Reading =>
  ofJob(job, failedReading(analyzerId, job.nominal, job.grid, failure));
