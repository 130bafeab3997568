import type { Reading, Values } from './reading.ts';
import type { VariableCode } from './units.ts';

/** Values of a grid that was not read for so many of its intervals do not stand beside newer ones. */
const STALE_INTERVALS = 3;

/** Whether something was read: a reading that failed in part is one. */
export function hasValues({ values }: Pick<Reading, 'values'>): boolean {
  for (const _ in values) return true;
  return false;
}

/**
 * The last values of both grids as one reading, that of the newer. What the older one said stands beside it unless it
 * is old for its own grid: then it is null, for the instant that is shown would not be its own.
 */
export function latestOf(
  normal: Reading | null,
  rapid: Reading | null,
  intervalMs: Readonly<Record<Reading['grid'], number>>,
): Reading | null {
  if (normal === null || rapid === null) return normal ?? rapid;
  const [older, newer] = isBefore(normal, rapid) ? [normal, rapid] : [rapid, normal];
  const isStale = newer.at - older.at > STALE_INTERVALS * intervalMs[older.grid];
  return {
    ...newer,
    values: { ...(isStale ? blank(older.values) : older.values), ...newer.values },
    counterAt: { ...older.counterAt, ...newer.counterAt },
    flags: isStale ? newer.flags : { ...without(older.flags, newer.values), ...newer.flags },
  };
}

function isBefore(a: Reading, b: Reading): boolean {
  const passes = (a.pass ?? 0) - (b.pass ?? 0);
  return passes === 0 ? a.at <= b.at : passes < 0;
}

type ByCode<T> = Readonly<Record<VariableCode, T>>;

function blank(values: ByCode<Values>): ByCode<Values> {
  return Object.fromEntries(Object.entries(values).map(([code, list]) => [code, list.map(() => null)]));
}

function without<T>(all: ByCode<T>, others: ByCode<unknown>): ByCode<T> {
  return Object.fromEntries(Object.entries(all).filter(([code]) => !(code in others)));
}
