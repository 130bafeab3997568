import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../drivers/modbus/requests.ts';
import { type Scan, scanAnswer } from '../../../drivers/modbus/scan.ts';
import { exceptionFrame, flipped, rtu, wordsFrame } from '../../support/modbus-frames.ts';
import { read } from './rig.ts';

const request = requestOf(read(5, 4000, 3), rtu(5, 3, 4000 >> 8, 4000 & 0xff, 0, 3));
const answer = wordsFrame(5, 3, [7, 8, 9]);
const glued = (...parts: readonly (Uint8Array | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const straysOf = (scan: Scan) => scan.strays.map((stray) => [stray.kind, stray.bytes.length]);

describe('the search for an answer', () => {
  it.each([
    { what: 'alone', before: [], strays: [] },
    { what: 'behind junk', before: [9, 9, 9], strays: [['junk', 3]] },
    { what: 'behind an echo', before: request.bytes, strays: [['echo', 8]] },
    { what: 'behind an answer to something else', before: wordsFrame(5, 3, [1, 2]), strays: [['frame', 9]] },
    { what: 'behind the answer of another', before: wordsFrame(6, 3, [1, 2, 3]), strays: [['frame', 11]] },
    { what: 'behind the exception of another', before: exceptionFrame(6, 3, 2), strays: [['frame', 5]] },
    { what: 'behind a bent answer', before: flipped(answer, 4), strays: [['junk', 11]] },
    { what: 'behind a torn answer', before: answer.subarray(0, 6), strays: [['junk', 6]] },
    {
      what: 'behind all of it',
      before: glued([1], request.bytes, [2, 2], wordsFrame(6, 4, [1])),
      strays: [
        ['junk', 1],
        ['echo', 8],
        ['junk', 2],
        ['frame', 7],
      ],
    },
  ])('finds it $what', ({ before, strays }) => {
    const scan = scanAnswer(glued(before, answer, [5, 3]), request);
    expect(scan.answer).toEqual(answer);
    expect(scan.used).toBe(before.length + answer.length);
    expect(straysOf(scan)).toEqual(strays);
  });

  it('finds the exception of its function, and takes that of another function for a stray', () => {
    expect(scanAnswer(exceptionFrame(5, 3, 2), request).answer).toEqual(exceptionFrame(5, 3, 2));
    expect(scanAnswer(exceptionFrame(5, 4, 2), request)).toMatchObject({ answer: null, used: 5 });
  });

  it.each([
    { what: 'nothing', bytes: [], rest: { kind: 'nothing' } },
    { what: 'the unit', bytes: answer.subarray(0, 1), rest: { kind: 'answer', have: 1, missing: 4, sure: false } },
    { what: 'two bytes', bytes: answer.subarray(0, 2), rest: { kind: 'answer', have: 2, missing: 3, sure: false } },
    { what: 'its header', bytes: answer.subarray(0, 3), rest: { kind: 'answer', have: 3, missing: 8, sure: true } },
    {
      what: 'all but a byte',
      bytes: answer.subarray(0, 10),
      rest: { kind: 'answer', have: 10, missing: 1, sure: true },
    },
    { what: 'half an exception', bytes: [5, 0x83], rest: { kind: 'answer', have: 2, missing: 3, sure: false } },
    { what: 'a bent answer', bytes: flipped(answer, 5), rest: { kind: 'bad', sure: true } },
    { what: 'an answer with a bent unit', bytes: flipped(answer, 0), rest: { kind: 'bad', sure: false } },
    { what: 'foreign bytes', bytes: [1, 2, 3], rest: { kind: 'noise' } },
    { what: 'half an echo', bytes: request.bytes.subarray(0, 5), rest: { kind: 'noise' } },
  ])('says of $what what it may become', ({ bytes, rest }) => {
    expect(scanAnswer(glued(bytes), request)).toEqual({ answer: null, strays: [], used: 0, rest });
  });

  it('finds no answer when nobody was asked', () => {
    const scan = scanAnswer(glued([0], answer, answer.subarray(0, 4)), null);
    expect(scan).toMatchObject({ answer: null, used: 12, rest: { kind: 'noise' } });
    expect(straysOf(scan)).toEqual([
      ['junk', 1],
      ['frame', 11],
    ]);
  });

  it('never throws, never looks beyond the buffer, and takes only what has the right header and sum', () => {
    const byte = fc.oneof(fc.constantFrom(5, 3, 6, 0x83, 17, 43, 14), fc.integer({ min: 0, max: 255 }));
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 700 });
    const biased = fc.array(byte, { maxLength: 300 }).map((list) => Uint8Array.from(list));
    const asked = fc.constantFrom(
      request,
      null,
      requestOf({ kind: 'serverId', unit: 5 }, rtu(5, 17)),
      requestOf({ kind: 'deviceId', unit: 5 }, rtu(5, 43, 14, 1, 0)),
    );
    fc.assert(
      fc.property(fc.oneof(bytes, biased), asked, (buffer, wanted) => {
        const scan = scanAnswer(buffer, wanted);
        expect(scan.used).toBeLessThanOrEqual(buffer.length);
        const seen = scan.strays.reduce((sum, stray) => sum + stray.bytes.length, scan.answer?.length ?? 0);
        expect(seen).toBe(scan.used);
        if (scan.answer) expect([scan.answer[0], scan.answer[1]! & 0x7f]).toEqual([wanted?.unit, wanted?.function]);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds the answer wherever it stands in random bytes', () => {
    const junk = fc.uint8Array({ minLength: 0, maxLength: 600 });
    fc.assert(
      fc.property(junk, junk, (before, after) => {
        expect(scanAnswer(glued(before, answer, after), request).answer).toEqual(answer);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what may be sent', () => {
  it.each([1, 2, 5, 6, 15, 16, 22, 23, 90])('a request of function %i is refused before it is sent', (code) => {
    expect(() => requestOf(read(5, 0, 1), rtu(5, code, 0, 0, 0, 1))).toThrow(/nothing was sent/);
  });
});
