import type { AnalyzerNews } from '../machines/analyzer-setup.ts';
import type { Failure } from './domain/errors.ts';
import { FLAPS_MIN } from './domain/session.ts';
import type { AnalyzerId, EpochMs } from './domain/units.ts';
import type { Said } from './words.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** usual: say what there is to say; quiet: it is one of many alike; else this sentence, and nothing else. */
export type Flap = 'usual' | 'quiet' | Said;

/**
 * Meters that fail and answer again every few seconds, for hours: the log says so once, then once an hour how often,
 * and when it is over. `losses`: when the meter was lost the last times, at most {@link FLAPS_MIN}, oldest first.
 */
export type Flapping = {
  note(id: AnalyzerId, name: string, news: AnalyzerNews, losses: readonly EpochMs[]): Flap;
  /** Time passes: a window of the analyzer that ended at `end` was recorded. Null: nothing to say. */
  passed(id: AnalyzerId, name: string, end: EpochMs): Said | null;
  /** Forgets those that are not among these. */
  prune(ids: ReadonlySet<AnalyzerId>): void;
};

type Known = {
  readonly saidAt: EpochMs;
  readonly lostAt: EpochMs;
  /** Losses since `saidAt`. */
  readonly count: number;
  readonly isRead: boolean;
};

export function createFlapping(): Flapping {
  const known = new Map<AnalyzerId, Known>();

  const begins = (id: AnalyzerId, name: string, failure: Failure | null, losses: readonly EpochMs[]): Flap => {
    const [first, at] = [losses[0], losses.at(-1)];
    if (losses.length < FLAPS_MIN || first === undefined || at === undefined || at - first >= HOUR_MS) return 'usual';
    known.set(id, { saidAt: at, lostAt: at, count: 0, isRead: false });
    const minutes = Math.max(1, Math.round((at - first) / MINUTE_MS));
    const text =
      `${name} fails and answers again and again, ${losses.length} times within ${minutes} min (now: ` +
      `${failure?.message ?? 'no reason is known'}): from now on that is said once an hour; check its wiring`;
    return { level: 'warn', text, failure };
  };

  const goesOn = (id: AnalyzerId, name: string, failure: Failure | null, before: Known, at: EpochMs): Flap => {
    const count = before.count + 1;
    const isHour = at - before.saidAt >= HOUR_MS || at < before.saidAt;
    known.set(id, { saidAt: isHour ? at : before.saidAt, lostAt: at, count: isHour ? 0 : count, isRead: false });
    if (!isHour) return 'quiet';
    const text = `${name} failed ${count} more times within an hour and answered again: ${failure?.message ?? ''}`;
    return { level: 'warn', text, failure };
  };

  return {
    note(id, name, { news, failure }, losses) {
      const before = known.get(id);
      const at = losses.at(-1);
      switch (news) {
        case 'failed':
          if (before === undefined || at === undefined) return begins(id, name, failure, losses);
          return goesOn(id, name, failure, before, at);
        case 'connecting':
        case 'polling':
          if (before === undefined) return 'usual';
          known.set(id, { ...before, isRead: news === 'polling' });
          return 'quiet';
        case 'paused':
        case 'stopped':
          known.delete(id);
          return 'usual';
        case 'frozen':
        case 'recordFailed':
          return 'usual';
      }
    },
    passed(id, name, end) {
      const before = known.get(id);
      if (before === undefined || end - before.lostAt < HOUR_MS) return null;
      known.delete(id);
      return before.isRead
        ? { level: 'info', text: `${name} was read for an hour without a break` }
        : { level: 'warn', text: `${name} did not answer any more for an hour` };
    },
    prune(ids) {
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    },
  };
}
