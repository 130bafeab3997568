import type { MonoMs } from '../domain/units.ts';

/** The hello, and each line that was begun, must be whole within so many ms. */
export const WHOLE_WITHIN_MS = 30_000;
/** A client that sends nothing for so long is gone; one that is told what happens may be silent. */
export const SILENCE_MS = 300_000;
/** One that there is no place for is told so if it asks soon. */
export const REFUSED_SILENCE_MS = 10_000;
/** A client whose output is full and that takes nothing of it for so long does not read. */
export const NOT_READING_MS = 30_000;
/** The same while all clients together have too much waiting: others wait for it. */
export const NOT_READING_PRESSED_MS = 5_000;
/** How long an end may take, from when the client last took something. */
export const END_WITHIN_MS = 5_000;

/** What of a client may take too long. Instants; null: nothing of that kind is waited for. */
export type Waits = {
  /** The rest of its hello or of a line. */
  readonly restSince: MonoMs | null;
  /** It has nothing to say, and should. */
  readonly silentSince: MonoMs | null;
  /** Output that it does not take, and too much of it, or of all clients together. */
  readonly fullSince: MonoMs | null;
  /** It is being closed. */
  readonly endingSince: MonoMs | null;
};

/** farewell: says so where the dialect has a word for it, then closes; drop: closes at once. */
export type Overdue = 'no' | 'farewell' | 'drop';

/** Whether a client has kept somebody waiting for too long. */
export function overdue(waits: Waits, now: MonoMs, silenceMs: number, isPressed: boolean): Overdue {
  const isOver = (since: MonoMs | null, limitMs: number): boolean => since !== null && now - since >= limitMs;
  if (isOver(waits.endingSince, END_WITHIN_MS)) return 'drop';
  if (isOver(waits.fullSince, isPressed ? NOT_READING_PRESSED_MS : NOT_READING_MS)) return 'drop';
  return isOver(waits.restSince, WHOLE_WITHIN_MS) || isOver(waits.silentSince, silenceMs) ? 'farewell' : 'no';
}
