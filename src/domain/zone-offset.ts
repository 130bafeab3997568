import type { OffsetAt } from './grid.ts';
import type { EpochMs } from './units.ts';

/** Offsets are remembered by stretches of this length. */
const STRETCH_MS = 6 * 3_600_000;
/** Stretches remembered at most: three years of them, as much as is billed at once. */
const STRETCHES_MAX = 4_500;
/** Zones remembered at most. */
const ZONES_MAX = 50;

const zones = new Map<string, OffsetAt>();

/** Offsets of a stretch: `before` until `changeAt`, `after` from then on; the same where nothing changes in it. */
type Known = { readonly before: number; readonly after: number; readonly changeAt: number };

/**
 * How far the wall clock of an IANA zone is ahead of UTC, in ms, from the time zone data of this Node. Asking Intl
 * takes some microseconds and the schedule asks often: it is asked once for six hours, in which a zone changes once,
 * whoever asks.
 *
 * @throws RangeError when the zone is not known.
 */
export function zoneOffset(timeZone: string): OffsetAt {
  const found = zones.get(timeZone);
  if (found !== undefined) return found;
  const made = rememberedOffset(timeZone);
  if (zones.size >= ZONES_MAX) zones.clear();
  zones.set(timeZone, made);
  return made;
}

function rememberedOffset(timeZone: string): OffsetAt {
  const exact = exactOffset(timeZone);
  const known = new Map<number, Known>();
  let last = Number.NaN;
  let stretch: Known = { before: 0, after: 0, changeAt: 0 };
  return (instant) => {
    const index = Math.floor(instant / STRETCH_MS);
    if (index !== last) {
      last = index;
      stretch = known.get(index) ?? remember(known, index, exact);
    }
    return instant < stretch.changeAt ? stretch.before : stretch.after;
  };
}

function remember(known: Map<number, Known>, index: number, exact: OffsetAt): Known {
  const from = index * STRETCH_MS;
  const before = exact(from as EpochMs);
  const after = exact((from + STRETCH_MS) as EpochMs);
  const stretch = { before, after, changeAt: before === after ? from : changeIn(from, from + STRETCH_MS, exact) };
  if (known.size >= STRETCHES_MAX) known.clear();
  known.set(index, stretch);
  return stretch;
}

/** First instant in (from, to] with the offset of `to`. */
function changeIn(from: number, to: number, exact: OffsetAt): number {
  const after = exact(to as EpochMs);
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (exact(middle as EpochMs) === after) high = middle;
    else low = middle;
  }
  return high;
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
