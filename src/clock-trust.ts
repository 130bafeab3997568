import type { Log } from './domain/ports.ts';
import type { EpochMs } from './domain/units.ts';

export type ClockTrust = {
  /** Looks at the clock; says when it became untrusted or trusted. */
  check(now: EpochMs): void;
  /** Words for the banner; null: the clock is trusted. */
  trouble(): string | null;
};

/** A machine without a clock of its own starts in the past: all goes on, and it is said that the time is wrong. */
export function watchClockTrust(o: {
  readonly log: Log;
  readonly timeText: (at: EpochMs) => string;
  /** Earlier than this it cannot be. */
  readonly since: EpochMs;
}): ClockTrust {
  const { log, timeText } = o;
  let trouble: string | null = null;
  return {
    check(now) {
      const words = now < o.since ? 'clock untrusted: it is earlier than this release' : null;
      if ((words === null) === (trouble === null)) return;
      trouble = words;
      const time = timeText(now);
      const remedy = 'what is read now is recorded under that time; set the clock, or let NTP do it';
      if (words !== null) log.warn({ now: time }, `${words} (it says ${time}): ${remedy}`);
      else log.info({ now: time }, `clock trusted again: it says ${time}`);
    },
    trouble: () => trouble,
  };
}
