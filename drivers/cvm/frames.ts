import { CVM_RAL_LENGTH } from '../../src/domain/cvm-fields.ts';
import { LectorError } from '../../src/domain/errors.ts';

/**
 * Every command that can be sent: those that read. Case is significant (RVM is the maximum, RVm the minimum).
 * Commands that write (W...) or act (CMD...) are not here, so they cannot be expressed.
 * Source: CVMk manual M98117101-03 pages 41-59.
 */
export const CVM_COMMANDS = [
  ...['VER', 'RAL', 'RCL', 'RMD'],
  ...['RVI', 'RVM', 'RVm', 'ROI', 'ROM', 'ROm'],
  ...['RAI', 'RAM', 'RAm', 'RPI', 'RPM', 'RPm'],
  ...['RLI', 'RLM', 'RLm', 'RCI', 'RCM', 'RCm'],
  ...['RFI', 'RFM', 'RFm', 'RHI', 'RHM', 'RHm'],
  ...['RWH', 'RLH', 'RCH', 'RWHX0', 'RWHX1', 'RWHX2', 'RWHX3'],
] as const;
const KNOWN: ReadonlySet<string> = new Set(CVM_COMMANDS);

/** Whether `text` is a command that may be sent, exactly in this case. */
export const isCvmCommand = (text: string): boolean => KNOWN.has(text);

/** Most data characters of a text answer (VER). */
export const CVM_TEXT_MAX = 128;
/** '$', two digits of address, two of checksum: what surrounds the data of a line without its LF. */
const ENVELOPE = 5;
const LINE_MAX = CVM_RAL_LENGTH + ENVELOPE;
const DOLLAR = 0x24;
const LF = 0x0a;

const toText = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const toBytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);

/** Sum of all character codes modulo 256 as two upper-case hex digits: '$00RVI' gives '75'. */
export function cvmChecksum(text: string): string {
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) sum = (sum + text.charCodeAt(index)) & 0xff;
  return sum.toString(16).toUpperCase().padStart(2, '0');
}

function frame(unit: number, data: string): Uint8Array {
  if (!Number.isInteger(unit) || unit < 0 || unit > 99) {
    const message = `expected a CVM address 0..99, saw ${unit}: set <address> to the number in the meter's setup`;
    throw new LectorError('DEVICE_REFUSED', message, { unit });
  }
  const head = `$${String(unit).padStart(2, '0')}${data}`;
  return toBytes(`${head}${cvmChecksum(head)}\n`);
}

/**
 * The request `$00RVI75\n` for unit 0 (0..99) and command RVI.
 * Throws PROFILE_INVALID for a command outside {@link CVM_COMMANDS}, DEVICE_REFUSED for an address outside 0..99.
 */
export function encodeCvmRequest(unit: number, command: string): Uint8Array {
  if (!isCvmCommand(command)) {
    const saw = command.slice(0, 20);
    const message = `expected a CVM command that reads (${CVM_COMMANDS.join(' ')}), saw "${saw}": case counts`;
    throw new LectorError('PROFILE_INVALID', message, { command: saw });
  }
  return frame(unit, command);
}

/** The answer of a meter, as the simulated one sends it; `data` is Latin-1 without '$' and LF. */
export const encodeCvmAnswer = (unit: number, data: string): Uint8Array => frame(unit, data);

const NUMBERS = /^[0-9 +-]+$/;
const HEX = /^[0-9A-Fa-f]+$/;
const CLOCK = /^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d[0-9 +-]*$/;
const CLOCK_LENGTHS: readonly number[] = [17, 35];

/**
 * Whether the data has the form of values: fields of 9 or 3 digits (so their number divides by 3), RAL's hex digits, or
 * a date. A value answer must have this form and a text answer must not, so that a late answer of the one kind is never
 * taken for the other.
 */
export function isCvmValueText(data: string): boolean {
  if (data.length % 3 === 0 && NUMBERS.test(data)) return true;
  if (data.length === CVM_RAL_LENGTH && HEX.test(data)) return true;
  return CLOCK_LENGTHS.includes(data.length) && CLOCK.test(data);
}

/** Whether checked data can be the answer to a request that expects `length` characters; null: a text (VER). */
export function fitsCvmRequest(data: string, length: number | null): boolean {
  if (length !== null) return data.length === length && isCvmValueText(data);
  return data.length <= CVM_TEXT_MAX && !isCvmValueText(data) && !isCvmCommand(data);
}

/**
 * What a piece of the stream was, when it was not the answer. late: a good frame of this unit that does not fit the
 * request; unexpectedUnit: a good frame of another; echo: our own request came back; crc: a frame of this unit whose
 * checksum differs; malformed: a '$' line that is no frame; junk: anything else.
 */
export type CvmStray = {
  readonly kind: 'late' | 'unexpectedUnit' | 'echo' | 'crc' | 'malformed' | 'junk';
  /** The sender, where the piece says so believably. */
  readonly unit: number | null;
  /** The data of a good frame; empty for all else. */
  readonly data: string;
  readonly bytes: Uint8Array;
};

export type CvmScan = {
  readonly answer: { readonly data: string; readonly bytes: Uint8Array } | null;
  /** What came before the answer, in order; all that came where there is none. */
  readonly strays: readonly CvmStray[];
  /** Bytes of the buffer that are dealt with; what follows must be scanned again with what comes. */
  readonly used: number;
  /** Whether the unfinished line may still become the answer (`answer`), or only something else (`noise`). */
  readonly unfinished: 'nothing' | 'noise' | 'answer';
};

type Wanted = { readonly unit: number | null; readonly length: number | null };

/** A line that begins with '$', without its LF. */
function classify(bytes: Uint8Array, wanted: Wanted): CvmStray | { readonly kind: 'answer'; readonly data: string } {
  const text = toText(bytes);
  const stray = (kind: CvmStray['kind'], unit: number | null, data = ''): CvmStray => ({ kind, unit, data, bytes });
  if (text.length <= ENVELOPE || !/^\$\d\d/.test(text)) return stray('malformed', null);
  const unit = Number(text.slice(1, 3));
  if (cvmChecksum(text.slice(0, -2)) !== text.slice(-2)) {
    return unit === wanted.unit ? stray('crc', unit) : stray('junk', null);
  }
  const data = text.slice(3, -2);
  if (wanted.unit === null) return stray('late', unit, data);
  if (unit !== wanted.unit) return stray('unexpectedUnit', unit, data);
  if (isCvmCommand(data)) return stray('echo', unit, data);
  return fitsCvmRequest(data, wanted.length) ? { kind: 'answer', data } : stray('late', unit, data);
}

/** Splits a line at its last '$': a torn frame glued in front of a whole one costs nothing. */
function junkBefore(line: Uint8Array): { readonly strays: readonly CvmStray[]; readonly start: number } {
  const dollar = line.lastIndexOf(DOLLAR);
  const start = dollar === -1 ? line.length : dollar;
  const strays: readonly CvmStray[] =
    start === 0 ? [] : [{ kind: 'junk', unit: null, data: '', bytes: line.subarray(0, start) }];
  return { strays, start };
}

function unfinishedKind(rest: Uint8Array, wanted: Wanted): CvmScan['unfinished'] {
  if (rest.length === 0) return 'nothing';
  const longest = (wanted.length ?? CVM_TEXT_MAX) + ENVELOPE;
  if (wanted.unit === null || rest.length > longest) return 'noise';
  const head = `$${String(wanted.unit).padStart(2, '0')}`;
  return head.startsWith(toText(rest.subarray(0, head.length))) ? 'answer' : 'noise';
}

/**
 * Looks for the answer of `unit` (null: nobody was asked) with `length` data characters (null: a text) in what has
 * arrived. Address, checksum, exact length and digits must fit. Never throws; cost grows with the buffer only.
 */
export function scanCvmAnswer(buffer: Uint8Array, unit: number | null, length: number | null): CvmScan {
  const wanted = { unit, length };
  const strays: CvmStray[] = [];
  let used = 0;
  for (let end = buffer.indexOf(LF); end !== -1; end = buffer.indexOf(LF, used)) {
    const line = buffer.subarray(used, end);
    used = end + 1;
    const { strays: junk, start } = junkBefore(line);
    strays.push(...junk);
    if (start === line.length) continue;
    const bytes = line.subarray(start);
    const found = bytes.length > LINE_MAX ? null : classify(bytes, wanted);
    if (found?.kind === 'answer') {
      return {
        answer: { data: found.data, bytes: buffer.subarray(end - bytes.length, used) },
        strays,
        used,
        unfinished: 'nothing',
      };
    }
    strays.push(found ?? { kind: 'junk', unit: null, data: '', bytes });
  }
  const tail = buffer.subarray(used);
  const { strays: junk, start } = junkBefore(tail);
  strays.push(...junk);
  const rest = tail.subarray(start);
  if (rest.length > LINE_MAX) {
    strays.push({ kind: 'junk', unit: null, data: '', bytes: rest });
    return { answer: null, strays, used: buffer.length, unfinished: 'nothing' };
  }
  return { answer: null, strays, used: used + start, unfinished: unfinishedKind(rest, wanted) };
}
