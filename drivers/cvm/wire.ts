import { type ErrorCode, LectorError } from '../../src/domain/errors.ts';
import type { LinePace } from '../../src/domain/meter.ts';
import type { Clock, Line, LinkObserver } from '../../src/domain/ports.ts';
import type { CvmCommand } from '../../src/domain/transaction.ts';
import { type EpochMs, type MonoMs, monoMs } from '../../src/domain/units.ts';
import { CVM_TEXT_MAX, type CvmScan, encodeCvmRequest, scanCvmAnswer } from './frames.ts';
import type { Inbox } from './inbox.ts';
import type { Damage, StrayReport, Units } from './strays.ts';
import { failed, formOf, NEW_UNIT, sent } from './unit-step.ts';

/** More bytes than these that are no answer: it is given up. */
export const JUNK_BYTES_MAX = 600;
/** '$', address, checksum and LF: what a line has beside its data. */
const ENVELOPE = 6;
/** Characters of a text that are let gather at a time: its length is not known. */
const TEXT_STEP = 4;
/** Longest sleep for the rest of an answer: on slow lines a torn one is to be noticed sooner than at its end. */
const REST_SLEEP_MAX_MS = 250;
/** Pause after bytes that kept the line from being silent. */
const NOISE_PAUSE_MS = 10;

export type WireOptions = {
  readonly line: Line;
  readonly clock: Clock;
  readonly pace: Pick<LinePace, 'charMs' | 'silenceMs'>;
  readonly gapMs: number;
  readonly idleMs: number;
  readonly units: Units;
  readonly report: StrayReport;
  readonly observer: LinkObserver;
};

/** What the functions below share. */
type State = WireOptions & {
  /** Bytes that came while nobody was asked and were part of nothing, since the last request. */
  idleJunk: number;
};

/** The data of a checked answer, when its request was sent, and ms from then to its last byte. */
export type Exchanged = { readonly data: string; readonly at: EpochMs; readonly tookMs: number };

/** How the search for one answer stands. */
type Search = {
  readonly command: CvmCommand;
  readonly timeoutMs: number;
  /** Until when its first byte must be there. */
  firstBy: number;
  /** When its beginning was seen; null: it was not. */
  begunAt: number | null;
  /** Since when the idle limit runs. */
  idleSince: number;
  junk: number;
  damage: Damage | null;
};

const DISTURBED = 'check shielding, termination and that no other meter has this number';
const SILENT = 'check its number, its wiring and its power';
const BABBLE = 'something sends without being asked, or termination and biasing are missing';

/** One request after the other over the inbox of the present opening. */
export type Wire = {
  /** Sends when the line is silent and the unit's quiet window is over. The checked answer, or why there is none. */
  exchange(inbox: Inbox, command: CvmCommand, timeoutMs: number): Promise<Exchanged>;
  /** Looks at what came while nobody was asked. */
  takeStrays(inbox: Inbox): void;
};

export function createWire(options: WireOptions): Wire {
  const o: State = { ...options, idleJunk: 0 };
  return {
    exchange: (inbox, command, timeoutMs) => exchange(o, inbox, command, timeoutMs),
    takeStrays: (inbox) => takeStrays(o, inbox),
  };
}

const stepOf = (o: State, unit: number) => o.units.get(unit) ?? NEW_UNIT;
const where = (o: State, { unit }: CvmCommand): string => `unit ${unit} on ${o.line.description}`;

function takeStrays(o: State, inbox: Inbox): void {
  const scan = scanCvmAnswer(inbox.bytes(), null, null);
  o.idleJunk += o.report(scan.strays, null).junk + inbox.takeOverflow();
  inbox.drop(scan.used);
}

/** The beginning of something that stopped. */
function dropUnfinished(o: State, inbox: Inbox): void {
  const { length } = inbox.bytes();
  inbox.drop(length);
  o.idleJunk += length;
}

function tellJunk({ observer }: State, unit: number, bytes: number): void {
  if (bytes > 0) observer.onEvent?.({ kind: 'junk', unit, text: `${bytes} bytes that are part of no answer` });
}

async function exchange(o: State, inbox: Inbox, command: CvmCommand, timeoutMs: number): Promise<Exchanged> {
  const { unit } = command;
  const bytes = encodeCvmRequest(unit, command.command);
  await silence(o, inbox, unit, timeoutMs);
  takeStrays(o, inbox);
  dropUnfinished(o, inbox);
  tellJunk(o, 0, o.idleJunk);
  o.idleJunk = 0;
  const at = o.clock.now();
  const startedAt = o.clock.mono();
  const search: Search = { command, timeoutMs, firstBy: 0, begunAt: null, idleSince: 0, junk: 0, damage: null };
  try {
    await send(o, inbox, search, bytes);
    const data = await receive(o, inbox, search);
    return { data, at, tookMs: inbox.lastByteAt() - startedAt };
  } catch (error) {
    throw await afterFailure(o, inbox, search, error);
  } finally {
    tellJunk(o, unit, search.junk);
  }
}

/** Waits for the unit's quiet window and the silence between frames. Rejects LINE_NOISY after `limitMs` of babble. */
async function silence(o: State, inbox: Inbox, unit: number, limitMs: number): Promise<void> {
  const giveUpAt = o.clock.mono() + limitMs;
  for (;;) {
    const { quietUntil } = stepOf(o, unit);
    const until = Math.max(inbox.silentSince() + o.pace.silenceMs + o.gapMs, quietUntil);
    if (o.clock.mono() >= until) return;
    if (!(await inbox.more(until))) continue;
    takeStrays(o, inbox);
    if (o.clock.mono() > Math.max(giveUpAt, quietUntil)) {
      const message = `${o.line.description} is never silent, so nothing can be asked: ${BABBLE}`;
      throw new LectorError('LINE_NOISY', message, { unit });
    }
    await inbox.sleep(NOISE_PAUSE_MS);
  }
}

async function send(o: State, inbox: Inbox, search: Search, bytes: Uint8Array): Promise<void> {
  const { command, timeoutMs } = search;
  o.units.set(command.unit, sent(stepOf(o, command.unit), formOf(command), o.clock.mono()));
  o.observer.onFrame?.({ direction: 'request', bytes, at: o.clock.now() });
  try {
    await o.line.write(bytes, timeoutMs);
  } catch (error) {
    if (error instanceof LectorError && error.code === 'LINE_CLOSED') inbox.lose(error);
    throw error;
  }
  search.firstBy = o.clock.mono() + bytes.length * o.pace.charMs + timeoutMs;
}

async function receive(o: State, inbox: Inbox, search: Search): Promise<string> {
  const { unit, length } = search.command;
  for (;;) {
    const scan = scanCvmAnswer(inbox.bytes(), unit, length);
    const found = o.report(scan.strays, unit);
    if (scan.answer) o.observer.onFrame?.({ direction: 'answer', bytes: scan.answer.bytes.slice(), at: o.clock.now() });
    inbox.drop(scan.used);
    search.junk += found.junk + inbox.takeOverflow();
    if (scan.answer) return scan.answer.data;
    search.damage = found.damage ?? search.damage;
    if (search.junk > JUNK_BYTES_MAX) throw tooMuchJunk(o, search);
    await gather(o, inbox, search, scan);
    if (!(await inbox.more(waitsUntil(o, search, scan)))) throw givenUp(o, search, scan, inbox.bytes().length);
  }
}

/** Lets the rest of an answer that has begun arrive: few reads instead of one for each character. */
async function gather(o: State, inbox: Inbox, search: Search, scan: CvmScan): Promise<void> {
  if (scan.unfinished !== 'answer') search.begunAt = null;
  else search.begunAt ??= inbox.lastByteAt();
  const { length } = search.command;
  const missing = length === null ? TEXT_STEP : length + ENVELOPE - inbox.bytes().length;
  const restMs = scan.unfinished === 'answer' ? Math.min(REST_SLEEP_MAX_MS, missing * o.pace.charMs) : 0;
  search.idleSince = inbox.lastByteAt();
  if (restMs <= 0) return;
  await inbox.sleep(restMs);
  search.idleSince = o.clock.mono();
}

/** Until when to wait for more: the first byte has its timeout, then each byte renews the idle limit. */
function waitsUntil(o: State, search: Search, scan: CvmScan): number {
  const idleBy = search.idleSince + o.idleMs;
  if (scan.unfinished !== 'answer') return search.damage ? Math.min(search.firstBy, idleBy) : search.firstBy;
  const longest = ((search.command.length ?? CVM_TEXT_MAX) + ENVELOPE) * o.pace.charMs;
  return Math.min(idleBy, (search.begunAt ?? search.idleSince) + search.timeoutMs + longest);
}

function fault(code: ErrorCode, search: Search, message: string): LectorError {
  const { unit, command } = search.command;
  return new LectorError(code, message, { unit, command, timeoutMs: search.timeoutMs, junk: search.junk });
}

function tooMuchJunk(o: State, search: Search): LectorError {
  const message = `more than ${JUNK_BYTES_MAX} bytes came that are no answer of ${where(o, search.command)}: ${BABBLE}`;
  return fault('LINE_NOISY', search, message);
}

/** Why nothing more is waited for. */
function givenUp(o: State, search: Search, scan: CvmScan, pending: number): LectorError {
  const { command, length } = search.command;
  const whose = `the answer of ${where(o, search.command)} to ${command}`;
  if (scan.unfinished === 'answer') {
    return fault('FRAME_TRUNCATED', search, `${whose} stopped after ${pending} characters: ${DISTURBED}`);
  }
  switch (search.damage?.kind) {
    case 'crc':
      return fault('FRAME_CRC', search, `${whose} arrived with a wrong checksum: ${DISTURBED}`);
    case 'malformed':
      return fault('FRAME_MALFORMED', search, `${whose} arrived unreadable: ${DISTURBED}`);
    case 'form': {
      const saw = search.damage.saw === 'text' ? 'a text' : `${search.damage.saw} characters`;
      const expected = length === null ? 'a text' : `${length} characters of values`;
      return fault('FRAME_MALFORMED', search, `${whose} is ${saw}, expected ${expected}: check the model`);
    }
    case undefined: {
      search.junk += pending;
      const seen = search.junk > 0 ? `; ${search.junk} other bytes came, so check baud rate and parity too` : '';
      const silent = `${where(o, search.command)} did not answer ${command} within ${search.timeoutMs} ms`;
      return fault('LINE_TIMEOUT', search, `${silent}: ${SILENT}${seen}`);
    }
  }
}

/** Codes after which the answer itself may still come, whole. */
const MAY_COME: readonly ErrorCode[] = ['LINE_TIMEOUT', 'LINE_NOISY', 'LINE_CLOSED', 'LINE_WRITE_BLOCKED'];

/** What a failed exchange leaves on the line is thrown away, and its unit left in peace for facts.quietMs. */
async function afterFailure(o: State, inbox: Inbox, search: Search, error: unknown): Promise<unknown> {
  if (!(error instanceof LectorError)) return error;
  const { command, timeoutMs } = search;
  const mayCome = MAY_COME.includes(error.code);
  const quietMs = mayCome ? timeoutMs : o.idleMs;
  const quietUntil: MonoMs = monoMs(o.clock.mono() + quietMs);
  o.units.set(command.unit, failed(stepOf(o, command.unit), formOf(command), mayCome, quietUntil));
  inbox.drop(inbox.bytes().length);
  // a line that is lost says so through its parked read
  await o.line.flush().catch(() => undefined);
  return new LectorError(error.code, error.message, { ...error.facts, quietMs }, error.cause);
}
