import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cvmChecksum } from '../../drivers/cvm/frames.ts';
import { withCrc } from '../../drivers/modbus/crc.ts';
import { bytesText, type Framing, frameWords } from '../../src/domain/frame-words.ts';

type Direction = 'request' | 'answer' | 'junk';
const text = (value: string) => Uint8Array.from(value, (character) => character.charCodeAt(0));
const cvm = (line: string) => text(`${line}${cvmChecksum(line)}\n`);
const rtu = (...body: readonly number[]) => withCrc(Uint8Array.from(body));
const tcp = (...body: readonly number[]) => Uint8Array.from([0, 7, 0, 0, 0, body.length, ...body]);

describe('a frame in plain words', () => {
  it.each<readonly [Framing, Direction, string, Uint8Array, number | null]>([
    ['rtu', 'request', 'asks 4000..4005 (6 registers) of unit 1', rtu(1, 3, 0x0f, 0xa0, 0, 6), 1],
    ['rtu', 'request', 'asks 0 (1 register) of unit 9', rtu(9, 4, 0, 0, 0, 1), 9],
    ['rtu', 'request', 'asks unit 3 what it is (function 17)', rtu(3, 17), 3],
    ['rtu', 'request', 'bad frame', Uint8Array.from([3, 17, 0, 0]), null],
    ['tcp', 'request', 'asks unit 3 what it is (function 17)', tcp(3, 17, 0), 3],
    ['rtu', 'request', 'asks unit 3 what it is (function 43)', rtu(3, 43, 14, 1, 0), 3],
    ['rtu', 'request', 'function 6 to unit 3', rtu(3, 6, 0, 1, 0, 1), 3],
    ['rtu', 'answer', 'answers 12 bytes', rtu(1, 3, 12, ...Array(12).fill(0)), 1],
    ['tcp', 'answer', 'answers 2 bytes', tcp(1, 4, 2, 0, 0), 1],
    ['rtu', 'answer', 'exception 02: illegal data address', rtu(2, 0x83, 2), 2],
    ['tcp', 'answer', 'exception 0B: the gateway got no answer from it', tcp(2, 0x84, 11), 2],
    ['rtu', 'answer', 'exception 63: not in the standard', rtu(2, 0x83, 99), 2],
    ['rtu', 'answer', 'answers what it is, 4 bytes', rtu(2, 17, 3, 65, 66, 67), 2],
    ['rtu', 'junk', 'bad CRC, 7 bytes', Uint8Array.from([1, 3, 2, 0, 0, 0, 0]), null],
    ['rtu', 'junk', 'junk, 1 byte', Uint8Array.from([255]), null],
    ['rtu', 'junk', 'nobody asked for this: answers 2 bytes', rtu(5, 3, 2, 0, 0), 5],
    ['tcp', 'junk', 'junk, 9 bytes', Uint8Array.from([0, 1, 0, 9, 0, 3, 1, 3, 2]), null],
    ['cvm', 'request', 'asks RVI of unit 0', text('$00RVI75\n'), 0],
    ['cvm', 'answer', 'bad checksum, 12 bytes', text('$00VERabc00\n'), null],
    ['cvm', 'answer', 'answers 9 characters', cvm('$01000230100'), 1],
    ['cvm', 'junk', 'junk, 3 bytes', text('xyz'), null],
  ])('%s, %s: %s', (framing, direction, words, bytes, unit) => {
    expect(frameWords({ direction, bytes }, framing)).toEqual({ words, unit });
  });

  it('no bytes throw, and none bring a control character into the words', () => {
    const framings = fc.constantFrom<Framing>('rtu', 'tcp', 'cvm');
    const directions = fc.constantFrom<Direction>('request', 'answer', 'junk');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), framings, directions, (bytes, framing, direction) => {
        const all = frameWords({ direction, bytes }, framing).words + bytesText(bytes, framing);
        expect(all).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it('bytes are hex, those of the CVM the text that they are', () => {
    expect(bytesText(Uint8Array.from([1, 0xab, 0]), 'rtu')).toBe('01 ab 00');
    expect(bytesText(text('$00RVI75\n'), 'cvm')).toBe('$00RVI75');
    expect(bytesText(text('\x1b[2J'), 'cvm')).toBe('\\x1b[2J');
    expect(bytesText(new Uint8Array(1000), 'rtu')).toHaveLength(901);
  });
});
