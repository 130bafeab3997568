import type { OffsetAt } from '../domain/grid.ts';
import type { EpochMs } from '../domain/units.ts';
import type { IsoTime } from './views.ts';

const MINUTE_MS = 60_000;

/** An instant in the zone of `offsetAt`: `2026-11-25T18:05:42.123+01:00`. */
export function isoTime(at: EpochMs, offsetAt: OffsetAt): IsoTime {
  // ISO 8601 knows no seconds of an offset: the local time is told with the offset that is printed
  const minutes = Math.round(offsetAt(at) / MINUTE_MS);
  const local = new Date(at + minutes * MINUTE_MS).toISOString().slice(0, -1);
  return `${local}${minutes < 0 ? '-' : '+'}${twoDigits(Math.abs(minutes) / 60)}:${twoDigits(Math.abs(minutes) % 60)}`;
}

/** An instant as the predecessor's clients show it, in local time: `25/11/2026 18:05:42`. */
export function classicTime(at: EpochMs, offsetAt: OffsetAt): string {
  const [date = '', time = ''] = new Date(at + offsetAt(at)).toISOString().split('T');
  return `${date.split('-').reverse().join('/')} ${time.slice(0, 8)}`;
}

const twoDigits = (value: number): string => String(Math.floor(value)).padStart(2, '0');
