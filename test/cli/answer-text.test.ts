import { describe, expect, it } from 'vitest';
import { answerText } from '../../src/cli/answer-text.ts';
import { jsonText } from '../../src/cli/ctl/json-text.ts';
import { COMMAND_NAMES } from '../../src/protocol/commands.ts';
import { DEVICE, FAILED } from '../client/sample-plant.ts';
import { SAMPLES } from '../client/sample-views.ts';

const NOW = Date.parse('2026-11-25T18:05:43.323+01:00');
const text = (command: string, data: unknown, columns: number | null = 120): string =>
  answerText(command, data, { columns, tty: true, now: NOW });

describe('an answer in words', () => {
  it('shows an analyzer as a card', () => {
    expect(text('STATUS', SAMPLES.STATUS)).toBe(
      [
        'analyzer   1, Main switchboard, Sa Pobla',
        'meter      Schneider PM710, address 1 on line 1, "PM710 v3.02"',
        'state      polling since 08:00:00 (10 h)',
        'reading    1.2 s ago, every 60 s; 600 good, 1 failed (1 % lately)',
        'recording  every 15 min; until 18:00:00 with 15 of 15 readings',
        'power      12.40 kW, today 84.20 kWh',
        '',
      ].join('\n'),
    );
  });

  it('says what is wrong with one that is not read, and when it is tried again', () => {
    const lines = text('STATUS', FAILED).split('\n');
    expect(lines).toContain('error      no answer within 1 s');
    expect(lines).toContain('next try   18:07:00, after 7 in vain');
    expect(lines).toContain('reading    none yet, every 60 s; 600 good, 1 failed (100 % lately)');
    expect(lines).toContain('power      -');
  });

  it('shows a line, a paused analyzer, and values with their units', () => {
    expect(text('STATUS', DEVICE)).toContain('line       1, /dev/ttyUSB0 19200 8N1\n');
    const paused = { ...FAILED, state: 'paused', pausedUntil: '2026-11-25T18:15:00.000+01:00' };
    expect(text('STATUS', paused)).toContain('paused since 17:00:05 (65 min), until 18:15:00\n');
    expect(text('STATUS', { ...paused, pausedUntil: null })).toContain('(65 min), until it is resumed\n');
    expect(text('STATUS', { ...paused, pausedBy: 'line' })).toContain('(65 min), with its line, until 18:15:00\n');
    expect(text('STATUS', { ...paused, state: 'stopped', pausedUntil: null })).toContain(', until it is started\n');
    expect(text('GETVARS', { ...SAMPLES.GETVARS, defs: SAMPLES.GETDEFS })).toContain('TPF   L1     230.12  V  ');
    expect(text('GETVARS', SAMPLES.GETVARS)).toMatch(/^18:05:42, 1\.2 s ago\nid .*230\.12/s);
  });

  it('says what a meter calls itself only where that is news', () => {
    for (const identification of [null, '', 'Schneider PM710 ']) {
      expect(text('STATUS', { ...SAMPLES.STATUS, identification })).toContain('PM710, address 1 on line 1\n');
    }
  });

  it('goes on below where a line of a card is too long', () => {
    const error = { code: 'LINE_TIMEOUT', message: 'unit 2 did not answer: check its address, its wiring, its power' };
    expect(text('STATUS', { ...FAILED, error }, 50)).toContain(
      'error      unit 2 did not answer: check its\n           address, its wiring, its power\n',
    );
  });

  it.each([
    ['VERSION', 'server    lector 0.1.0, process 4242, on Node 24.21.0'],
    ['LIST', 'Pump room'],
    ['GETID', 'PM710 v3.02\n'],
    ['GETDEFS', 'Tensió Fase-Neutre'],
    ['GETSTATUS', 'hours of use   1234 h 56 min\nerrors         none (0)\nfirmware       302\nserial number  -\n'],
    ['GETCONF', '"equips"'],
    ['HISTORY', '12.30'],
    ['RECORDS', '14/15'],
    ['TREE', '└─ device:1'],
    ['WHY', 'it is not read: no answer within 1 s'],
    ['OWED', 'localFile dades'],
    ['PARKED', 'another record of this window is there'],
    ['ALARMS', 'no answer within 1 s'],
    ['LINES', 'timeout 7'],
    ['PAUSE', 'is paused until 18:15:00\n'],
    ['RELOAD', 'address 3 -> 4'],
    ['HELP', 'PAUSE'],
  ] as const)('of %s holds %j', (command, words) => {
    expect(text(command, SAMPLES[command], null)).toContain(words);
  });

  it('is there for every command that has an answer of its own', () => {
    const none = ['QUIT', 'SETQUERY', 'AUTH', 'SUBSCRIBE', 'UNSUBSCRIBE'];
    const asJson = COMMAND_NAMES.filter((name) => !none.includes(name) && name !== 'GETCONF').filter((name) =>
      text(name, SAMPLES[name as keyof typeof SAMPLES]).startsWith('{'),
    );
    expect(asJson).toEqual([]);
  });

  it.each([
    'STATUS',
    'GETVARS',
    'LIST',
    'TREE',
    'NOVELTY',
  ])('of %s that is not as it should be is shown as JSON', (name) => {
    expect(text(name, { strange: true })).toBe('{\n  "strange": true\n}\n');
  });

  it('keeps to the width of the terminal', () => {
    const widths = text('LIST', SAMPLES.LIST, 70)
      .split('\n')
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(70);
  });

  it('moves no cursor, whatever a meter or a file is called', () => {
    const evil = 'x\u001b[2J\u009b31m\u202e\u0007y';
    const views = JSON.parse(JSON.stringify(SAMPLES).replaceAll('Pump room', 'NAME')) as typeof SAMPLES;
    for (const name of Object.keys(SAMPLES) as (keyof typeof SAMPLES)[]) {
      const data = JSON.parse(JSON.stringify(views[name]), (_, value) => (typeof value === 'string' ? evil : value));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect([name, text(name, data).match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)]).toEqual([name, null]);
    }
  });

  it('as JSON keeps its values, with what moves or hides text escaped', () => {
    const value = { a: 'x\u009b\u202e\u2028é' };
    expect(jsonText(value, 0)).toBe('{"a":"x\\u009b\\u202e\\u2028é"}\n');
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });

  it('leaves out the date of today, by the clock of the server', () => {
    for (const command of ['HISTORY', 'RECORDS', 'WHY', 'GETVARS'] as const) {
      expect([command, text(command, SAMPLES[command])]).toEqual([command, expect.not.stringContaining('2026')]);
    }
  });
});
