import { LectorError } from '../../src/domain/errors.ts';
import type { Clock, Line, Link, LinkObserver } from '../../src/domain/ports.ts';
import type { UnitId } from '../../src/domain/units.ts';
import { createAsking, type Exchanged, type Wire } from './asking.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createRegisterCodec } from './register-codec.ts';
import type { Request } from './requests.ts';
import { createRtuWire, type RtuPace } from './rtu-wire.ts';
import { createStrayReport } from './strays.ts';
import { createUnitLedger } from './unit-ledger.ts';

/** Start, eight data bits, parity and stop (Modbus over serial line V1.02, 2.5.1); 10 for 8N1. */
const CHAR_BITS = 11;
const SILENCE_CHARS = 3.5;
/** Above 19200 baud the silence is fixed (Modbus over serial line V1.02, 2.5.1.1). */
const FAST_BAUD = 19_200;
const FAST_SILENCE_MS = 1.75;
/** A gateway keeps the silence of its own line. */
const TCP_SILENCE_MS = 1;

export type RtuLinkOptions = {
  readonly line: Line;
  readonly clock: Clock;
  /** null: RTU frames over TCP. */
  readonly baud: number | null;
  readonly charBits?: number;
  /** Pause in ms beside the silence of 3.5 characters. */
  readonly gapMs: number;
  /** Silence in ms after which an unfinished answer is given up. */
  readonly idleMs: number;
  readonly observer: LinkObserver;
};

function paceOf({ baud, charBits = CHAR_BITS, gapMs, idleMs }: RtuLinkOptions): RtuPace {
  if (baud === null) return { charMs: 0, silenceMs: TCP_SILENCE_MS, gapMs, idleMs };
  const charMs = (charBits * 1000) / baud;
  return { charMs, silenceMs: baud > FAST_BAUD ? FAST_SILENCE_MS : SILENCE_CHARS * charMs, gapMs, idleMs };
}

/**
 * Modbus RTU over a line, as `Link` of domain/ports.ts says. Answers are searched by unit, function, exact length
 * and CRC; a unit that let a timeout pass, or was never heard, must answer its reserved read before anything else is
 * sent to it, so a late answer is never taken for another one. Rejects LINE_TIMEOUT and FRAME_MALFORMED (both with
 * facts.quietMs when the answer may still come), FRAME_CRC, FRAME_TRUNCATED, LINE_NOISY, LINE_CLOSED,
 * LINE_WRITE_BLOCKED, DEVICE_REFUSED, DEVICE_BUSY, PROFILE_INVALID (what this link cannot ask), QUEUE_FULL (an ask
 * is under way).
 */
export function createRtuLink(options: RtuLinkOptions): Link {
  const { line, clock, observer } = options;
  const ledger = createUnitLedger(true);
  const report = createStrayReport({ clock, ledger, observer });
  const rtu = createRtuWire({ line, clock, pace: paceOf(options), ledger, report, observer });
  const codec = createRegisterCodec();
  let inbox: Inbox | null = null;
  let inFlight: UnitId = 0;

  const closed = () => new LectorError('LINE_CLOSED', `${line.description} is not open`);
  const exchange = async (request: Request, timeoutMs: number): Promise<Exchanged> => {
    const used = inbox;
    if (!used) throw closed();
    inFlight = request.unit;
    used.attend();
    try {
      return await rtu.exchange(used, request, timeoutMs);
    } finally {
      inFlight = 0;
      used.watch();
    }
  };
  const wire: Wire = { description: line.description, exchange };
  const ask = createAsking({ wire, ledger, codec: () => codec, observer });

  const close = async (): Promise<void> => {
    inbox?.stop();
    inbox = null;
    await line.close();
  };
  const onLost = (cause: unknown): void => {
    observer.onEvent?.({ kind: 'lost', unit: inFlight, text: `${line.description} was lost` });
    observer.onLost?.(cause);
  };

  return {
    async open() {
      if (inbox) await close();
      await line.open();
      const opened: Inbox = createInbox({ line, clock, onIdleBytes: () => rtu.takeStrays(opened), onLost });
      inbox = opened;
      opened.watch();
    },
    transact: ask,
    close,
  };
}
