import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES, COMMANDS, HELP_TEXT, helpView, isClassicCommand } from '../../src/protocol/commands.ts';
import { CLASSIC_HELLO, dialectOf, JSON_HELLO, WELCOMES } from '../../src/protocol/hello.ts';
import { framesDevice, parseRequest, type Request } from '../../src/protocol/requests.ts';

describe('a request of the JSON dialect', () => {
  it.each<readonly [string, string, Request]>([
    ['LIST', '', { command: 'LIST' }],
    ['STATUS', '1', { command: 'STATUS', target: '1' }],
    ['STATUS', 'line:1', { command: 'STATUS', target: 'line:1' }],
    ['WHY', ' Main switchboard ', { command: 'WHY', target: 'Main switchboard' }],
    ['PAUSE', '3', { command: 'PAUSE', target: '3', seconds: null }],
    ['PAUSE', '3:600', { command: 'PAUSE', target: '3', seconds: 600 }],
    ['PAUSE', 'Kitchen:600', { command: 'PAUSE', target: 'Kitchen', seconds: 600 }],
    ['PAUSE', 'Hall: north', { command: 'PAUSE', target: 'Hall: north', seconds: null }],
    ['PAUSE', 'Hall: north:60', { command: 'PAUSE', target: 'Hall: north', seconds: 60 }],
    ['PAUSE', 'line:1', { command: 'PAUSE', target: 'line:1', seconds: null }],
    ['PAUSE', 'Device:12', { command: 'PAUSE', target: 'Device:12', seconds: null }],
    ['PAUSE', 'line:1:600', { command: 'PAUSE', target: 'line:1', seconds: 600 }],
    ['PAUSE', '3:2592000', { command: 'PAUSE', target: '3', seconds: 2_592_000 }],
    ['RELOAD', '', { command: 'RELOAD', planOnly: false }],
    ['RELOAD', 'Plan', { command: 'RELOAD', planOnly: true }],
    ['AUTH', 'abc:d,e', { command: 'AUTH', token: 'abc:d,e' }],
    ['HISTORY', '1:TPF:3600', { command: 'HISTORY', target: '1', variable: 'TPF', seconds: 3600 }],
    ['HISTORY', 'a:b:RVm:60', { command: 'HISTORY', target: 'a:b', variable: 'RVm', seconds: 60 }],
    ['RECORDS', '1', { command: 'RECORDS', target: '1', count: 20 }],
    ['RECORDS', '1:1000', { command: 'RECORDS', target: '1', count: 1000 }],
    ['RECORDS', 'Hall: north', { command: 'RECORDS', target: 'Hall: north', count: 20 }],
    ['FAULT', '2:silence:30', { command: 'FAULT', target: '2', kind: 'silence', seconds: 30 }],
    ['FAULT', '2:JUMP:1', { command: 'FAULT', target: '2', kind: 'jump', seconds: 1 }],
    ['SUBSCRIBE', 'all', { command: 'SUBSCRIBE', what: ['all'] }],
    [
      'SUBSCRIBE',
      'Readings, states,frames:1,readings',
      { command: 'SUBSCRIBE', what: ['readings', 'states', 'frames:1'] },
    ],
    ['SUBSCRIBE', 'frames:01', { command: 'SUBSCRIBE', what: ['frames:1'] }],
    ['UNSUBSCRIBE', '', { command: 'UNSUBSCRIBE', what: null }],
    ['UNSUBSCRIBE', 'log', { command: 'UNSUBSCRIBE', what: ['log'] }],
  ])('%s@%s is understood', (name, argument, data) => {
    expect(parseRequest(name, argument)).toEqual({ ok: true, data });
  });

  const SECONDS = 'whole seconds from 1 to 2592000 (30 days)';
  it.each<readonly [string, string, string]>([
    ['LIST', '1', 'LIST: expected no argument, saw "1"'],
    ['STARTALL', '3', 'STARTALL: expected no argument, saw "3"'],
    ['STATUS', '', 'STATUS: expected whom, saw nothing'],
    ['PAUSE', ' ', 'PAUSE: expected whom, saw nothing'],
    ['PAUSE', '3:', `PAUSE: expected ${SECONDS}, saw nothing`],
    ['PAUSE', '3:0', `PAUSE: expected ${SECONDS}, saw "0"`],
    ['PAUSE', '3:-5', `PAUSE: expected ${SECONDS}, saw "-5"`],
    ['PAUSE', '3:1.5', `PAUSE: expected ${SECONDS}, saw "1.5"`],
    ['PAUSE', '3:10m', `PAUSE: expected ${SECONDS}, saw "10m"`],
    ['PAUSE', '3:2592001', `PAUSE: expected ${SECONDS}, saw "2592001"`],
    ['PAUSE', '3:99999999999', `PAUSE: expected ${SECONDS}, saw "99999999999"`],
    ['PAUSE', ':60', 'PAUSE: expected whom before the ":", saw ":60"'],
    ['RELOAD', 'now', 'RELOAD: expected nothing or "plan", saw "now"'],
    ['AUTH', '', 'AUTH: expected a token, saw nothing'],
    ['HISTORY', '1:TPF', 'HISTORY: expected ANALYZER:VARIABLE:SECONDS, saw "1:TPF"'],
    ['HISTORY', ':TPF:60', 'HISTORY: expected ANALYZER:VARIABLE:SECONDS, saw ":TPF:60"'],
    ['HISTORY', '1::60', 'HISTORY: expected ANALYZER:VARIABLE:SECONDS, saw "1::60"'],
    ['HISTORY', '1:TPF:x', `HISTORY: expected ${SECONDS}, saw "x"`],
    ['RECORDS', '1:1001', 'RECORDS: expected a whole number from 1 to 1000, saw "1001"'],
    ['RECORDS', ':5', 'RECORDS: expected whom before the ":", saw ":5"'],
    ['FAULT', '2:silence', 'FAULT: expected ANALYZER:KIND:SECONDS, saw "2:silence"'],
    [
      'FAULT',
      '2:fire:30',
      'FAULT: expected one of silence late crc truncated echo noise exception reboot jump, saw "fire"',
    ],
    ['SUBSCRIBE', '', 'SUBSCRIBE: expected some of readings states records log frames:LINE all, saw nothing'],
    ['SUBSCRIBE', 'frames', 'SUBSCRIBE: expected some of readings states records log frames:LINE all, saw "frames"'],
    ['SUBSCRIBE', 'log,', 'SUBSCRIBE: expected some of readings states records log frames:LINE all, saw nothing'],
    ['SUBSCRIBE', 'all:1', 'SUBSCRIBE: expected some of readings states records log frames:LINE all, saw "all:1"'],
    [
      'SUBSCRIBE',
      'frames:x',
      'SUBSCRIBE: expected some of readings states records log frames:LINE all, saw "frames:x"',
    ],
    [
      'SUBSCRIBE',
      'frames:1:2',
      'SUBSCRIBE: expected some of readings states records log frames:LINE all, saw "frames:1:2"',
    ],
    [
      'SUBSCRIBE',
      'x,'.repeat(400),
      'SUBSCRIBE: expected at most 300 of readings states records log frames:LINE all, saw "401"',
    ],
    ['RELOAD', 'x'.repeat(4000), `RELOAD: expected nothing or "plan", saw "${'x'.repeat(60)}…"`],
  ])('%s@%.40s is refused in words', (name, argument, message) => {
    expect(parseRequest(name, argument)).toMatchObject({ ok: false, error: { code: 'BAD_ARGUMENT', message } });
  });

  it.each<readonly [string, string]>([
    ['PAUSE', 'write $PAUSE@ANALYZER|line:ID[:SECONDS];'],
    ['RELOAD', 'write $RELOAD[@plan];'],
    ['LIST', 'write $LIST;'],
  ])('what is wrong with %s comes with how to write it', (name, hint) => {
    expect(parseRequest(name, '1:0')).toMatchObject({ error: { hint } });
  });

  it('a command that is not there, one that was never written', () => {
    const hint = 'HELP lists them';
    const message = 'there is no command FOO';
    expect(parseRequest('FOO', '1')).toEqual({ ok: false, error: { code: 'UNKNOWN_COMMAND', message, hint } });
    expect(parseRequest('SETQUERY', '')).toMatchObject({ ok: false, error: { code: 'NOT_IMPLEMENTED' } });
    for (const name of ['constructor', '__proto__', 'toString', '']) {
      expect(parseRequest(name, '')).toMatchObject({ ok: false, error: { code: 'UNKNOWN_COMMAND' } });
    }
  });

  it('F60 never throws, and answers with the command that was asked or a refusal in words', () => {
    const name = fc.oneof(fc.constantFrom(...COMMAND_NAMES), fc.string());
    const unit = fc.constantFrom(...'0123456789:,.-lineframes1 TPFé😀'.split(''), 'all', 'frames:', 'line:', ':60');
    fc.assert(
      fc.property(name, fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' })), (command, argument) => {
        const parsed = parseRequest(command, argument);
        if (parsed.ok) expect(parsed.data.command).toBe(command);
        else expect(parsed.error.message.length * parsed.error.hint.length).toBeGreaterThan(0);
        expect(JSON.stringify(parsed).length).toBeLessThan(8000);
      }),
    );
  });

  it('frames go with a device', () => {
    expect([framesDevice('frames:12'), framesDevice('all')]).toEqual([12, null]);
  });
});

describe('the commands', () => {
  it('HELP of the classic dialect is what the predecessor answers', () => {
    expect(HELP_TEXT).toBe(
      'QUIT SHUTDOWN START STARTALL PAUSE RESUME RELOAD STATUS GETID GETVARS GETDEFS GETSTATUS FORCEREQ GETCONF ' +
        'IDENT SETQUERY HELP',
    );
  });

  it('those that change something are refused to who may only look', () => {
    const changing = COMMAND_NAMES.filter((name) => COMMANDS[name].changes);
    const expected = 'START STARTALL STOP PAUSE RESUME FORCEREQ IDENT RELOAD SHUTDOWN FAULT RETRY';
    expect([...changing].sort()).toEqual(expected.split(' ').sort());
  });

  it('those of the JSON dialect alone are unknown to the classic one', () => {
    expect(COMMAND_NAMES.filter((name) => !isClassicCommand(name)).join(' ')).toBe(
      'AUTH VERSION LIST STOP WHY TREE ALARMS LINES OWED PARKED RETRY HISTORY RECORDS SUBSCRIBE UNSUBSCRIBE FAULT',
    );
    expect(['FOO', 'toString', 'LIST'].filter(isClassicCommand)).toEqual([]);
  });

  it('HELP of the JSON dialect says of each what goes with it and what it does', () => {
    const { commands } = helpView();
    expect(commands).toHaveLength(COMMAND_NAMES.length - 1);
    expect(commands.find(({ name }) => name === 'PAUSE')).toEqual({
      name: 'PAUSE',
      argument: 'ANALYZER|line:ID[:SECONDS]',
      changes: true,
      words: 'stops reading, with SECONDS for so long; a line: its port is closed',
    });
  });
});

it('two bytes choose the dialect, anything else none', () => {
  expect([CLASSIC_HELLO, JSON_HELLO, '#j', '$#', '', '#', 'GE'].map(dialectOf)).toEqual([
    'classic',
    'json',
    ...Array.from({ length: 5 }, () => null),
  ]);
  expect(WELCOMES).toEqual({ classic: '$#', json: 'J#' });
});
