import type { Reading } from '../domain/reading.ts';
import type { EpochMs } from '../domain/units.ts';
import type { IsoTime, ReadingView } from './views.ts';

/** A reading as it is shown; `iso` prints an instant in the node's zone. */
export function readingView(reading: Reading, iso: (at: EpochMs) => IsoTime): ReadingView {
  const { at, nominal, grid, values, flags, failure } = reading;
  return {
    at: iso(at),
    nominal: iso(nominal),
    grid,
    forced: reading.forced === true,
    values,
    flags,
    failure: failure === null ? null : { code: failure.code, message: failure.message },
  };
}
