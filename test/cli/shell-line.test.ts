import { describe, expect, it } from 'vitest';
import { complete, type Names } from '../../src/cli/shell/completion.ts';
import { helpText } from '../../src/cli/shell/help-text.ts';
import { parseLine } from '../../src/cli/shell/line.ts';
import { withServer } from '../../src/cli/shell/place.ts';
import { slugOf } from '../../src/cli/shell/session.ts';
import { WORD_NAMES, WORDS } from '../../src/cli/shell/vocabulary.ts';
import { parseRequest } from '../../src/protocol/requests.ts';

const names = ['Main switchboard', 'Cuina', 'Sala 2', "Joan's"];
const requestsOf = (line: string, used: string | null = null): readonly string[] =>
  parseLine(line, { names, used }).flatMap((typed) => {
    if (typed.kind !== 'requests') return [JSON.stringify(typed)];
    return typed.arguments.map((argument) => `${typed.command}${argument === '' ? '' : `@${argument}`}`);
  });

describe('a line of the shell', () => {
  it.each([
    ['status 1', 'STATUS@1'],
    ['  STATUS   1  ', 'STATUS@1'],
    ['STATUS@1', 'STATUS@1'],
    ['status@1', 'STATUS@1'],
    ['$STATUS@1;', 'STATUS@1'],
    ['$STATUS1;', 'STATUS@1'],
    ['$LIST;', 'LIST'],
    ['status 1 2,5 7-9', 'STATUS@1 STATUS@2 STATUS@5 STATUS@7 STATUS@8 STATUS@9'],
    ['status main SWITCHBOARD', 'STATUS@main SWITCHBOARD'],
    ['status "Main switchboard" cuina 3', 'STATUS@Main switchboard STATUS@cuina STATUS@3'],
    ['vars Sala 2', 'GETVARS@Sala 2'],
    ['vars 2 Sala 2 1', 'GETVARS@2 GETVARS@Sala 2 GETVARS@1'],
    ["id Joan's; list", "GETID@Joan's LIST"],
    ["id 'Sala d''x' \"a;b", "GETID@'Sala GETID@d''x' GETID@a;b"],
    ['status "', 'LIST'],
    ['status', 'LIST'],
    ['list', 'LIST'],
    ['ls', 'LIST'],
    ['getvars 1', 'GETVARS@1'],
    ['meter 1', 'GETSTATUS@1'],
    ['pause 1', 'PAUSE@1'],
    ['pause 1 10m', 'PAUSE@1:600'],
    ['pause 1 2 90s', 'PAUSE@1:90 PAUSE@2:90'],
    ['pause 1 2', 'PAUSE@1 PAUSE@2'],
    ['pause 1 for 90', 'PAUSE@1:90'],
    ['pause 1 --for 1h30m', 'PAUSE@1:5400'],
    ['pause line:1 2h', 'PAUSE@line:1:7200'],
    ['PAUSE@1:600', 'PAUSE@1:600'],
    ['history 1 PAT', 'HISTORY@1:PAT:3600'],
    ['history Main switchboard PAT 10m', 'HISTORY@Main switchboard:PAT:600'],
    ['history 1 PAT --last 2h', 'HISTORY@1:PAT:7200'],
    ['records 1', 'RECORDS@1'],
    ['records 1 5', 'RECORDS@1:5'],
    ['fault 2 silence', 'FAULT@2:silence:60'],
    ['fault 2 3 late 30s', 'FAULT@2:late:30 FAULT@3:late:30'],
    ['reload', 'RELOAD'],
    ['reload --plan', 'RELOAD@plan'],
    ['status 1; vars 2;', 'STATUS@1 GETVARS@2'],
    ['tree;alarms', 'TREE ALARMS'],
    ['', ''],
    [' ;; ', ''],
  ])('%s', (line, requests) => {
    expect(requestsOf(line).join(' ')).toBe(requests);
  });

  it.each([
    ['vars', 'GETVARS@7'],
    ['status', 'STATUS@7'],
    ['status 1', 'STATUS@1'],
    ['pause 10m', 'PAUSE@7:600'],
    ['history PAT 10m', 'HISTORY@7:PAT:600'],
    ['records', 'RECORDS@7'],
    ['fault silence', 'FAULT@7:silence:60'],
    ['list', 'LIST'],
  ])('after "use 7", %s is %s', (line, requests) => {
    expect(requestsOf(line, '7').join(' ')).toBe(requests);
  });

  it('after "use 7", watch follows 7', () => {
    expect(parseLine('watch', { names, used: '7' })).toEqual([{ kind: 'watch', targets: ['7'] }]);
    expect(parseLine('watch 1', { names, used: '7' })).toEqual([{ kind: 'watch', targets: ['1'] }]);
    expect(parseLine('watch', { names, used: null })).toEqual([{ kind: 'watch', targets: [] }]);
  });

  it.each([
    ['exit', { kind: 'exit' }],
    ['$QUIT;', { kind: 'exit' }],
    ['use 1', { kind: 'use', target: '1' }],
    ['setEquip Sala 2', { kind: 'use', target: 'Sala 2' }],
    ['use', { kind: 'use', target: null }],
    ['json on', { kind: 'json', on: true }],
    ['json', { kind: 'json', on: null }],
    ['?', { kind: 'help', about: null }],
    ['help getvars', { kind: 'help', about: 'vars' }],
    ['auth a b@c', { kind: 'auth', token: 'a b@c' }],
    ['AUTH@secret', { kind: 'auth', token: 'secret' }],
    ['watch 1-3', { kind: 'watch', targets: ['1', '2', '3'] }],
    ['FORCEREQ 1', { kind: 'readnow', targets: ['1'] }],
  ])('%s is for the shell itself', (line, typed) => {
    expect(parseLine(line, { names, used: null })).toEqual([typed]);
  });

  it.each([
    ['pause all', { kind: 'everybody', deed: 'pause', seconds: null }],
    ['pause ALL 10m', { kind: 'everybody', deed: 'pause', seconds: 600 }],
    ['resume all', { kind: 'everybody', deed: 'resume', seconds: null }],
    ['stop all', { kind: 'everybody', deed: 'stop', seconds: null }],
    ['readnow all', { kind: 'readnow', targets: ['all'] }],
    ['status all', { kind: 'requests', command: 'STATUS', arguments: ['all'] }],
    ['PAUSE@all', { kind: 'requests', command: 'PAUSE', arguments: ['all'] }],
    ['resume Free for all', { kind: 'requests', command: 'RESUME', arguments: ['Free for all'] }],
    ['stop 1 all', { kind: 'wrong', message: expect.stringContaining('expected "all" alone') }],
  ])('%s means everybody, or a name: %j', (line, expected) => {
    expect(parseLine(line, { names: ['all', 'Free for all'], used: '1' })).toEqual([expected]);
  });

  it.each([
    ['stauts 1', 'there is no command "stauts"; did you mean "status"?'],
    ['vras', 'did you mean "vars"?'],
    ['xyzzy', 'there is no command "xyzzy"; "help" lists what there is'],
    ['\u001b[2J', '\\x1b[2J'],
    ['vars', 'expected: vars WHO; "help vars" has examples'],
    ['list 1', 'expected: list; "help list" has examples'],
    ['reload now', 'expected: reload [plan]'],
    ['pause 1 for ever', 'expected a time such as 90s'],
    ['status 9-1', 'expected a range such as 1-4'],
    ['json maybe', 'expected: json on|off'],
    ['subscribe readings', '"watch" follows readings'],
    ['auth', 'expected: auth TOKEN'],
  ])('%s is answered by the shell', (line, words) => {
    const [typed] = parseLine(line, { names, used: null });
    expect(typed).toEqual({ kind: 'wrong', message: expect.stringContaining(words) });
  });

  it('has examples that the server understands', () => {
    const examples = WORD_NAMES.flatMap((name) => WORDS[name].examples);
    const refused = examples.flatMap((example) =>
      parseLine(example, { names, used: null }).flatMap((typed) => {
        if (typed.kind === 'wrong') return [`${example}: ${typed.message}`];
        if (typed.kind !== 'requests') return [];
        return typed.arguments
          .filter((argument) => !parseRequest(typed.command, argument).ok)
          .map((argument) => `${example}: ${typed.command}@${argument}`);
      }),
    );
    expect(examples.length).toBeGreaterThan(20);
    expect(refused).toEqual([]);
  });
});

const known: Names = {
  ids: ['1', '12'],
  names: ['Cuina', 'Main switchboard'],
  lines: ['line:1'],
  codes: ['PAF', 'PAT', 'TPF'],
};

describe('Tab', () => {
  it.each([
    ['sta', 'status ,start ,startall '],
    ['STA', 'status ,start ,startall '],
    ['getv', 'getvars '],
    ['$STAT', '$STATUS'],
    ['', WORD_NAMES.map((name) => `${name} `).join()],
    ['status 1', '1 ,12 '],
    ['status m', '"Main switchboard" '],
    ['status "Ma', '"Main switchboard" '],
    ['status "Main sw', '"Main switchboard" '],
    ['status 1 c', 'Cuina '],
    ['status "Main switchboard" c', 'Cuina '],
    ["status d'x c", 'Cuina '],
    ['status li', 'line:1 '],
    ['vars li', ''],
    ['history 1 p', 'PAF ,PAT '],
    ['history p', ''],
    ['fault 1 sil', 'silence '],
    ['help al', 'alarms '],
    ['json ', 'on ,off '],
    ['reload ', 'plan '],
    ['list ', ''],
    ['STATUS@1', 'STATUS@1,STATUS@12'],
    ['$STATUS@12', '$STATUS@12;'],
    ['status 1; al', 'alarms '],
    ['nonsense ', ''],
    ['exit ', ''],
  ])('after "%s" offers %s', (text, hits) => {
    expect(complete(text, known)[0].join()).toBe(hits);
  });

  it('replaces the word that was begun, quotes and all', () => {
    expect(complete('status 1 "Main s', known)[1]).toBe('"Main s');
  });

  it('after "use 1" offers at once what may follow WHO', () => {
    expect(complete('history p', known, '1')[0]).toEqual(['PAF ', 'PAT ']);
    expect(complete('fault sil', known, '1')[0]).toEqual(['silence ']);
    expect(complete('status m', known, '1')[0]).toEqual(['"Main switchboard" ']);
  });
});

describe('the server behind lector shell', () => {
  it.each([
    ['10.0.0.7', { host: '10.0.0.7' }],
    ['10.0.0.7:50008', { host: '10.0.0.7', port: 50_008 }],
    ['[::1]:50008', { host: '::1', port: 50_008 }],
    ['::1', { host: '::1' }],
    [':50008', { port: 50_008 }],
    ['node4.example', { host: 'node4.example' }],
    ['run/lector.sock', { socket: 'run/lector.sock' }],
    [undefined, {}],
  ])('%s', (server, options) => {
    expect(withServer({}, server)).toEqual(options);
  });

  it.each([
    [':', {}, 'expected a server such as'],
    ['x:y:z', {}, 'expected a server such as'],
    ['host:99999', {}, 'expected a server such as'],
    ['host', { host: 'x' }, 'saw both'],
    ['host', { socket: 'x' }, 'saw both'],
    ['host:1', { port: 2 }, 'saw both'],
  ])('%s with %j is refused', (server, options, words) => {
    expect(() => withServer(options, server)).toThrow(words);
  });
});

describe('what is shown', () => {
  it.each([
    ['IES Sa Garriga', 'ies-sa-garriga'],
    ['CIFP "Joan Taix" (Sa Pobla)', 'cifp-joan-taix-sa-pobla'],
    ['Tensió\u001b[2J', 'tensio-2j'],
    ['***', ''],
  ])('the name %j is %s in a prompt', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });

  it('help names every word, and each has help of its own', () => {
    const lines = helpText(null, 80).split('\n');
    expect(WORD_NAMES.filter((name) => !lines.some((line) => line.startsWith(`  ${name}`)))).toEqual([]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(helpText('pause', 80)).toContain('such as:  pause 1\n            pause 1 10m\n');
  });
});
