import type { ErrorCode } from './errors.ts';
import type { AnalyzerId, MonoMs } from './units.ts';

/** Requests in a row that each analyzer of a line must have lost before the adapter is suspected. */
export const SILENT_CYCLES = 3;
/** A line that is merely silent is opened anew at most this often. */
export const SILENT_REOPEN_MIN_MS = 60_000;

/** What a line has not heard since something was last heard on it: requests lost in a row, by analyzer. */
export type Silence = {
  readonly missed: Readonly<Record<AnalyzerId, number>>;
  readonly reopenedAt: MonoMs | null;
};

export const NO_SILENCE: Silence = { missed: {}, reopenedAt: null };

/** Something was heard on the line, right or wrong: the adapter lives. */
export function heard(silence: Silence): Silence {
  for (const _ in silence.missed) return { ...silence, missed: {} };
  return silence;
}

/** Takes note of how a request failed. Bytes that made no sense are bytes; a request that was never sent is nothing. */
export function noteFailure(silence: Silence, analyzerId: AnalyzerId, code: ErrorCode): Silence {
  switch (code) {
    case 'LINE_TIMEOUT':
    case 'LINE_WRITE_BLOCKED':
      return { ...silence, missed: { ...silence.missed, [analyzerId]: (silence.missed[analyzerId] ?? 0) + 1 } };
    case 'FRAME_CRC':
    case 'FRAME_TRUNCATED':
    case 'FRAME_MALFORMED':
    case 'DEVICE_REFUSED':
    case 'DEVICE_BUSY':
    case 'LINE_NOISY':
      return heard(silence);
    default:
      return silence;
  }
}

/** Whether every analyzer of the line is silent, long enough to blame the adapter, and the line may be opened anew. */
export function adapterSuspected(silence: Silence, active: readonly AnalyzerId[], now: MonoMs): boolean {
  if (active.length === 0) return false;
  if (silence.reopenedAt !== null && now - silence.reopenedAt < SILENT_REOPEN_MIN_MS) return false;
  return active.every((id) => (silence.missed[id] ?? 0) >= SILENT_CYCLES);
}

/** The line is opened anew because of its silence: counting begins again. */
export function silenceReopened(now: MonoMs): Silence {
  return { missed: {}, reopenedAt: now };
}
