import type { LectorRecord } from './record.ts';
import type { EpochMs } from './units.ts';

/** Time between two puttings-back of the wall clock: its number, from 1 on, and what the clock was put back to. */
export type Pass = { readonly number: number; readonly from: EpochMs };

/** The pass of a reading, a record or a window; before the clock was ever put back it is 0. */
export const passOf = ({ pass }: { readonly pass?: number }): number => pass ?? 0;

/**
 * The first pass whose readings of a window are not recorded yet, from the records that the window has: each holds what
 * was read up to the end of its pass.
 */
export function unrecordedSince(records: readonly Pick<LectorRecord, 'pass'>[]): number {
  return records.reduce((since, record) => Math.max(since, passOf(record) + 1), 0);
}
