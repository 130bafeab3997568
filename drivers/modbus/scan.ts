import type { UnitId } from '../../src/domain/units.ts';
import { isWhole } from './crc.ts';
import { READING_FUNCTIONS, type Request } from './requests.ts';

/** Unit, function and one more byte with the CRC: the shortest answer, and the length of every exception. */
export const EXCEPTION_LENGTH = 5;
/** Longest RTU frame (Modbus over serial line V1.02, 2.5.1). */
const FRAME_MAX = 256;
const HEADER_LENGTH = 3;
const DEVICE_ID_HEAD = 8;
const MEI_DEVICE_ID = 14;
const UNIT_MAX = 247;

/** What tells the frames of one request from all others. */
type Wanted = Pick<Request, 'unit' | 'function' | 'byteCount'>;

/** What a piece of the stream was when it was not the answer: our own request, a good frame of whoever, or junk. */
export type Stray = { readonly kind: 'echo' | 'junk'; readonly bytes: Uint8Array } | StrayFrame;
export type StrayFrame = {
  readonly kind: 'frame';
  readonly bytes: Uint8Array;
  readonly unit: UnitId;
  readonly function: number;
  /** Data bytes of FC3 and FC4; null for exceptions and identifications. */
  readonly byteCount: number | null;
};

/**
 * What is left over: `nothing`; `noise` that cannot become the answer; the beginning of the `answer`, `have` bytes
 * that are at least `missing` short; or `bad`, the whole answer with a wrong CRC. It is `sure` when its header was
 * recognised.
 */
export type Rest = { readonly kind: 'nothing' | 'noise' } | Wreck;
/** All that there will be of an answer when nothing follows. */
export type Wreck =
  | { readonly kind: 'answer'; readonly have: number; readonly missing: number; readonly sure: boolean }
  | { readonly kind: 'bad'; readonly sure: boolean };

export type Scan = {
  /** The answer with its CRC, or null. A view into the buffer. */
  readonly answer: Uint8Array | null;
  /** What stood before the answer, or the whole frames found where there is none, in order. */
  readonly strays: readonly Stray[];
  /** Bytes of the buffer that are dealt with. */
  readonly used: number;
  readonly rest: Rest;
};

type Look =
  | { readonly kind: 'whole'; readonly end: number }
  | { readonly kind: 'partial'; readonly missing: number }
  | { readonly kind: 'bad' };

const BAD: Look = { kind: 'bad' };

function lookFor(buffer: Uint8Array, start: number, length: number): Look | null {
  if (length > FRAME_MAX) return null;
  const have = buffer.length - start;
  if (have < length) return { kind: 'partial', missing: length - have };
  return isWhole(buffer, start, start + length) ? { kind: 'whole', end: start + length } : BAD;
}

/**
 * FC43/14 carries no length: objects are walked. Some meters give the number of all objects, not of those in this
 * frame, so every end of an object may be the end of the frame if its CRC fits there.
 */
function lookForDeviceId(buffer: Uint8Array, start: number): Look | null {
  if (buffer.length - start > 2 && buffer[start + 2] !== MEI_DEVICE_ID) return null;
  if (buffer.length - start < DEVICE_ID_HEAD + 2) return lookFor(buffer, start, DEVICE_ID_HEAD + 2);
  const objects = buffer[start + DEVICE_ID_HEAD - 1]!;
  let end = start + DEVICE_ID_HEAD;
  for (let object = 0; object < objects; object += 1) {
    if (object > 0 && isWhole(buffer, start, end + 2)) return { kind: 'whole', end: end + 2 };
    const length = buffer[end + 1];
    if (length === undefined) return lookFor(buffer, start, end + 4 - start);
    end += 2 + length;
  }
  return lookFor(buffer, start, end + 2 - start);
}

/** Whether a frame that answers `wanted` begins at `start`. */
function lookAt(buffer: Uint8Array, start: number, wanted: Wanted): Look | null {
  if (buffer[start] !== wanted.unit) return null;
  const code = buffer[start + 1];
  if (code === undefined) return { kind: 'partial', missing: EXCEPTION_LENGTH - 1 };
  if (code === (wanted.function | 0x80)) return lookFor(buffer, start, EXCEPTION_LENGTH);
  if (code !== wanted.function) return null;
  if (code === 43) return lookForDeviceId(buffer, start);
  const byteCount = buffer[start + 2];
  if (byteCount === undefined) return { kind: 'partial', missing: EXCEPTION_LENGTH - 2 };
  if (wanted.byteCount !== null && byteCount !== wanted.byteCount) return null;
  return lookFor(buffer, start, byteCount + 5);
}

/** A good frame of whatever unit at `start`: a late answer, a doubled one, or another master's. */
function strayFrame(buffer: Uint8Array, start: number): Stray | null {
  const unit = buffer[start]!;
  const code = buffer[start + 1] ?? 0;
  const asked = READING_FUNCTIONS.find((each) => each === (code & 0x7f));
  if (unit < 1 || unit > UNIT_MAX || asked === undefined) return null;
  const byteCount = code === 3 || code === 4 ? (buffer[start + 2] ?? null) : null;
  const look = lookAt(buffer, start, { unit, function: asked, byteCount });
  if (look?.kind !== 'whole') return null;
  return { kind: 'frame', bytes: buffer.subarray(start, look.end), unit, function: code, byteCount };
}

function isEcho(buffer: Uint8Array, start: number, request: Uint8Array): boolean {
  if (buffer.length - start < request.length) return false;
  for (let index = 0; index < request.length; index += 1) if (buffer[start + index] !== request[index]) return false;
  return true;
}

/** The whole frames in `buffer[0, end)` with the junk before each of them, and where the last of them ends. */
function straysBefore(buffer: Uint8Array, end: number, request: Request | null) {
  const strays: Stray[] = [];
  let used = 0;
  let start = 0;
  while (start < end) {
    const stray: Stray | null =
      request && isEcho(buffer, start, request.bytes)
        ? { kind: 'echo', bytes: buffer.subarray(start, start + request.bytes.length) }
        : strayFrame(buffer, start);
    if (stray === null || start + stray.bytes.length > end) {
      start += 1;
      continue;
    }
    if (start > used) strays.push({ kind: 'junk', bytes: buffer.subarray(used, start) });
    strays.push(stray);
    used = start + stray.bytes.length;
    start = used;
  }
  return { strays, used };
}

type Candidate = { readonly start: number; readonly look: Look };

/** The first whole answer at any offset, else the first thing that may be one. An echo is stepped over. */
function findAnswer(buffer: Uint8Array, request: Request): Candidate | null {
  let first: Candidate | null = null;
  for (let start = 0; start < buffer.length; start += 1) {
    if (buffer[start] !== request.unit) continue;
    if (isEcho(buffer, start, request.bytes)) {
      start += request.bytes.length - 1;
      continue;
    }
    const look = lookAt(buffer, start, request);
    if (look?.kind === 'whole') return { start, look };
    if (look && !first) first = { start, look };
  }
  return first;
}

/** A candidate is only trusted, and holds back other frames, once its whole header is there. */
const isSure = (candidate: Candidate, length: number): boolean => length - candidate.start >= HEADER_LENGTH;

function restOf(length: number, used: number, candidate: Candidate | null, request: Request | null): Rest {
  if (length === used) return { kind: 'nothing' };
  if (candidate && candidate.start >= used) {
    const sure = isSure(candidate, length);
    if (candidate.look.kind !== 'partial') return { kind: 'bad', sure };
    return { kind: 'answer', have: length - candidate.start, missing: candidate.look.missing, sure };
  }
  // A flipped bit in the header hides the frame, but not how long it is.
  const expected = request === null || request.byteCount === null ? 0 : request.byteCount + 5;
  return length - used === expected ? { kind: 'bad', sure: false } : { kind: 'noise' };
}

/**
 * Looks for the answer to `request` (null: nobody was asked) in what has arrived, at every offset: unit, function,
 * byte count, exact length and CRC must fit, or an exception of that function. Junk in front, echoes, doubled, glued
 * and late answers are told apart and cost nothing. Never throws; cost grows with the buffer only.
 */
export function scanAnswer(buffer: Uint8Array, request: Request | null): Scan {
  const found = request && findAnswer(buffer, request);
  if (found?.look.kind === 'whole') {
    const { strays, used } = straysBefore(buffer, found.start, request);
    if (used < found.start) strays.push({ kind: 'junk', bytes: buffer.subarray(used, found.start) });
    const answer = buffer.subarray(found.start, found.look.end);
    return { answer, strays, used: found.look.end, rest: { kind: 'nothing' } };
  }
  const limit = found && isSure(found, buffer.length) ? found.start : buffer.length;
  const { strays, used } = straysBefore(buffer, limit, request);
  return { answer: null, strays, used, rest: restOf(buffer.length, used, found, request) };
}
