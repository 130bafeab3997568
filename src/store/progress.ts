import type { AnalyzerId } from '../domain/units.ts';

/** A run of sequences, both ends included. */
export type Run = readonly [from: number, to: number];

/**
 * How far an exporter is. Everything up to `backlog` is settled, and so is every run in `ahead` (ascending, apart);
 * the end of the last run is the live cursor: what an exporter that catches up delivered of the newest.
 */
export type Progress = {
  /** The analyzers it wants, each with the sequence after which it does. */
  readonly since: Readonly<Record<AnalyzerId, number>>;
  /** Those it does not want any more and owes still: the last sequence that it does want of each. */
  readonly until?: Readonly<Record<AnalyzerId, number>>;
  readonly backlog: number;
  readonly ahead: readonly Run[];
};

export const wants = (progress: Progress, analyzerId: AnalyzerId, sequence: number): boolean =>
  sequence > (progress.since[analyzerId] ?? Number.POSITIVE_INFINITY) &&
  sequence <= (progress.until?.[analyzerId] ?? Number.POSITIVE_INFINITY);

/** Last sequence of the settled stretch that `sequence` lies in; null when it is not settled. */
export function settledUntil(progress: Progress, sequence: number): number | null {
  if (sequence <= progress.backlog) return progress.backlog;
  const run = progress.ahead[firstEndingAtOrAfter(progress.ahead, sequence)];
  return run === undefined || run[0] > sequence ? null : run[1];
}

/** Who holds one analyzer of many apart leaves thousands of runs: looked up, not walked through. */
function firstEndingAtOrAfter(runs: readonly Run[], sequence: number): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle]![1] < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Highest sequence that it speaks of: no new record may get one at or below. */
export function highestOf(progress: Progress): number {
  const { backlog, ahead, since, until = {} } = progress;
  return [...Object.values(since), ...Object.values(until)].reduce(
    (a, b) => Math.max(a, b),
    Math.max(backlog, ahead.at(-1)?.[1] ?? 0),
  );
}

/**
 * An exporter made known, or known already and now wanting `analyzers`; what is new starts after `now`. Of those that
 * it wants no more, it goes on owing what was recorded until now, as `owing` says of a progress: a device that is
 * switched off for a week loses nothing by it. One that comes back meanwhile goes on from where it was.
 */
export function interested(
  known: Progress | null,
  analyzers: readonly AnalyzerId[],
  now: number,
  owing: (progress: Progress, of: ReadonlySet<AnalyzerId>) => ReadonlySet<AnalyzerId>,
): Progress {
  const { since = {}, until = {}, backlog = now, ahead = [] } = known ?? {};
  const wanted = new Set(analyzers);
  const before = Object.keys(since).map(Number);
  const left = before.filter((id) => !wanted.has(id));
  const back = analyzers.filter((id) => until[id] !== undefined);
  const ends = Object.fromEntries(left.map((id) => [id, until[id] ?? now]));
  const asked = new Set([...left, ...back]);
  const owes = asked.size === 0 ? asked : owing({ since, until: { ...until, ...ends }, backlog, ahead }, asked);
  const stay = left.filter((id) => owes.has(id));
  const isSettled = (id: AnalyzerId) => since[id] === undefined || (until[id] !== undefined && !owes.has(id));
  return {
    since: Object.fromEntries(
      [...analyzers, ...stay].map((id) => [id, wanted.has(id) && isSettled(id) ? now : (since[id] ?? now)]),
    ),
    ...(stay.length > 0 && { until: Object.fromEntries(stay.map((id) => [id, ends[id] ?? now])) }),
    ...{ backlog, ahead },
  };
}

export function sameInterest(a: Progress, b: Progress): boolean {
  // keys that are numbers come in order
  return JSON.stringify([a.since, a.until ?? {}]) === JSON.stringify([b.since, b.until ?? {}]);
}

/**
 * Settles one sequence. `owedBetween(after, before)` says whether anything owed lies strictly between two settled
 * places: where nothing does, two runs become one.
 */
export function settle(
  progress: Progress,
  sequence: number,
  owedBetween: (after: number, before: number) => boolean,
): Progress {
  if (settledUntil(progress, sequence) !== null) return progress;
  const { ahead } = progress;
  const at = firstEndingAtOrAfter(ahead, sequence);
  const left = ahead[at - 1];
  const right = ahead[at];
  const joinsLeft = left !== undefined && !owedBetween(left[1], sequence);
  const joinsRight = right !== undefined && !owedBetween(sequence, right[0]);
  const run: Run = [joinsLeft ? left[0] : sequence, joinsRight ? right[1] : sequence];
  const from = joinsLeft ? at - 1 : at;
  return { ...progress, ahead: ahead.toSpliced(from, (joinsRight ? at + 1 : at) - from, run) };
}

/** Moves the backlog cursor up to just before the first that is owed, or to `last` when nothing is. */
export function advance(progress: Progress, firstOwed: number | null, last: number): Progress {
  const backlog = Math.max(progress.backlog, firstOwed === null ? last : firstOwed - 1);
  if (backlog === progress.backlog) return progress;
  const ahead = progress.ahead.slice(firstEndingAtOrAfter(progress.ahead, backlog + 1));
  return { ...progress, backlog, ahead };
}
