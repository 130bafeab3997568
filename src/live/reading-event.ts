import { consulted } from '../domain/consulted.ts';
import { classOf } from '../domain/failure-class.ts';
import type { Reading } from '../domain/reading.ts';
import type { EpochMs } from '../domain/units.ts';
import type { ReadingEvent } from '../protocol/events.ts';
import { readingView } from '../protocol/reading-view.ts';
import type { IsoTime } from '../protocol/views.ts';
import type { AnalyzerTrack } from './ledger.ts';

/** A reading as listeners get it, with what it changes in the list. */
export function readingEvent(
  { config, codes, comm, good, failed, share, history }: AnalyzerTrack,
  reading: Reading,
  now: EpochMs,
  iso: (at: EpochMs) => IsoTime,
): ReadingEvent {
  return {
    id: config.id,
    reading: readingView(consulted(reading, codes), iso),
    comm,
    readings: { good, failed },
    errorShare: share.share(),
    energyKwh: history?.today.energy()?.kwh ?? null,
    cost: history?.today.cost() ?? null,
    minuteKw: history?.spark.last(now) ?? null,
  };
}

type Cause = Reading['failure'];

/** Whether the meter answered: one that refuses does. null: it was not asked, which says nothing. */
export function isAnswered(failure: Cause): boolean | null {
  const kind = failure === null ? 'refused' : classOf({ ...failure, facts: {} });
  return kind === 'turnedAway' ? null : kind === 'refused';
}
