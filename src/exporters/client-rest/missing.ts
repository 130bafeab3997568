import type { LectorRecord } from '../../domain/record.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { HoldingsAnswer } from '../../protocol/centre-wire.ts';

export const DAY_MS = 86_400_000;

export type Held = Pick<HoldingsAnswer, 'records' | 'since'>;

type Stretch = { readonly from: EpochMs; readonly to: EpochMs };

/** A time (from, to] in stretches of so many ms, the last one shorter. */
export function stretchesOf({ from, to }: Stretch, ms: number): readonly Stretch[] {
  const count = Math.max(0, Math.ceil((to - from) / ms));
  return Array.from({ length: count }, (_, index) => ({
    from: epochMs(from + index * ms),
    to: epochMs(Math.min(to, from + (index + 1) * ms)),
  }));
}

/** The days (from, to] that holdings are asked in. */
export const daysBetween = (from: EpochMs, to: EpochMs): readonly Stretch[] => stretchesOf({ from, to }, DAY_MS);

const keyOf = (analyzer: number, end: number, generation: number): string => `${analyzer}:${end}:${generation}`;

/**
 * Answers whether the centre holds a record, or would not keep it. `whole`: an old lector's reading of its end does not
 * count, for it says less.
 */
export function heldIndex({ records, since = null }: Held, whole = false): (record: LectorRecord) => boolean {
  const counted = whole ? records.filter(([, , , bare = 0]) => bare !== 1) : records;
  const keys = new Set(counted.map(([analyzer, end, generation]) => keyOf(analyzer, end, generation)));
  return ({ analyzerId, end, generation }) =>
    (since !== null && end < since) || keys.has(keyOf(analyzerId, end, generation));
}

/** The oldest end of each analyzer. */
export function oldestHeld({ records }: Held): ReadonlyMap<number, number> {
  const oldest = new Map<number, number>();
  for (const [analyzer, end] of records) oldest.set(analyzer, Math.min(end, oldest.get(analyzer) ?? end));
  return oldest;
}
