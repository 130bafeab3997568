import type { OffsetAt, Window } from '../../domain/grid.ts';
import { instantOfWall } from '../../domain/local-time.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { DAY_MS } from '../../tariff/local-day.ts';
import { nightOf, type Rule } from './rule.ts';

const MINUTE_MS = 60_000;
export const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** A forecast moves little in less, and takes a month of records. */
const COST_MS = 6 * HOUR_MS;

/** What comes so late is judged all the same; what comes later is not. */
export const LATE_MS = 2 * DAY_MS;

/**
 * What a rule judges one after the other: quarter hours, nights of the zone of `offsetAt`, stretches of six hours.
 * Those that end in (from, until].
 */
export function ruleWindows(rule: Rule, from: EpochMs, until: EpochMs, offsetAt: OffsetAt): readonly Window[] {
  if (rule.when !== 'baseLoad') return evenWindows(rule.when === 'demand' ? QUARTER_MS : COST_MS, from, until);
  const night = nightOf(rule.night ?? '');
  if (night === null) return [];
  const windows: Window[] = [];
  const dayAt = (at: number) => Math.floor((at + offsetAt(epochMs(at))) / DAY_MS);
  for (let day = dayAt(from) - 1; day <= dayAt(until); day += 1) {
    const start = instantOfWall(day * DAY_MS + night.from * MINUTE_MS, offsetAt);
    const endDay = night.to > night.from ? day : day + 1;
    const end = instantOfWall(endDay * DAY_MS + night.to * MINUTE_MS, offsetAt);
    if (end > from && end <= until && start < end) windows.push({ start, end });
  }
  return windows;
}

function evenWindows(ms: number, from: number, until: number): readonly Window[] {
  const windows: Window[] = [];
  for (let end = (Math.floor(from / ms) + 1) * ms; end <= until; end += ms) {
    windows.push({ start: epochMs(end - ms), end: epochMs(end) });
  }
  return windows;
}

/** Whole hours of a night. */
export function hoursOf({ start, end }: Window): readonly Window[] {
  const count = Math.floor((end - start) / HOUR_MS);
  return Array.from({ length: count }, (_, index) => {
    const from = start + index * HOUR_MS;
    return { start: epochMs(from), end: epochMs(from + HOUR_MS) };
  });
}
