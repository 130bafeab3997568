import type { Failure } from './errors.ts';
import type { AnalyzerId } from './units.ts';

/** echo: the adapter hears what it sends. settings: all that ever came was garbled, so baud rate or parity differ. */
export type LineHint = 'echo' | 'settings';

/** Garbled answers of one analyzer, none of which made sense, before the settings of the line are doubted. */
export const GARBLED_CYCLES = 3;

/** What the things noticed on a line say together about the line itself. Plain data. */
export type LineHints = {
  /** Given to people already: each is given once. */
  readonly given: readonly LineHint[];
  /** Hints that are due. */
  readonly due: readonly LineHint[];
  /** Garbled answers by analyzer; null: something that came made sense, so the settings are right. */
  readonly garbled: Readonly<Record<AnalyzerId, number>> | null;
};

export const NO_HINTS: LineHints = { given: [], due: [], garbled: {} };

/** An answer made sense: baud rate and parity are right. */
export function understood(hints: LineHints): LineHints {
  return hints.garbled === null ? hints : { ...hints, garbled: null };
}

/** A request of an analyzer failed. Silence says nothing about the settings. */
export function noteGarbled(hints: LineHints, analyzerId: AnalyzerId, failure: Failure): LineHints {
  if (hints.garbled === null) return hints;
  switch (failure.code) {
    case 'DEVICE_REFUSED':
    case 'DEVICE_BUSY':
      return understood(hints);
    case 'FRAME_CRC':
    case 'FRAME_TRUNCATED':
    case 'FRAME_MALFORMED': {
      // a whole frame that is merely not the expected one
      if (failure.code === 'FRAME_MALFORMED' && failure.facts.junk === 0) return hints;
      const count = (hints.garbled[analyzerId] ?? 0) + 1;
      const next = { ...hints, garbled: { ...hints.garbled, [analyzerId]: count } };
      return count >= GARBLED_CYCLES ? noteDue(next, 'settings') : next;
    }
    default:
      return hints;
  }
}

/** A hint is due unless it was given before. */
export function noteDue(hints: LineHints, hint: LineHint): LineHints {
  const known = hints.given.includes(hint) || hints.due.includes(hint);
  return known ? hints : { ...hints, due: [...hints.due, hint] };
}

/** All that is due has been given. */
export function noteGiven(hints: LineHints): LineHints {
  return { ...hints, given: [...hints.given, ...hints.due], due: [] };
}
