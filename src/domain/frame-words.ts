import { safe } from './safe.ts';
import type { LineFrame } from './transaction.ts';
import type { UnitId } from './units.ts';

/** What travels on a line: RTU with its CRC, Modbus TCP with its header, the CVM's ASCII. */
export type Framing = 'rtu' | 'tcp' | 'cvm';

/** A frame in plain words; `unit`: whom it is to, or from; null where the bytes do not tell. */
export type FrameWords = { readonly words: string; readonly unit: UnitId | null };

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'failure of the device',
  5: 'acknowledged, not done yet',
  6: 'busy',
  8: 'memory parity error',
  10: 'the gateway has no way to it',
  11: 'the gateway got no answer from it',
};

const READS: readonly number[] = [3, 4];
const IDENTIFIES: readonly number[] = [17, 43];

/**
 * What a frame says, as it passed:
 *
 *   asks 4000..4005 (6 registers) of unit 1      answers 12 bytes      exception 02: illegal data address
 *   asks RVI of unit 0                           bad CRC               junk, 3 bytes
 */
export function frameWords({ direction, bytes }: Pick<LineFrame, 'direction' | 'bytes'>, framing: Framing): FrameWords {
  if (framing === 'cvm') return cvmWords(direction, bytes);
  const body = framing === 'rtu' ? rtuBody(bytes) : tcpBody(bytes);
  if (body === null) return { words: direction === 'junk' ? brokenWords(bytes, framing) : 'bad frame', unit: null };
  const [unit = 0] = body;
  const words = direction === 'request' ? requestWords(body) : answerWords(body);
  return { words: direction === 'junk' ? `nobody asked for this: ${words}` : words, unit };
}

/** Shortest RTU frame: unit, function, CRC. */
const RTU_MIN = 4;

function brokenWords(bytes: Uint8Array, framing: Framing): string {
  if (framing === 'rtu' && bytes.length >= RTU_MIN) return `bad CRC, ${bytes.length} bytes`;
  return `junk, ${counted(bytes.length, 'byte')}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const hex = (value: number, digits = 2): string => value.toString(16).toUpperCase().padStart(digits, '0');

function requestWords(body: Uint8Array): string {
  const [unit = 0, code = 0] = body;
  if (IDENTIFIES.includes(code)) return `asks unit ${unit} what it is (function ${code})`;
  const address = word(body, 2);
  const count = word(body, 4);
  if (!READS.includes(code) || body.length !== 6) return `function ${code} to unit ${unit}`;
  const range = count === 1 ? `${address}` : `${address}..${address + count - 1}`;
  return `asks ${range} (${counted(count, 'register')}) of unit ${unit}`;
}

function answerWords(body: Uint8Array): string {
  const [, code = 0, third = 0] = body;
  if (code & 0x80) return `exception ${hex(third)}: ${EXCEPTIONS[third] ?? 'not in the standard'}`;
  if (READS.includes(code)) return `answers ${counted(third, 'byte')}`;
  if (IDENTIFIES.includes(code)) return `answers what it is, ${counted(body.length - 2, 'byte')}`;
  return `answers function ${code}`;
}

/** What is before the CRC; null where it is not that of the bytes. */
function rtuBody(bytes: Uint8Array): Uint8Array | null {
  const end = bytes.length - 2;
  if (bytes.length < RTU_MIN) return null;
  const crc = crc16(bytes, end);
  return bytes[end] === (crc & 0xff) && bytes[end + 1] === crc >>> 8 ? bytes.subarray(0, end) : null;
}

/** CRC-16/MODBUS of the first `end` bytes (Modbus over serial line V1.02, 2.5.1.2). */
function crc16(bytes: Uint8Array, end: number): number {
  let crc = 0xffff;
  for (let index = 0; index < end; index += 1) {
    crc ^= bytes[index] ?? 0;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

const MBAP_LENGTH = 6;

/** What is behind the header; null where its length or protocol is not right. */
function tcpBody(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < MBAP_LENGTH + 3 || word(bytes, 2) !== 0) return null;
  return word(bytes, 4) === bytes.length - MBAP_LENGTH ? bytes.subarray(MBAP_LENGTH) : null;
}

/** `$`, two digits of address, data, two hex digits of checksum. */
const CVM = /^\$(\d\d)(.*)([0-9A-F]{2})\n?$/s;

function cvmWords(direction: LineFrame['direction'], bytes: Uint8Array): FrameWords {
  const text = latin1(bytes);
  const [, digits = '', data = '', sum = ''] = CVM.exec(text) ?? [];
  if (digits === '') return { words: `junk, ${counted(bytes.length, 'byte')}`, unit: null };
  const unit = Number(digits);
  if (checksum(`$${digits}${data}`) !== sum) return { words: `bad checksum, ${bytes.length} bytes`, unit: null };
  if (direction === 'request') return { words: `asks ${safe(data)} of unit ${unit}`, unit };
  const words = `answers ${counted(data.length, 'character')}`;
  return { words: direction === 'junk' ? `nobody asked for this: ${words}` : words, unit };
}

function checksum(text: string): string {
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) sum = (sum + text.charCodeAt(index)) & 0xff;
  return hex(sum);
}

const latin1 = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** Most bytes of one frame that are shown. */
const SHOWN_MAX = 300;

/** The bytes for people: lower-case hex with blanks between, the CVM's as the text they are without its line end. */
export function bytesText(bytes: Uint8Array, framing: Framing): string {
  const shown = bytes.subarray(0, SHOWN_MAX);
  const more = bytes.length > SHOWN_MAX ? ' …' : '';
  if (framing === 'cvm') return `${safe(latin1(shown).replace(/\n$/, ''))}${more}`;
  const all: string[] = [];
  for (const byte of shown) all.push(byte.toString(16).padStart(2, '0'));
  return `${all.join(' ')}${more}`;
}
