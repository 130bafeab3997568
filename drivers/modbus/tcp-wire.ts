import { LectorError } from '../../src/domain/errors.ts';
import type { Clock, Line, LinkObserver } from '../../src/domain/ports.ts';
import type { Exchanged } from './asking.ts';
import { withCrc } from './crc.ts';
import type { Inbox } from './inbox.ts';
import type { Request } from './requests.ts';
import type { UnitLedger } from './unit-ledger.ts';

/** Transaction, protocol and length: two bytes each (Modbus messaging on TCP/IP V1.0b, 3.1.3). */
const HEAD_LENGTH = 6;
/** Unit, function and at least one byte; at most a PDU of 253 bytes with its unit. */
const LENGTH_MIN = 3;
const LENGTH_MAX = 254;

type TcpFrame = { readonly transaction: number; readonly body: Uint8Array; readonly bytes: Uint8Array };
type Parsed =
  | { readonly kind: 'frame'; readonly frame: TcpFrame }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'broken'; readonly why: string };

/** The request with its MBAP header in place of its CRC. */
function encode(transaction: number, rtuFrame: Uint8Array): Uint8Array {
  const length = rtuFrame.length - 2;
  const bytes = new Uint8Array(HEAD_LENGTH + length);
  bytes.set([transaction >> 8, transaction & 0xff, 0, 0, length >> 8, length & 0xff]);
  bytes.set(rtuFrame.subarray(0, length), HEAD_LENGTH);
  return bytes;
}

/** The frame at the start of the stream. A header that cannot be one leaves no way to find the next frame. */
function parse(buffer: Uint8Array): Parsed {
  const word = (at: number) => (buffer[at]! << 8) | buffer[at + 1]!;
  if (buffer.length >= 4 && word(2) !== 0) return { kind: 'broken', why: `protocol ${word(2)} instead of 0` };
  if (buffer.length < HEAD_LENGTH) return { kind: 'incomplete' };
  const length = word(4);
  if (length < LENGTH_MIN || length > LENGTH_MAX) {
    return { kind: 'broken', why: `length ${length} instead of ${LENGTH_MIN}..${LENGTH_MAX}` };
  }
  const end = HEAD_LENGTH + length;
  if (buffer.length < end) return { kind: 'incomplete' };
  const bytes = buffer.slice(0, end);
  return { kind: 'frame', frame: { transaction: word(0), body: bytes.subarray(HEAD_LENGTH), bytes } };
}

/** Why the body is not the answer to the request. `broken`: its length is wrong, so what follows may be its rest. */
type Mismatch = { readonly why: string; readonly broken: boolean };

function mismatch(body: Uint8Array, request: Request): Mismatch | null {
  const why = (text: string): Mismatch => ({ why: text, broken: false });
  const length = (text: string): Mismatch => ({ why: text, broken: true });
  const [unit, code, third] = body;
  if (unit !== request.unit) return why(`unit ${unit} instead of ${request.unit}`);
  if (code === (request.function | 0x80)) {
    return body.length === 3 ? null : length(`an exception of ${body.length} bytes instead of 3`);
  }
  if (code !== request.function) return why(`function ${code} instead of ${request.function}`);
  if (code === 43) return third === 14 && body.length >= 8 ? null : why('no device identification');
  const expected = request.byteCount ?? third;
  if (third !== expected) return why(`${third} data bytes instead of ${expected}`);
  if (body.length === third! + 3) return null;
  return length(`${body.length - 3} data bytes where ${third} are announced`);
}

export type TcpWire = {
  exchange(inbox: Inbox, request: Request, timeoutMs: number): Promise<Exchanged>;
  /** Frames that came while nobody was asked. Throws FRAME_MALFORMED when the stream is broken. */
  takeStrays(inbox: Inbox): void;
};

/** One Modbus TCP exchange after the other. FRAME_MALFORMED and FRAME_TRUNCATED with facts.broken: reopen the line. */
export function createTcpWire(o: {
  readonly line: Line;
  readonly clock: Clock;
  readonly gapMs: number;
  readonly ledger: UnitLedger;
  readonly observer: LinkObserver;
}): TcpWire {
  const { line, clock, gapMs, ledger, observer } = o;
  // A gateway may still hold what the process before this one asked: numbers are not begun again at the same one.
  let transaction = clock.now() & 0xffff;
  let neverSent = true;

  const broken = (why: string): LectorError => {
    const hint = 'check that its port speaks Modbus TCP and not RTU over TCP';
    const message = `${line.description} sent what is no Modbus TCP (${why}): ${hint}`;
    return new LectorError('FRAME_MALFORMED', message, { broken: 1 });
  };

  /** The next whole frame that has arrived, or null. */
  const takeFrame = (inbox: Inbox): TcpFrame | null => {
    if (inbox.takeOverflow() > 0) throw broken('more bytes than were asked for');
    const parsed = parse(inbox.bytes());
    if (parsed.kind === 'broken') throw broken(parsed.why);
    if (parsed.kind === 'incomplete') return null;
    inbox.drop(parsed.frame.bytes.length);
    observer.onFrame?.({ direction: 'answer', bytes: parsed.frame.bytes, at: clock.now() });
    return parsed.frame;
  };

  /** A frame with another transaction number: the late or doubled answer to an earlier request. */
  const onStray = ({ body }: TcpFrame): void => {
    const [unit = 0, code = 0, third = 0] = body;
    const byteCount = code === 3 || code === 4 ? third : null;
    const known = ledger.noteStray(unit, { function: code, byteCount }, clock.mono()) === 'late';
    const text = `${body.length} bytes of function ${code} from unit ${unit} to an earlier request`;
    observer.onEvent?.({ kind: known ? 'late' : 'unexpectedUnit', unit, text });
  };

  const takeStrays = (inbox: Inbox): void => {
    for (let frame = takeFrame(inbox); frame; frame = takeFrame(inbox)) onStray(frame);
  };

  const checked = ({ body }: TcpFrame, request: Request): Uint8Array => {
    const wrong = mismatch(body, request);
    if (wrong === null) return withCrc(body);
    const { why, broken: isBroken } = wrong;
    ledger.of(request.unit).dirty = true;
    if (body[0] !== request.unit) observer.onEvent?.({ kind: 'unexpectedUnit', unit: body[0] ?? 0, text: why });
    const asked = `${request.words} of unit ${request.unit}`;
    const message = `${line.description} answered ${asked} with ${why}: check the address and the gateway`;
    const facts = { unit: request.unit, function: request.function, ...(isBroken && { broken: 1 }) };
    throw new LectorError('FRAME_MALFORMED', message, facts);
  };

  const silent = (request: Request, timeoutMs: number, pending: number): LectorError => {
    const facts = { unit: request.unit, function: request.function, timeoutMs };
    const asked = `unit ${request.unit} on ${line.description}`;
    if (pending > 0) {
      ledger.of(request.unit).dirty = true;
      const message = `the answer of ${asked} to ${request.words} stopped after ${pending} bytes: check the network`;
      return new LectorError('FRAME_TRUNCATED', message, { ...facts, broken: 1 });
    }
    const late = `within ${timeoutMs} ms`;
    const message = `${asked} did not answer ${request.words} ${late}: check its address and the gateway`;
    return new LectorError('LINE_TIMEOUT', message, facts);
  };

  const receive = async (inbox: Inbox, request: Request, number: number, timeoutMs: number): Promise<Uint8Array> => {
    const firstBy = clock.mono() + timeoutMs;
    let begunAt: number | null = null;
    for (;;) {
      for (let frame = takeFrame(inbox); frame; frame = takeFrame(inbox)) {
        if (frame.transaction === number) return checked(frame, request);
        onStray(frame);
        begunAt = null;
      }
      const pending = inbox.bytes().length;
      if (pending > 0) begunAt ??= inbox.lastByteAt();
      const until = begunAt === null ? firstBy : begunAt + timeoutMs;
      if (!(await inbox.more(until))) throw silent(request, timeoutMs, pending);
    }
  };

  const pause = async (inbox: Inbox): Promise<void> => {
    const restMs = neverSent ? 0 : inbox.lastByteAt() + gapMs - clock.mono();
    if (restMs > 0) await inbox.sleep(restMs);
    neverSent = false;
  };

  /** The answer may still come, through whatever carries the bytes of this unit next. */
  const noteLine = (inbox: Inbox, request: Request, error: LectorError): void => {
    ledger.noteTimeout(request.unit, request, clock.mono());
    if (error.code === 'LINE_CLOSED') inbox.lose(error);
  };

  return {
    async exchange(inbox, request, timeoutMs) {
      await pause(inbox);
      takeStrays(inbox);
      transaction = (transaction + 1) & 0xffff;
      const number = transaction;
      const bytes = encode(number, request.bytes);
      const at = clock.now();
      const startedAt = clock.mono();
      ledger.noteSent(request, startedAt);
      observer.onFrame?.({ direction: 'request', bytes, at });
      try {
        await line.write(bytes, timeoutMs);
        const frame = await receive(inbox, request, number, timeoutMs);
        return { frame, at, tookMs: inbox.lastByteAt() - startedAt };
      } catch (error) {
        if (error instanceof LectorError && error.code.startsWith('LINE_')) noteLine(inbox, request, error);
        throw error;
      }
    },
    takeStrays,
  };
}
