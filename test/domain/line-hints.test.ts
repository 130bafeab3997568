import { describe, expect, it } from 'vitest';
import type { ErrorCode, Facts } from '../../src/domain/errors.ts';
import { type LineHints, NO_HINTS, noteDue, noteGarbled, noteGiven, understood } from '../../src/domain/line-hints.ts';

const failing = (hints: LineHints, codes: readonly ErrorCode[], facts: Facts = { junk: 9 }, analyzerId = 1) =>
  codes.reduce((each, code) => noteGarbled(each, analyzerId, { code, message: '', facts }), hints);

describe('F13 hints about the settings of a line', () => {
  const garbage = ['FRAME_CRC', 'FRAME_TRUNCATED', 'FRAME_MALFORMED'] as const;

  it('F13 come with the third garbled answer of one analyzer while nothing ever made sense', () => {
    expect(failing(NO_HINTS, garbage.slice(0, 2)).due).toEqual([]);
    expect(failing(NO_HINTS, garbage).due).toEqual(['settings']);
  });

  it('F13 do not add up over analyzers: many meters may have one bad answer each', () => {
    const hints = [1, 2, 3, 4].reduce((each, id) => failing(each, ['FRAME_CRC'], {}, id), NO_HINTS);
    expect(hints.due).toEqual([]);
  });

  it.each(['DEVICE_REFUSED', 'DEVICE_BUSY'] as const)('F13 never come after %s: that was a good frame', (code) => {
    expect(failing(failing(NO_HINTS, [code]), [...garbage, ...garbage]).due).toEqual([]);
  });

  it('F13 never come after an answer', () => {
    expect(failing(understood(NO_HINTS), [...garbage, ...garbage]).due).toEqual([]);
  });

  it.each(['LINE_TIMEOUT', 'LINE_CLOSED', 'DEADLINE_PASSED'] as const)('are not about %s', (code) => {
    expect(failing(NO_HINTS, [code, code, code, code])).toBe(NO_HINTS);
  });

  it('are not about whole frames that say something else', () => {
    expect(failing(NO_HINTS, Array(5).fill('FRAME_MALFORMED'), { junk: 0 }).due).toEqual([]);
  });
});

describe('a hint', () => {
  it('is given once', () => {
    const due = noteDue(noteDue(NO_HINTS, 'echo'), 'echo');
    expect(due.due).toEqual(['echo']);
    const given = noteGiven(due);
    expect(given).toMatchObject({ given: ['echo'], due: [] });
    expect(noteDue(given, 'echo')).toBe(given);
    expect(noteDue(given, 'settings').due).toEqual(['settings']);
  });
});
