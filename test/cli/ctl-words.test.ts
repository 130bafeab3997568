import { describe, expect, it } from 'vitest';
import { numbersPlain, numbersText, numberText, percentText, spanText, timeText } from '../../src/cli/ctl/human.ts';
import { runWords } from '../../src/cli/ctl/program.ts';
import { type Asked, parseQuickly } from '../../src/cli/ctl/quick-parse.ts';
import { parseSpan, parseTargets, splitSpan } from '../../src/cli/ctl/words.ts';

describe('whom the words of a command name', () => {
  it.each([
    ['1', '1'],
    ['1 2 5', '1 2 5'],
    ['1,2,5', '1 2 5'],
    ['1-4', '1 2 3 4'],
    ['3-3', '3'],
    ['1-3,7', '1 2 3 7'],
    ['2 1-3 2', '2 1 3'],
    ['line:1', 'line:1'],
    ['line:1,device:2', 'line:1 device:2'],
    ['1,', '1'],
  ])('%s is %s', (words, targets) => {
    expect(parseTargets(words.split(' '))).toEqual(targets.split(' '));
  });

  it.each(['Main switchboard', 'Pumps, left', 'A-4', 'B 1-3', '1-3 north', 'x,1'])('"%s" is a name', (name) => {
    expect(parseTargets([name])).toEqual([name]);
  });

  it.each([
    ['pause 1 10m', 'pause 1', 600],
    ['1 2', '1 2', null],
    ['1 for 90', '1', 90],
    ['2 --last 1h30m', '2', 5400],
    ['10m 1', '10m 1', null],
  ])('%s: a time is only what stands last', (all, words, span) => {
    expect(splitSpan(all.split(' '))).toEqual({ words: words.split(' '), span });
  });

  it.each(['4-1', '1-5000'])('the range %s is refused', (word) => {
    expect(() => parseTargets([word])).toThrow(`expected a range such as 1-4, of at most 1000 ids; saw "${word}"`);
  });
});

describe('how long', () => {
  it.each([
    ['90', 90],
    ['90s', 90],
    ['10m', 600],
    ['10min', 600],
    ['2h', 7200],
    ['1h30m', 5400],
    ['30D', 2_592_000],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseSpan(text)).toBe(seconds);
  });

  it.each(['', '0', '0s', '-5', '1.5h', '10x', 'm', '1h30', '31d', '99999999999'])('"%s" is refused', (text) => {
    expect(() => parseSpan(text)).toThrow(/^expected a time such as 90s, 10m, 2h or 1d, 30 days at most; saw "/);
  });
});

describe('what people read', () => {
  it.each([
    [0, '0.0 s'],
    [430, '0.4 s'],
    [42_900, '42 s'],
    [240_000, '4 min'],
    [3 * 3_600_000, '3 h'],
    [12 * 86_400_000, '12 days'],
    [-5, '0.0 s'],
    [null, null],
  ])('%j ms are %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });

  it.each([
    [0, '0'],
    [0.981, '0.981'],
    [-0.0004, '-0.000'],
    [8.2134, '8.213'],
    [12.3456, '12.35'],
    [230.12, '230.1'],
    [12_345.6, '12346'],
    [1e21, '1e+21'],
    [Number.NaN, null],
    [null, null],
    [undefined, null],
  ])('%j is shown as %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it('the values of a variable share a cell, and none is left out', () => {
    expect(numbersText([230.12, null, 229.8])).toBe('230.1 - 229.8');
    expect(numbersPlain([230.12, null, 229.8])).toBe('230.12 - 229.8');
    expect(numbersPlain(undefined)).toBeNull();
  });

  it('a time is the clock of its place, with the date where it is another day', () => {
    // in Greenwich it is the 25th, in Madrid already the 26th
    const now = Date.UTC(2026, 10, 25, 23, 30);
    expect(timeText('2026-11-26T00:10:00.000+01:00', now)).toBe('00:10:00');
    expect(timeText('2026-11-25T23:10:00.000+01:00', now)).toBe('2026-11-25 23:10:00');
    expect(timeText('2026-11-25T22:10:00.000Z', now)).toBe('22:10:00');
    expect(timeText('2026-11-25T12:10:00.000-05:00', now)).toBe('12:10:00');
    expect(timeText('2026-11-26T00:10:00.000+01:00')).toBe('2026-11-26 00:10:00');
    expect(timeText(null)).toBeNull();
  });

  it.each([
    [0, '0 %'],
    [0.002, '<1 %'],
    [0.074, '7 %'],
    [1, '100 %'],
    [null, null],
  ])('a share of %j is %s', (share, text) => {
    expect(percentText(share)).toBe(text);
  });
});

/** What commander makes of a command line; null where it has something to say. */
async function slowly(argv: readonly string[]): Promise<Asked | null> {
  let asked: Asked | null = null;
  const print = { out: () => {}, err: () => {} };
  const run = async (each: Asked) => {
    asked = each;
    return 0;
  };
  await runWords(argv, run, print);
  return asked;
}

describe('the quick reading of a command line', () => {
  it.each([
    'list',
    'status',
    'status 1',
    'status 1 --json',
    '--json status 1',
    '--port 7 pause 1 2 --for 10m --host pc7',
    'pause --for 10m 1',
    'pause --for=10m 1',
    '--token-file=a=b version',
    'history 1 PAT IPF --last 2h --timeout 2.5',
    'fault 2 silence --for 30s',
    'version --timeout 2.5s',
    'records 1 --count 96',
    'reload --plan',
    '--socket a.sock watch --vars TPF,PAT',
    '--config c.xml --ini l.ini list',
  ])('%s is what commander makes of it', async (line) => {
    const argv = line.split(' ');
    const quick = parseQuickly(argv);
    expect(quick).not.toBeNull();
    expect(quick).toEqual(await slowly(argv));
  });

  it.each([
    '',
    'paus 1',
    'pause',
    'list 1',
    'history 1',
    'pause 1 --fro 3',
    'pause 1 --for',
    'pause 1 --for --json',
    '--for 10m pause 1',
    'status --for 10m',
    '--port x list',
    '--port 65536 list',
    '--timeout 0 list',
    '--json=yes list',
    'records 1 --count 1001',
    '-h',
    'list -h',
    'help pause',
    'pause -- 1',
  ])('"%s" is left to commander', (line) => {
    expect(parseQuickly(line.split(' ').filter(Boolean))).toBeNull();
  });
});
