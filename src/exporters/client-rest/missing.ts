import type { LectorRecord } from '../../domain/record.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { HoldingsAnswer } from '../../protocol/centre-wire.ts';

export const DAY_MS = 86_400_000;

export type Held = HoldingsAnswer['records'];

/** The stretches (from, to] that holdings are asked in: days, the last one shorter. */
export function daysBetween(from: EpochMs, to: EpochMs): readonly { readonly from: EpochMs; readonly to: EpochMs }[] {
  const count = Math.max(0, Math.ceil((to - from) / DAY_MS));
  return Array.from({ length: count }, (_, index) => ({
    from: epochMs(from + index * DAY_MS),
    to: epochMs(Math.min(to, from + (index + 1) * DAY_MS)),
  }));
}

const keyOf = (analyzer: number, end: number, generation: number): string => `${analyzer}:${end}:${generation}`;

/** Answers whether the centre holds a record. */
export function heldIndex(held: Held): (record: LectorRecord) => boolean {
  const keys = new Set(held.map(([analyzer, end, generation]) => keyOf(analyzer, end, generation)));
  return ({ analyzerId, end, generation }) => keys.has(keyOf(analyzerId, end, generation));
}

/** The oldest end of each analyzer. */
export function oldestHeld(held: Held): ReadonlyMap<number, number> {
  const oldest = new Map<number, number>();
  for (const [analyzer, end] of held) oldest.set(analyzer, Math.min(end, oldest.get(analyzer) ?? end));
  return oldest;
}
