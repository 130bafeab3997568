import type { OffsetAt } from './domain/grid.ts';
import type { EpochMs } from './domain/units.ts';

/** Offsets are remembered by stretches of this length. */
const STRETCH_MS = 6 * 3_600_000;
/** Stretches remembered at most: a year of them. */
const STRETCHES_MAX = 1_464;

/**
 * How far the wall clock of an IANA zone is ahead of UTC, in ms, from the time zone data of this Node. Asking Intl
 * takes some microseconds and the schedule asks often: a stretch of six hours without a change is asked for once.
 *
 * @throws RangeError when the zone is not known.
 */
export function zoneOffset(timeZone: string): OffsetAt {
  const exact = exactOffset(timeZone);
  const known = new Map<number, number | 'changes'>();
  let last = Number.NaN;
  let lastOffset: number | 'changes' = 'changes';
  return (instant) => {
    const stretch = Math.floor(instant / STRETCH_MS);
    if (stretch !== last) {
      last = stretch;
      lastOffset = known.get(stretch) ?? remember(known, stretch, exact);
    }
    return lastOffset === 'changes' ? exact(instant) : lastOffset;
  };
}

function remember(known: Map<number, number | 'changes'>, stretch: number, exact: OffsetAt): number | 'changes' {
  const first = exact((stretch * STRETCH_MS) as EpochMs);
  const offset = first === exact(((stretch + 1) * STRETCH_MS) as EpochMs) ? first : 'changes';
  if (known.size >= STRETCHES_MAX) known.clear();
  known.set(stretch, offset);
  return offset;
}

function exactOffset(timeZone: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const second = Math.floor(instant / 1000) * 1000;
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(second)) part[type] = Number(value);
    const wall = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
    return wall - second;
  };
}

/** An instant as people of the zone write it: "2026-11-25 12:15:00". */
export function localText(instant: EpochMs, offsetAt: OffsetAt): string {
  return new Date(instant + offsetAt(instant)).toISOString().slice(0, 19).replace('T', ' ');
}
