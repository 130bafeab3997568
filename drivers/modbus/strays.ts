import type { Clock, LinkObserver } from '../../src/domain/ports.ts';
import type { Request } from './requests.ts';
import type { Stray, StrayFrame } from './scan.ts';
import type { UnitLedger } from './unit-ledger.ts';

const ECHO = 'echo: the adapter hears what it sends; check its wiring (2-wire, RE to DE) or its echo switch';

/** What was found among the strays of one look at the line. */
export type StrayCount = {
  /** Bytes that were part of no frame. */
  readonly junk: number;
  /** A good frame of the unit that was asked, which nothing it was ever asked explains. */
  readonly malformed: boolean;
};

export type StrayReport = (strays: readonly Stray[], request: Request | null) => StrayCount;

/** Tells the observer what passed beside the answers, and the ledger which late answers have been seen whole. */
export function createStrayReport(o: {
  readonly clock: Clock;
  readonly ledger: UnitLedger;
  readonly observer: LinkObserver;
}): StrayReport {
  const { clock, ledger, observer } = o;

  /** Whether the frame is malformed. */
  const onFrame = (stray: StrayFrame, request: Request | null): boolean => {
    const known = ledger.noteStray(stray.unit, stray, clock.mono()) === 'late';
    const words = `${stray.bytes.length} bytes of function ${stray.function} from unit ${stray.unit}`;
    if (known) observer.onEvent?.({ kind: 'late', unit: stray.unit, text: words });
    const foreign = stray.unit !== request?.unit;
    // A late answer while nobody waits troubles nobody; while another unit is asked it does.
    if (foreign && (request !== null || !known)) {
      const asked = request === null ? 'nobody was asked' : `unit ${request.unit} was asked`;
      observer.onEvent?.({ kind: 'unexpectedUnit', unit: stray.unit, text: `${words} while ${asked}` });
    }
    return !known && !foreign;
  };

  return (strays, request) => {
    let junk = 0;
    let malformed = false;
    for (const stray of strays) {
      const direction = stray.kind === 'frame' ? 'answer' : 'junk';
      observer.onFrame?.({ direction, bytes: stray.bytes.slice(), at: clock.now() });
      if (stray.kind === 'frame') malformed = onFrame(stray, request) || malformed;
      else if (stray.kind === 'junk') junk += stray.bytes.length;
      else observer.onEvent?.({ kind: 'echo', unit: request?.unit ?? 0, text: ECHO });
    }
    return { junk, malformed };
  };
}
