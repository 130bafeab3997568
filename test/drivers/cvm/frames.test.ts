import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CVM_COMMANDS,
  cvmChecksum,
  encodeCvmAnswer,
  encodeCvmRequest,
  fitsCvmRequest,
  isCvmValueText,
  scanCvmAnswer,
} from '../../../drivers/cvm/frames.ts';

const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

const RVI = '000000231000000229000000230000000230';
const RVI_FRAME = encodeCvmAnswer(3, RVI);
const VERSION = 'CVMK v3.17';

describe('a CVM frame', () => {
  it('has the checksum of the manual: $00RVI sums up to 373, whose low byte is 75', () => {
    expect(cvmChecksum('$00RVI')).toBe('75');
    expect(text(encodeCvmRequest(0, 'RVI'))).toBe('$00RVI75\n');
  });

  it('pads address and checksum to two digits', () => {
    expect(text(encodeCvmRequest(7, 'VER'))).toMatch(/^\$07VER[0-9A-F]{2}\n$/);
    expect(text(encodeCvmAnswer(1, '000'))).toMatch(/^\$01000[0-9A-F]{2}\n$/);
  });

  it('tells the maximum from the minimum by case, which the predecessor lost', () => {
    expect(text(encodeCvmRequest(1, 'RVm'))).not.toBe(text(encodeCvmRequest(1, 'RVM')));
  });

  it.each(['WCL', 'CMDRST', 'rvi', 'RVX', '', 'RVI\n$02WCL'])('%j cannot be sent: it does not read', (command) => {
    expect(() => encodeCvmRequest(1, command)).toThrow(expect.objectContaining({ code: 'PROFILE_INVALID' }));
  });

  it('no command that can be sent writes or acts', () => {
    expect(CVM_COMMANDS.filter((command) => !/^(R|VER$)/.test(command))).toEqual([]);
  });

  it.each([100, -1, 1.5, Number.NaN])('unit %s cannot be asked', (unit) => {
    expect(() => encodeCvmRequest(unit, 'RVI')).toThrow(expect.objectContaining({ code: 'DEVICE_REFUSED' }));
  });
});

describe('what can be the answer to what', () => {
  it.each([
    [RVI, 36, true],
    [RVI, 27, false],
    [`${RVI.slice(0, 27)}    -1234`, 36, true],
    [`${RVI.slice(0, 35)}A`, 36, false],
    ['500', 3, true],
    ['50.', 3, false],
    ['01/05/14 12:15:00', 17, true],
    ['0'.repeat(240).concat('0001'), 244, true],
    [VERSION, null, true],
    ['\x1b[2J v1 \0\xff', null, true],
    ['500', null, false],
    [RVI, null, false],
    ['VER', null, false],
    ['x'.repeat(129), null, false],
  ])('%j for length %s: %s', (data, length, fits) => {
    expect(fitsCvmRequest(data, length)).toBe(fits);
  });

  it('a text and a value are never both', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (data) => {
        const isText = fitsCvmRequest(data, null);
        return !(isText && isCvmValueText(data)) && !(isText && fitsCvmRequest(data, data.length));
      }),
    );
  });
});

describe('looking for an answer', () => {
  const kinds = (bytes: Uint8Array, unit: number | null, length: number | null) =>
    scanCvmAnswer(bytes, unit, length).strays.map(({ kind }) => kind);

  it.each([
    ['alone', RVI_FRAME, []],
    ['behind noise', joined(latin('\xff\0\x80'), RVI_FRAME), ['junk']],
    ['behind a lone CR', joined(latin('\r'), RVI_FRAME), ['junk']],
    ['behind a line of noise', joined(latin('\xff\x01\n'), RVI_FRAME), ['junk']],
    ['behind a torn one, glued', joined(RVI_FRAME.subarray(0, 20), RVI_FRAME), ['junk']],
    ['behind the echo of the request', joined(encodeCvmRequest(3, 'RVI'), RVI_FRAME), ['echo']],
    ['behind one of another unit', joined(encodeCvmAnswer(4, RVI), RVI_FRAME), ['unexpectedUnit']],
    ['behind one of another length', joined(encodeCvmAnswer(3, '500'), RVI_FRAME), ['late']],
    ['behind one with a bent digit', joined(latin(text(RVI_FRAME).replace('231', '232')), RVI_FRAME), ['crc']],
    ['behind an empty one', joined(latin('$03A7\n'), RVI_FRAME), ['malformed']],
    ['behind 1,000 bytes without an end', joined(latin(`$${'7'.repeat(999)}`), RVI_FRAME), ['junk']],
  ])('finds it %s', (_, bytes, strays) => {
    const scan = scanCvmAnswer(bytes, 3, 36);
    expect(scan.answer?.data).toBe(RVI);
    expect(scan.answer?.bytes).toEqual(RVI_FRAME);
    expect(scan.used).toBe(bytes.length);
    expect(scan.strays.map(({ kind }) => kind)).toEqual(strays);
  });

  it('takes the first of a doubled answer and leaves the second for the next look', () => {
    const scan = scanCvmAnswer(joined(RVI_FRAME, RVI_FRAME), 3, 36);
    expect([scan.answer?.data, scan.used]).toEqual([RVI, RVI_FRAME.length]);
  });

  it('takes nothing when nobody was asked', () => {
    expect(scanCvmAnswer(RVI_FRAME, null, null).answer).toBeNull();
    expect(kinds(RVI_FRAME, null, null)).toEqual(['late']);
  });

  it('a text is found as a text', () => {
    expect(scanCvmAnswer(encodeCvmAnswer(3, VERSION), 3, null).answer?.data).toBe(VERSION);
    expect(kinds(RVI_FRAME, 3, null)).toEqual(['late']);
  });

  it('F20 every single bent byte is noticed: the value is missing or right, never another', () => {
    for (let at = 0; at < RVI_FRAME.length; at += 1) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const bent = RVI_FRAME.map((byte, index) => (index === at ? byte ^ bit : byte));
        expect(scanCvmAnswer(bent, 3, 36).answer).toBeNull();
      }
    }
  });

  it('F20 no part of an answer is taken for one, wherever it is cut', () => {
    for (let cut = 0; cut < RVI_FRAME.length; cut += 1) {
      const scan = scanCvmAnswer(RVI_FRAME.subarray(0, cut), 3, 36);
      expect([scan.answer, scan.used]).toEqual([null, 0]);
      expect(scan.unfinished).toBe(cut === 0 ? 'nothing' : 'answer');
    }
  });

  it.each([
    ['another unit', '$04000', 'noise'],
    ['too long for the answer', `$03${'0'.repeat(60)}`, 'noise'],
    ['no dollar', '03000', 'nothing'],
  ])('an unfinished line of %s is %s', (_, begun, expected) => {
    const scan = scanCvmAnswer(latin(begun), 3, 36);
    expect(scan.unfinished).toBe(expected);
  });

  it('F20 whatever comes, what is kept is short and the work is finite', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.constantFrom(3, 36, null), (bytes, length) => {
        const scan = scanCvmAnswer(bytes, 3, length);
        const strays = scan.strays.reduce((sum, stray) => sum + stray.bytes.length, 0);
        expect(bytes.length - scan.used).toBeLessThanOrEqual(249);
        expect(strays).toBeLessThanOrEqual(scan.used);
      }),
    );
  });

  it('finds the answer however it arrives in pieces', () => {
    const stream = joined(latin('\xfe\n'), encodeCvmAnswer(9, '500'), RVI_FRAME);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 8 }), (cuts) => {
        const ends = [...new Set([...cuts, stream.length])].sort((a, b) => a - b);
        let kept = new Uint8Array();
        let from = 0;
        let found: string | undefined;
        for (const end of ends) {
          kept = joined(kept, stream.subarray(from, end)) as typeof kept;
          from = end;
          const scan = scanCvmAnswer(kept, 3, 36);
          found ??= scan.answer?.data;
          kept = kept.slice(scan.used);
        }
        return found === RVI;
      }),
    );
  });
});
