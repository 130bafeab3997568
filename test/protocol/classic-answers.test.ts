import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLASSIC, CLASSIC_DONE, idText, refusedText, srvErr, statusText } from '../../src/protocol/classic-answers.ts';
import type { CommandName } from '../../src/protocol/commands.ts';
import type { Refusal } from '../../src/protocol/operator.ts';
import { ANALYZER_STATES, type AnalyzerState } from '../../src/protocol/views.ts';

const GETTERS = 'GETID GETVARS GETDEFS GETSTATUS';

const refusal = (code: Refusal['code'], message = 'no'): Refusal => ({ code, message, hint: '' });

describe('the answers of the predecessor', () => {
  it.each<readonly [keyof typeof CLASSIC_DONE, string]>([
    ['START', 'START\tOK'],
    ['STARTALL', 'STARTING'],
    ['PAUSE', 'PAUSED'],
    ['RESUME', 'RESUMED'],
    ['FORCEREQ', 'FORCE REQUESTED'],
    ['RELOAD', 'RELOAD\tOK'],
    ['SHUTDOWN', 'DISCONNECTED!'],
    ['HELP', `QUIT SHUTDOWN START STARTALL PAUSE RESUME RELOAD STATUS ${GETTERS} FORCEREQ GETCONF IDENT SETQUERY HELP`],
    ['SETQUERY', 'NOT IMPLEMENTED'],
    ['QUIT', 'DISCONNECTED!'],
  ])('%s: %j', (command, answer) => {
    expect(CLASSIC_DONE[command]).toBe(answer);
  });

  it.each<readonly [CommandName | '', Refusal['code'], string]>([
    ['START', 'ALREADY_STARTED', 'ALLREADY START'],
    ['START', 'PAUSED', 'ALLREADY START'],
    ['PAUSE', 'NOT_STARTED', 'IS STOPPED'],
    ['PAUSE', 'DISABLED', 'IS STOPPED'],
    ['PAUSE', 'PAUSED', 'PAUSED'],
    ['RESUME', 'NOT_STARTED', 'IS STOPPED'],
    ['RESUME', 'DISABLED', 'IS STOPPED'],
    ['RESUME', 'NOT_PAUSED', 'RESUMED'],
    ['GETID', 'NOT_READY', 'INT_ERR'],
    ['GETID', 'NO_SUCH_ANALYZER', 'INT_ERR'],
    ['GETID', 'BAD_ARGUMENT', 'INT_ERR'],
    ['GETID', 'DISABLED', 'INT_ERR'],
    ['IDENT', 'IDENTIFY_FAILED', 'IDENT ERROR'],
    ['IDENT', 'NOT_READY', 'IDENT ERROR'],
    ['IDENT', 'NOT_STARTED', 'IDENT ERROR'],
    ['IDENT', 'PAUSED', 'IDENT ERROR'],
    ['IDENT', 'DISABLED', 'IDENT ERROR'],
    ['IDENT', 'NO_SUCH_ANALYZER', 'SRV_ERR 0:\tno'],
    ['STATUS', 'NO_SUCH_ANALYZER', 'SRV_ERR 0:\tno'],
    ['GETVARS', 'NO_SUCH_ANALYZER', 'SRV_ERR 0:\tno'],
    ['START', 'DISABLED', 'SRV_ERR 0:\tno'],
    ['RELOAD', 'CONFIG_INVALID', 'SRV_CONF_ERR'],
    ['RELOAD', 'BUSY', 'SRV_ERR 0:\tno'],
    ['SETQUERY', 'NOT_IMPLEMENTED', 'NOT IMPLEMENTED'],
    ['PAUSE', 'NOT_ALLOWED', 'SRV_ERR 5:\tnot allowed'],
    ['GETID', 'NOT_ALLOWED', 'SRV_ERR 5:\tnot allowed'],
    ['', 'FORMAT_ERROR', 'FORMAT_ERROR'],
    ['', 'UNKNOWN_COMMAND', 'ERR'],
    ['STATUS', 'MAX_CLIENTS', 'MAX_CLIENTS'],
    ['PAUSE', 'SHUTTING_DOWN', 'SRV_ERR 0:\tno'],
    ['PAUSE', 'UNEXPECTED', 'SRV_ERR 0:\tno'],
  ])('%s that is refused with %s: %j', (command, code, answer) => {
    expect(refusedText(command, refusal(code))).toBe(answer);
  });

  it('a command that nobody knows is refused as any', () => {
    expect(['constructor', '__proto__', ''].map((name) => refusedText(name, refusal('BUSY')))).toEqual(
      Array.from({ length: 3 }, () => 'SRV_ERR 0:\tno'),
    );
  });

  it('an id that is not there comes with those that are', () => {
    const error = refusal('NO_SUCH_ANALYZER', 'no analyzer 9; there are 1, 2, 3');
    expect(refusedText('STATUS', error)).toBe('SRV_ERR 0:\tno analyzer 9; there are 1, 2, 3');
  });

  it.each<readonly [string, string]>([
    ['línia ñ ç «x»', 'SRV_ERR 3:\tlinia n c ?x?'],
    ['one\r\ntwo\tthree', 'SRV_ERR 3:\tone two three'],
    ['\u001b[2J\0', 'SRV_ERR 3:\t\\x1b[2J\\x00'],
    ['x'.repeat(500), `SRV_ERR 3:\t${'x'.repeat(400)}...`],
    ['😀', 'SRV_ERR 3:\t?'],
  ])('a failure in the words %j is %j', (text, answer) => {
    expect(srvErr(3, text)).toBe(answer);
  });

  it('the others', () => {
    expect(CLASSIC).toEqual({
      formatError: 'FORMAT_ERROR',
      unknownCommand: 'ERR',
      maxClients: 'MAX_CLIENTS',
      disconnected: 'DISCONNECTED!',
      notIdentified: 'INT_ERR',
      identifyFailed: 'IDENT ERROR',
      notAllowed: 'SRV_ERR 5:\tnot allowed',
    });
  });
});

describe('STATUS', () => {
  const error = { code: 'LINE_TIMEOUT', message: 'no answer within 1000 ms' };

  it.each<readonly [AnalyzerState, string]>([
    ['connecting', 'STARTED'],
    ['polling', 'STARTED'],
    ['recording', 'STARTED'],
    ['failed', 'STARTED'],
    ['held', 'STARTED'],
    ['paused', 'PAUSED'],
    ['stopped', 'STOPPED'],
  ])('of one that is %s begins with %s', (state, word) => {
    expect(statusText({ state, comm: true, error: null })).toBe(`${word}\tCOMM\t`);
    expect(statusText({ state, comm: true, error })).toBe(`${word}\tCOMM\t`);
    expect(statusText({ state, comm: false, error: null })).toBe(`${word}\tNOCOMM\t`);
    expect(statusText({ state, comm: false, error })).toBe(`${word}\tNOCOMM\tno answer within 1000 ms`);
  });

  it('of one on a disabled device says so, whatever else is known', () => {
    expect(statusText({ state: 'disabled', comm: true, error })).toBe('STOPPED\tNOCOMM\tdisabled');
  });

  it('is one line of ASCII with two tabs, whatever the error says', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ANALYZER_STATES),
        fc.boolean(),
        fc.string({ unit: 'binary' }),
        (state, comm, message) => {
          expect(statusText({ state, comm, error: { code: 'X', message } })).toMatch(/^[A-Z]+\t[A-Z]+\t[\x20-\x7e]*$/);
        },
      ),
    );
  });
});

describe('GETID', () => {
  it.each<readonly [string, string]>([
    ['PM710 Power Meter   ', 'PM710 Power Meter   '],
    ['  Circutor CVMk', '  Circutor CVMk'],
    ['Comptador número 3', 'Comptador número 3'],
    ['a\r\nb\0c\u001bd\u007fe\u0085f', 'abcdef'],
    ['5 €, 1 😀', '5 ?, 1 ?'],
    ['', ''],
    // these are pickles: of 49, of None, of an empty list
    ['K1.', ' K1.'],
    ['N.', ' N.'],
    ['].', ' ].'],
    ['\rK1.', ' K1.'],
  ])('of a meter that says %j is %j', (text, answer) => {
    expect(idText(text)).toBe(answer);
  });
});
