import { LectorError } from '../../src/domain/errors.ts';
import type { Clock, Line, LinkObserver } from '../../src/domain/ports.ts';
import { monoMs } from '../../src/domain/units.ts';
import type { Exchanged } from './asking.ts';
import type { Inbox } from './inbox.ts';
import type { Request } from './requests.ts';
import { EXCEPTION_LENGTH, type Rest, scanAnswer, type Wreck } from './scan.ts';
import type { StrayReport } from './strays.ts';
import type { UnitLedger } from './unit-ledger.ts';

/** More bytes than these that are no answer: it is given up. */
export const JUNK_BYTES_MAX = 600;
/** Junk that a turning line driver may make; of more, it is said that something answered that nobody understands. */
const GLITCH_BYTES = 3;
/** Bytes gather while this passes: at first, and at most, when what comes is not the answer. */
const NOISE_PAUSE_MS = 2;
const NOISE_PAUSE_MAX_MS = 32;
/** Longest sleep for the rest of an answer: on slow lines, a torn answer is to be noticed sooner than at its end. */
const REST_SLEEP_MAX_MS = 250;
/** An answer that stalls is looked at again so soon, whatever it lacks. */
const STALL_PAUSE_MS = 4;
/** Data bytes of an answer whose length is not known from its request. */
const UNKNOWN_BYTES = 251;
/** A slow meter may take so much more than the line needs for its answer. */
const SLOWNESS = 1.25;

/** Durations in ms that a line keeps; `charMs` 0 where bytes take no time of ours (TCP). */
export type RtuPace = {
  readonly charMs: number;
  readonly silenceMs: number;
  readonly gapMs: number;
  readonly idleMs: number;
};

export type RtuWireOptions = {
  readonly line: Line;
  readonly clock: Clock;
  readonly pace: RtuPace;
  readonly ledger: UnitLedger;
  readonly report: StrayReport;
  readonly observer: LinkObserver;
};

/** When the pending bytes were first seen and how many they were then: says when the rest must be there. */
type Burst = { readonly at: number; readonly size: number };

/** How the search for one answer stands. */
type Search = {
  readonly request: Request;
  firstBy: number;
  readonly timeoutMs: number;
  junk: number;
  malformed: boolean;
  burst: Burst | null;
  pauseMs: number;
};

const DISTURBED = 'check shielding, termination and that no other meter has this address';
const UNREADABLE = 'check baud rate and parity, and that no other meter has this address';
const SILENT = 'check its address, its wiring and its power';
const BABBLE = 'something sends without being asked, or termination and biasing are missing';

const nextPause = (pauseMs: number): number => Math.min(NOISE_PAUSE_MAX_MS, Math.max(NOISE_PAUSE_MS, pauseMs * 2));
const where = (request: Request, line: Line): string => `unit ${request.unit} on ${line.description}`;

/** One RTU exchange after the other over the inbox of the present opening. */
export function createRtuWire(o: RtuWireOptions) {
  const { line, clock, pace, ledger, report, observer } = o;
  let noSendBefore = 0;
  let idleJunk = 0;

  const fault = (code: LectorError['code'], search: Search, message: string): LectorError => {
    const { unit, function: asked } = search.request;
    return new LectorError(code, message, { unit, function: asked, timeoutMs: search.timeoutMs, junk: search.junk });
  };

  /** The answer may still come: the unit is left in peace for one timeout and must then be resynchronised. */
  const owe = (error: LectorError, { request, timeoutMs }: { request: Request; timeoutMs: number }): LectorError => {
    ledger.noteTimeout(request.unit, request, monoMs(clock.mono() + timeoutMs));
    return new LectorError(error.code, error.message, { ...error.facts, quietMs: timeoutMs }, error.cause);
  };

  const tooMuchJunk = (search: Search, pending: number): LectorError => {
    search.junk += pending;
    noSendBefore = clock.mono() + pace.idleMs;
    const whose = where(search.request, line);
    const message = `over ${JUNK_BYTES_MAX} bytes that are no answer came instead of one from ${whose}: ${UNREADABLE}`;
    return owe(fault('FRAME_MALFORMED', search, message), search);
  };

  /** An answer that was torn or bent has passed, if it was that answer: otherwise it may still come. */
  const wrecked = (search: Search, rest: Wreck): LectorError => {
    const { request } = search;
    if (!rest.sure) ledger.of(request.unit).dirty = true;
    const whose = `the answer of ${where(request, line)} to ${request.words}`;
    if (rest.kind === 'bad') return fault('FRAME_CRC', search, `${whose} arrived with a wrong CRC: ${DISTURBED}`);
    const short = `${rest.have} bytes, at least ${rest.missing} more were expected`;
    const message = `${whose} stopped after ${short}: ${DISTURBED}`;
    return fault('FRAME_TRUNCATED', search, message);
  };

  /** Why nothing more is waited for. */
  const givenUp = (search: Search, rest: Rest, pending: number): LectorError => {
    if (rest.kind === 'answer' || rest.kind === 'bad') return wrecked(search, rest);
    const { request, timeoutMs } = search;
    const whose = where(request, line);
    if (search.malformed) {
      ledger.of(request.unit).dirty = true;
      const expected = request.byteCount === null ? 'in the form of one' : `with ${request.byteCount} data bytes`;
      const message = `${whose} answered ${request.words}, but not ${expected}: check the model`;
      return fault('FRAME_MALFORMED', search, message);
    }
    search.junk += pending;
    if (search.junk > GLITCH_BYTES) {
      const message = `${search.junk} bytes that are no answer came instead of one from ${whose}: ${UNREADABLE}`;
      return owe(fault('FRAME_MALFORMED', search, message), search);
    }
    const message = `${whose} did not answer ${request.words} within ${timeoutMs} ms: ${SILENT}`;
    return owe(fault('LINE_TIMEOUT', search, message), search);
  };

  /** When the search ends whatever comes: the first byte has its timeout, the whole answer another one. */
  const endsBy = ({ firstBy, burst, request, timeoutMs }: Search, rest: Rest): number => {
    if (rest.kind === 'nothing' || rest.kind === 'noise') return firstBy;
    const longest = ((request.byteCount ?? UNKNOWN_BYTES) + EXCEPTION_LENGTH) * pace.charMs * SLOWNESS + pace.idleMs;
    return (burst?.at ?? firstBy) + Math.max(timeoutMs, longest);
  };

  /**
   * Each byte of an answer renews the idle limit, what is no answer does not have one. It runs from when the line is
   * looked at, not from the last byte seen: nobody looked while they gathered, and a busy machine hands them over late.
   */
  const waitsUntil = (search: Search, rest: Rest): number => {
    const begun = rest.kind === 'answer' || rest.kind === 'bad' || search.malformed;
    return Math.min(endsBy(search, rest), begun ? clock.mono() + pace.idleMs : Number.POSITIVE_INFINITY);
  };

  /** How long to let bytes gather before looking again: few reads instead of one for each byte. */
  const gatherMs = (search: Search, rest: Rest, pending: number): number => {
    if (rest.kind === 'noise') {
      search.pauseMs = nextPause(search.pauseMs);
      return search.pauseMs;
    }
    if (rest.kind !== 'answer' || rest.missing === 1 || search.burst === null) return 0;
    const { at, size } = search.burst;
    const due = at + (pending + rest.missing - size) * pace.charMs - clock.mono();
    return due > 0 ? Math.min(REST_SLEEP_MAX_MS, due) : Math.min(STALL_PAUSE_MS, rest.missing * pace.charMs);
  };

  /** Looks at what has arrived: the answer, or null with the search brought up to date. */
  const look = (inbox: Inbox, search: Search): { readonly answer: Uint8Array | null; readonly rest: Rest } => {
    const { answer, strays, used, rest } = scanAnswer(inbox.bytes(), search.request);
    const found = report(strays, search.request);
    search.junk += found.junk + inbox.takeOverflow();
    search.malformed ||= found.malformed;
    const whole = answer?.slice() ?? null;
    inbox.drop(used);
    const pending = inbox.bytes().length;
    if (pending === 0) search.burst = null;
    else if (used > 0 || search.burst === null) search.burst = { at: inbox.lastByteAt(), size: pending };
    return { answer: whole, rest };
  };

  const receive = async (inbox: Inbox, search: Search): Promise<Uint8Array> => {
    let overdue = false;
    for (;;) {
      const { answer, rest } = look(inbox, search);
      if (answer) return answer;
      const pending = inbox.bytes().length;
      if (search.junk + (rest.kind === 'noise' ? pending : 0) > JUNK_BYTES_MAX) throw tooMuchJunk(search, pending);
      // What waited in the transport while this process was busy has been looked at when `overdue` is set.
      if (overdue && clock.mono() >= endsBy(search, rest)) throw givenUp(search, rest, pending);
      const restMs = gatherMs(search, rest, pending);
      if (restMs > 0) await inbox.sleep(restMs);
      overdue = clock.mono() >= endsBy(search, rest);
      if (!(await inbox.more(waitsUntil(search, rest)))) throw givenUp(search, rest, pending);
    }
  };

  /** What came while nobody was asked; leaves what may still become a frame. */
  const takeStrays = (inbox: Inbox): void => {
    const scan = scanAnswer(inbox.bytes(), null);
    idleJunk += report(scan.strays, null).junk + inbox.takeOverflow();
    inbox.drop(scan.used);
    if (inbox.bytes().length > JUNK_BYTES_MAX) idleJunk += dropAll(inbox);
  };

  /** What is pending can be nothing any more. */
  function dropAll(inbox: Inbox): number {
    const bytes = inbox.bytes();
    const { length } = bytes;
    if (length > 0) report([{ kind: 'junk', bytes }], null);
    inbox.drop(length);
    return length;
  }

  const tellJunk = (bytes: number, unit: number): void => {
    if (bytes > 0) observer.onEvent?.({ kind: 'junk', unit, text: `${bytes} bytes that are part of no frame` });
  };

  /** Waits until the line has been silent long enough to send. Rejects LINE_NOISY after `limitMs` of babble. */
  const silence = async (inbox: Inbox, unit: number, limitMs: number): Promise<void> => {
    const giveUpAt = clock.mono() + limitMs;
    let pauseMs = 0;
    for (;;) {
      const quietUntil = ledger.of(unit).quietUntil;
      const until = Math.max(inbox.silentSince() + pace.silenceMs + pace.gapMs, noSendBefore, quietUntil);
      if (clock.mono() >= until) return;
      if (!(await inbox.more(until))) continue;
      takeStrays(inbox);
      if (clock.mono() > Math.max(giveUpAt, quietUntil)) {
        const message = `${line.description} is never silent, so nothing can be asked: ${BABBLE}`;
        throw new LectorError('LINE_NOISY', message, { unit });
      }
      pauseMs = nextPause(pauseMs);
      await inbox.sleep(pauseMs);
    }
  };

  const send = async (inbox: Inbox, request: Request, timeoutMs: number): Promise<void> => {
    observer.onFrame?.({ direction: 'request', bytes: request.bytes, at: clock.now() });
    try {
      await line.write(request.bytes, timeoutMs);
    } catch (error) {
      if (error instanceof LectorError && error.code === 'LINE_CLOSED') inbox.lose(error);
      throw error;
    }
  };

  /** What a failed exchange leaves on the line is thrown away. */
  const clear = async (inbox: Inbox): Promise<void> => {
    dropAll(inbox);
    // A line that is lost says so through its parked read.
    await line.flush().catch(() => undefined);
  };

  const exchange = async (inbox: Inbox, request: Request, timeoutMs: number): Promise<Exchanged> => {
    await silence(inbox, request.unit, timeoutMs);
    takeStrays(inbox);
    tellJunk(idleJunk + dropAll(inbox), 0);
    idleJunk = 0;
    const at = clock.now();
    const startedAt = clock.mono();
    ledger.noteSent(request, startedAt);
    const search: Search = { request, firstBy: 0, timeoutMs, junk: 0, malformed: false, burst: null, pauseMs: 0 };
    try {
      await send(inbox, request, timeoutMs);
      search.firstBy = clock.mono() + request.bytes.length * pace.charMs + timeoutMs;
      const frame = await receive(inbox, search);
      observer.onFrame?.({ direction: 'answer', bytes: frame, at: clock.now() });
      return { frame, at, tookMs: inbox.lastByteAt() - startedAt };
    } catch (error) {
      const unasked =
        error instanceof LectorError && (error.code === 'LINE_CLOSED' || error.code === 'LINE_WRITE_BLOCKED');
      if (unasked) owe(error, search);
      await clear(inbox);
      throw error;
    } finally {
      tellJunk(search.junk, request.unit);
    }
  };

  return { exchange, takeStrays };
}
