const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW_MS = 5 * SECOND;

/**
 * An age as people say it: `now` below 5 s, then "15 s" in steps of five (a figure that runs is read no better, and
 * costs a line on the wire each second), "4 min", "3 h", "12 d".
 */
export function age(ms: number, now: string): string {
  if (ms < NOW_MS) return now;
  if (ms < MINUTE) return `${Math.floor(ms / NOW_MS) * 5} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / DAY)} d`;
}

/** A duration that was chosen: "500 ms", "2 s", "90 s", "15 min", "2 h". */
export function duration(ms: number): string {
  if (ms < SECOND) return `${ms} ms`;
  if (ms >= HOUR && ms % HOUR === 0) return `${ms / HOUR} h`;
  if (ms >= MINUTE && ms % MINUTE === 0) return `${ms / MINUTE} min`;
  return `${Number((ms / SECOND).toFixed(1))} s`;
}
