import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlantEvent } from '../../src/protocol/events.ts';
import { answerLine, eventLine } from '../../src/protocol/json-answers.ts';
import type { Answered } from '../../src/protocol/operator.ts';

const ok = (data: unknown): Answered<unknown> => ({ ok: true, data });
const log = (text: string): PlantEvent => ({
  event: 'log',
  data: { at: '2026-11-25T18:05:42.123+01:00', level: 'info', text },
});

describe('an answer', () => {
  it('is one line of JSON that says which command it answers', () => {
    expect(answerLine('PAUSE', ok({ analyzers: [1] }))).toBe(
      '{"ok":true,"command":"PAUSE","data":{"analyzers":[1]}}\r\n',
    );
    expect(answerLine('PAUSE', ok({ analyzers: [1] }), '2026-05-04T10:00:00.000+02:00')).toBe(
      '{"ok":true,"command":"PAUSE","at":"2026-05-04T10:00:00.000+02:00","data":{"analyzers":[1]}}\r\n',
    );
  });

  it('says why a command was refused, and what to do', () => {
    const error = { code: 'NO_SUCH_ANALYZER', message: 'no analyzer 9', hint: 'there are 1, 2' } as const;
    expect(answerLine('PAUSE', { ok: false, error })).toBe(
      '{"ok":false,"command":"PAUSE","error":{"code":"NO_SUCH_ANALYZER","message":"no analyzer 9",' +
        '"hint":"there are 1, 2"}}\r\n',
    );
  });

  it('has null for what is no number, and every digit of what is one', () => {
    const numbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1 + 0.2, 1e21, 230];
    expect(answerLine('X', ok({ numbers }))).toContain('[null,null,null,0.30000000000000004,1e+21,230]');
  });

  it.each(['GETDEFS', 'GETCONF'])('%s holds the mappings of the predecessor as JSON has them', (command) => {
    const definitions = new Map([['PAT', { registre: 4006n, compost: false, list: [1n, new Map([[2n, 'x']])] }]]);
    expect(JSON.parse(answerLine(command, ok({ id: 1, definitions }))).data).toEqual({
      id: 1,
      definitions: { PAT: { registre: 4006, compost: false, list: [1, { '2': 'x' }] } },
    });
  });

  it('what JSON cannot hold is answered as a bug, not thrown', () => {
    const answer = JSON.parse(answerLine('LIST', ok({ big: 1n })));
    expect(answer).toMatchObject({ ok: false, command: 'LIST', error: { code: 'UNEXPECTED' } });
  });
});

describe('an event', () => {
  it('is told from an answer by its first word', () => {
    expect(eventLine({ event: 'lagged', data: { missed: 7 } })).toBe('{"event":"lagged","data":{"missed":7}}\r\n');
  });
});

describe('a line', () => {
  const nasty = 'a\rb\nc\u001b[2Jd\u007fe\u0085f\u2028g\u0000h"i\\j😀';

  it('is not broken by the texts of others, which come through whole', () => {
    for (const line of [answerLine(nasty, ok({ [nasty]: nasty })), eventLine(log(nasty))]) {
      expect(line).toMatch(/^[^\p{Cc}\u2028\u2029]*\r\n$/u);
    }
    expect(JSON.parse(answerLine('X', ok({ [nasty]: nasty }))).data).toEqual({ [nasty]: nasty });
    expect(JSON.parse(eventLine(log(nasty))).data.text).toBe(nasty);
  });

  it('holds any text and any number', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (text, number) => {
          const line = answerLine('X', ok({ text, number }));
          expect(line).toMatch(/^[^\p{Cc}\p{Surrogate}]*\r\n$/u);
          expect(JSON.parse(line).data).toEqual({ text, number: number + 0 });
        },
      ),
    );
  });
});
