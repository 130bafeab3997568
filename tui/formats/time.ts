import type { IsoTime } from '../../src/protocol/views.ts';

/** The instant of an ISO time, ms since 1970; NaN where it is none. */
export const instantOf = (iso: IsoTime): number => Date.parse(iso);

/** Minutes that the clock of an ISO time is ahead of UTC: the node's own zone at that instant. */
export function offsetOf(iso: IsoTime): number {
  const match = /([+-])(\d\d):(\d\d)$/.exec(iso);
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

/** "18:05", of the node's clock; `offset` in minutes. */
export const clockText = (at: number, offset: number): string =>
  Number.isFinite(at) ? new Date(at + offset * 60_000).toISOString().slice(11, 16) : '--:--';

/** "18:05:42" of the node's clock, and with its day where that is not today: "24/11 18:05". */
export function timeText(iso: IsoTime, today: IsoTime): string {
  if (!Number.isFinite(instantOf(iso))) return '-';
  const sameDay = iso.slice(0, 10) === today.slice(0, 10);
  return sameDay ? iso.slice(11, 19) : `${iso.slice(8, 10)}/${iso.slice(5, 7)} ${iso.slice(11, 16)}`;
}
