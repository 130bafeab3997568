import type { Log } from './domain/ports.ts';
import type { Reading } from './domain/reading.ts';
import { CLOCK_BACK_MS } from './domain/schedule.ts';
import type { StateFile, Store } from './domain/store-port.ts';
import type { AnalyzerId, EpochMs } from './domain/units.ts';

/** A stretch of time in which the wall clock was not put back: its number, counted from 0, and when it began. */
export type Pass = { readonly number: number; readonly from: EpochMs | null };

/** How often the wall clock was put back, over all runs: readings of a time that came twice are told apart by it. */
export type Passes = {
  /** Of the run before. */
  readonly last: Pass;
  /** With which this run begins: another one when the wall clock is behind what the last run left. */
  readonly first: number;
  /** Remembers over a restart that a pass began. */
  begin(pass: Pass): void;
};

export const passOf = (reading: Pick<Reading, 'pass'>): number => reading.pass ?? 0;

export type PassesOptions = {
  readonly state: StateFile;
  readonly store: Store;
  readonly analyzerIds: readonly AnalyzerId[];
  readonly now: EpochMs;
  readonly log: Log;
};

export function openPasses({ state, store, analyzerIds, now, log }: PassesOptions): Passes {
  const newest = analyzerIds.flatMap((id) => store.lastReading(id) ?? []);
  const kept = state.read().pass;
  const number = Math.max(kept?.number ?? 0, ...newest.map(passOf));
  const last: Pass = { number, from: kept?.number === number ? (kept.from as EpochMs) : null };
  const seen = newest.filter((reading) => passOf(reading) === number).map((reading) => reading.nominal);
  const isBack = now < Math.max(...seen, store.lastAlive() ?? now) - CLOCK_BACK_MS;
  const begin = (pass: Pass) => {
    state
      .update((before) => ({ ...before, pass: { number: pass.number, from: pass.from ?? 0 } }))
      .catch((error) => log.error({ error }, 'that the clock was put back could not be kept over a restart'));
  };
  const first = isBack ? number + 1 : number;
  if (isBack) begin({ number: first, from: now });
  return { last, first, begin };
}
