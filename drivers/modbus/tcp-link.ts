import { LectorError } from '../../src/domain/errors.ts';
import type { Clock, Line, Link, LinkObserver } from '../../src/domain/ports.ts';
import type { UnitId } from '../../src/domain/units.ts';
import { createAsking, type Exchanged, type Wire } from './asking.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createRegisterCodec } from './register-codec.ts';
import type { Request } from './requests.ts';
import { createTcpWire } from './tcp-wire.ts';
import { createUnitLedger } from './unit-ledger.ts';

/** Timeouts in a row after which the connection is taken for half open and made anew. */
const TIMEOUTS_MAX = 2;

/** What carries bytes between two (re)openings; `spent` when it must be made anew before the next request. */
type Opening = { readonly inbox: Inbox; readonly spent: boolean };

/**
 * Modbus TCP over a line, as `Link` of domain/ports.ts says. Transaction number, protocol, length, unit, function
 * and byte count must fit. Two timeouts in a row, or a stream whose frames cannot be found any more, end the
 * connection: the next ask opens a new one, and rejects LINE_OPEN_FAILED (with onLost) when that fails. Other codes
 * as with `createRtuLink`.
 */
export function createTcpLink(o: {
  readonly line: Line;
  readonly clock: Clock;
  readonly gapMs: number;
  readonly observer: LinkObserver;
}): Link {
  const { line, clock, observer } = o;
  const ledger = createUnitLedger(false);
  const tcp = createTcpWire({ line, clock, gapMs: o.gapMs, ledger, observer });
  let codec = createRegisterCodec();
  let opening: Opening | null = null;
  let timeouts = 0;
  let inFlight: UnitId = 0;

  const closed = () => new LectorError('LINE_CLOSED', `${line.description} is not open`);
  const onLost = (cause: unknown): void => {
    observer.onEvent?.({ kind: 'lost', unit: inFlight, text: `${line.description} was lost` });
    observer.onLost?.(cause);
  };

  /** Ends the connection; the next ask makes a new one. */
  const spend = async (used: Inbox): Promise<void> => {
    if (opening?.inbox !== used) return;
    opening = { inbox: used, spent: true };
    used.stop();
    await line.close();
  };
  const onIdleBytes = (inbox: Inbox): void => {
    try {
      tcp.takeStrays(inbox);
    } catch (error) {
      observer.onEvent?.({ kind: 'malformed', unit: 0, text: (error as Error).message });
      void spend(inbox);
    }
  };
  const begin = (): Inbox => {
    const inbox: Inbox = createInbox({ line, clock, onIdleBytes: () => onIdleBytes(inbox), onLost });
    opening = { inbox, spent: false };
    codec = createRegisterCodec();
    timeouts = 0;
    return inbox;
  };

  const reopen = async (from: Opening): Promise<Inbox> => {
    await line.close();
    try {
      await line.open();
    } catch (error) {
      if (opening === from) {
        opening = null;
        onLost(error);
      }
      throw error;
    }
    if (opening !== from) throw closed();
    return begin();
  };

  const noteFailure = async (inbox: Inbox, error: unknown): Promise<void> => {
    if (!(error instanceof LectorError)) return;
    timeouts = error.code === 'LINE_TIMEOUT' ? timeouts + 1 : 0;
    if (timeouts >= TIMEOUTS_MAX || error.facts.broken === 1) await spend(inbox);
  };

  const exchange = async (request: Request, timeoutMs: number): Promise<Exchanged> => {
    if (!opening) throw closed();
    const inbox = opening.spent ? await reopen(opening) : opening.inbox;
    inFlight = request.unit;
    inbox.attend();
    try {
      const exchanged = await tcp.exchange(inbox, request, timeoutMs);
      timeouts = 0;
      return exchanged;
    } catch (error) {
      await noteFailure(inbox, error);
      throw error;
    } finally {
      inFlight = 0;
      inbox.watch();
    }
  };
  const wire: Wire = { description: line.description, exchange };
  const ask = createAsking({ wire, ledger, codec: () => codec, observer });

  const close = async (): Promise<void> => {
    opening?.inbox.stop();
    opening = null;
    await line.close();
  };

  return {
    async open() {
      if (opening) await close();
      await line.open();
      begin().watch();
    },
    transact: ask,
    close,
  };
}
