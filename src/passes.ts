import { type Pass, passOf } from './domain/pass.ts';
import type { Log } from './domain/ports.ts';
import { CLOCK_BACK_MS } from './domain/schedule.ts';
import type { StateFile, Store } from './domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from './domain/units.ts';

/** How often the wall clock was put back, over all runs: readings of a time that came twice are told apart by it. */
export type Passes = {
  /** Number of the last pass of the run before; 0: the clock was never put back. */
  readonly last: number;
  /** Number of that with which this run begins: another one when the clock is behind what the last run left. */
  readonly first: number;
  /** What the clock said when the last run ended, where it says less now; null: it does not. */
  readonly left: EpochMs | null;
  /** What the clock was put back to at the beginning of the last pass of the run before; null: not known. */
  readonly from: EpochMs | null;
  /** A pass began: kept over a restart. */
  begin(pass: Pass): void;
};

/** Marks of being alive are at most so far apart. */
const MARK_MS = 60_000;

export type PassesOptions = {
  readonly state: StateFile;
  readonly store: Store;
  readonly analyzerIds: readonly AnalyzerId[];
  readonly now: EpochMs;
  readonly log: Log;
};

export function openPasses({ state, store, analyzerIds, now, log }: PassesOptions): Passes {
  const kept = state.read().pass;
  const newest = analyzerIds.flatMap((id) => store.lastReading(id) ?? []);
  // the state may have been lost, and the readings not
  const last = Math.max(kept?.number ?? 0, ...newest.map(passOf));
  const left = lastInstant(store, analyzerIds, last) ?? now;
  const isBack = now < left - CLOCK_BACK_MS;
  const begin = (pass: Pass) => {
    state
      .update((before) => ({ ...before, pass }))
      .catch((error) => log.error({ error }, 'that the clock was put back could not be kept over a restart'));
  };
  const first = isBack ? last + 1 : last;
  const from = kept?.number === last ? epochMs(kept.from) : null;
  if (isBack) begin({ number: first, from: now });
  return { last, from, first, left: isBack ? left : null, begin };
}

/** The latest that the run before is known to have lived: its last mark, or a reading of the same pass after it. */
function lastInstant(store: Store, analyzerIds: readonly AnalyzerId[], pass: number): EpochMs | null {
  const newest = analyzerIds.flatMap((id) => store.lastReading(id) ?? []);
  const alive = store.lastAlive();
  const after = alive === null ? [] : analyzerIds.flatMap((id) => store.readings(id, alive, epochMs(alive + MARK_MS)));
  const seen = [...newest, ...after].filter((reading) => passOf(reading) === pass).map((reading) => reading.nominal);
  const all = alive === null ? seen : [...seen, alive];
  return all.length === 0 ? null : epochMs(Math.max(...all));
}
