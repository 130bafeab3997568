import type { OffsetAt } from './grid.ts';
import { commonInstant, type RecordingGrid } from './recording-grid.ts';
import type { Scheduled } from './schedule.ts';
import { type EpochMs, epochMs } from './units.ts';

/**
 * What still holds of the recording interval that was in force, where `recordingMs` takes its place at `now`: until the
 * first instant common to both grids. A second change before that instant goes on from the interval that the open
 * window has. null: nothing of the former one holds.
 */
export function changedGrid(o: {
  readonly former: Scheduled;
  readonly recordingMs: number;
  readonly now: EpochMs;
  readonly offsetAt: OffsetAt;
}): RecordingGrid['before'] {
  const { former, recordingMs, offsetAt } = o;
  if (former.recordingMs === recordingMs) return former.before ?? null;
  // windows that ended after this are not handed out yet: they end as they began
  const taken = epochMs(o.now - former.staggerMs);
  const inForce = former.before && taken + 1 <= former.before.until ? former.before.recordingMs : former.recordingMs;
  if (inForce === recordingMs) return null;
  return { recordingMs: inForce, until: commonInstant(epochMs(taken - 1), inForce, recordingMs, offsetAt) };
}
