import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/protocol/hello.ts';
import {
  CLASSIC_LINE_MAX,
  createRequestLines,
  JSON_LINE_MAX,
  type RequestLine,
} from '../../src/protocol/request-lines.ts';

const bytesOf = (text: string, encoding: BufferEncoding = 'latin1') => new Uint8Array(Buffer.from(text, encoding));
const short = (line: RequestLine) => (line.kind === 'malformed' ? '?' : `${line.name}@${line.argument}`);
const classic = (text: string) => createRequestLines('classic').feed(bytesOf(text)).map(short);
const json = (text: string) => createRequestLines('json').feed(bytesOf(text, 'utf8')).map(short);

describe('a line of the classic dialect', () => {
  it.each<readonly [string, readonly string[]]>([
    ['$STATUS@1;\r', ['STATUS@1']],
    ['$STATUS1;\r', ['STATUS@1']],
    ['$STATUS 1;\r', ['STATUS@1']],
    ['$STATUS:1;\r', ['STATUS@1']],
    ['$STATUS;1;\r', ['STATUS@']],
    ['$STATUS\x001;\r', ['STATUS@1']],
    ['$STATUS\t1;\r', ['STATUS@1']],
    ['$STATUS\xe91;\r', ['STATUS@1']],
    ['$STATUS\x851;\r', ['STATUS@1']],
    ['$STATUS$1;\r', ['STATUS@1']],
    ['$status@1;\r', ['STATUS@1']],
    ['$STATUS@1;and more\r', ['STATUS@1']],
    ['$STATUS@1;;;\r', ['STATUS@1']],
    ['$QUIT;\r', ['QUIT@']],
    ['$QUIT@;\r', ['QUIT@']],
    ['$Q;\r', ['Q@']],
    ['$GETCONF@XML;\r', ['GETCONF@XML']],
    ['$FOO@A1B2;\r', ['FOO@A1B2']],
    // the name takes every letter: the rest is its argument only from a digit or a separator on
    ['$STATUSX1;\r', ['STATUSX@1']],
    ['$STATUS1A;\r', ['STATUS@1A']],
    ['$STATUS-;\r', ['STATUS@']],
  ])('F60 %j is %j', (text, expected) => {
    expect(classic(text)).toEqual(expected);
  });

  it.each([
    '\r',
    ';\r',
    '$\r',
    '$;\r',
    '$STATUS@1\r',
    'STATUS@1;\r',
    ' $STATUS@1;\r',
    '#$$STATUS@1;\r',
    '$STATUS@@1;\r',
    '$STATUS@1 ;\r',
    '$STATUS@-1;\r',
    '$1;\r',
    '$$STATUS@1;\r',
    '$STATUS\n1;\r',
    '$STATUS\xc3\xa91;\r',
    '$\xe9TAT@1;\r',
    // upper case is that of ASCII: none of these becomes a letter that a name may have
    '$\xdfTATUS@1;\r',
    '$STATUS@\xb5;\r',
    '\0\0\0\r',
    '\n\n$STATUS@1;\r',
  ])('F60 %j has not the form', (text) => {
    expect(classic(text)).toEqual(['?']);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ['20 characters are taken', '$GETSTATUS@12345678;\r', ['GETSTATUS@12345678']],
    ['what is ignored counts among them', '$STATUS@1;123456789x\r', ['STATUS@1']],
    ['21 are one line that has not the form', '$GETSTATUS@123456789;\r$QUIT;\r', ['?', 'QUIT@']],
    ['so are 60: the predecessor made three of them', `${'$STATUS@1;'.repeat(6)}\r$QUIT;\r`, ['?', 'QUIT@']],
    ['an LF after the CR is skipped', '$STATUS@1;\r\n$QUIT;\r\n', ['STATUS@1', 'QUIT@']],
    ['an LF that is skipped is none of the 20', '\n$GETSTATUS@12345678;\r', ['GETSTATUS@12345678']],
    ['an LF is skipped after a line that was too long', `${'x'.repeat(50)}\r\n$QUIT;\r`, ['?', 'QUIT@']],
    ['without a CR nothing comes', '$STATUS@1;', []],
    ['several in one piece', '$QUIT;\r$FOO;\r?\r$BAR2;\r', ['QUIT@', 'FOO@', '?', 'BAR@2']],
  ])('F60 %s', (_, text, expected) => {
    expect(classic(text)).toEqual(expected);
  });
});

describe('a line of the JSON dialect', () => {
  it.each<readonly [string, readonly string[]]>([
    ['$LIST;\r', ['LIST@']],
    ['$list;\r\n$Tree;\r\n', ['LIST@', 'TREE@']],
    ['$PAUSE@Cuina gran · 2:600;\r', ['PAUSE@Cuina gran · 2:600']],
    ['$WHY@line:1;\r', ['WHY@line:1']],
    ['$STATUS@;\r', ['STATUS@']],
    ['$STATUS@a@b$c\\"d";\r', ['STATUS@a@b$c\\"d"']],
    ['$STATUS@ x ;\r', ['STATUS@ x ']],
    ['$STATUS@Müller 😀;\r', ['STATUS@Müller 😀']],
    ['$STATUS@ß;\r', ['STATUS@ß']],
  ])('F60 %j is %j', (text, expected) => {
    expect(json(text)).toEqual(expected);
  });

  it.each([
    '\r',
    '$\r',
    '$LIST\r',
    'LIST;\r',
    '$STATUS1;\r',
    '$STATUS 1;\r',
    '$STATUS@1;2;\r',
    '$STATUS@1; \r',
    '$STATUS@a\tb;\r',
    '$STATUS@a\nb;\r',
    '$STATUS@a\0b;\r',
    '$STATUS@a\u007fb;\r',
    '$STATUS@a\u0085b;\r',
    '$ſTATUS@1;\r',
    '\ufeff$LIST;\r',
    '\n\n$LIST;\r',
  ])('F60 %j has not the form', (text) => {
    expect(json(text)).toEqual(['?']);
  });

  it.each([
    '$STATUS@\xff;\r',
    '$STATUS@\xc3;\r',
    '$STATUS@\xed\xa0\xbd;\r',
    '$STATUS@\xc0\xaf;\r',
  ])('F60 the bytes %j are no UTF-8, and say so', (text) => {
    const lines = createRequestLines('json').feed(bytesOf(text));
    expect(lines).toEqual([{ kind: 'malformed', reason: 'expected UTF-8' }]);
  });

  it('4096 bytes are taken, 4097 are one line too many', () => {
    const argument = 'é'.repeat((JSON_LINE_MAX - 10) / 2);
    expect(json(`$STATUS@${argument};x\r`)).toEqual(['?']);
    expect(json(`$STATUSX@${argument};\r`)).toEqual([`STATUSX@${argument}`]);
    expect(json(`$STATUSXX@${argument};\r$LIST;\r`)).toEqual(['?', 'LIST@']);
  });
});

describe.each<{ dialect: Dialect; max: number }>([
  { dialect: 'classic', max: CLASSIC_LINE_MAX },
  { dialect: 'json', max: JSON_LINE_MAX },
])('the $dialect splitter', ({ dialect, max }) => {
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .constantFrom('$STATUS@1;\r', '$pause@é😀:5;\r\n', '\r', '\n', '\r\n', '$A;', ';\r', 'x'.repeat(25))
      .map((text) => bytesOf(text, 'utf8')),
    fc.constant(new Uint8Array(max).fill(65)),
  );

  it('F60 finds the same requests however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 12 }), fc.infiniteStream(fc.nat(9)), (parts, sizes) => {
        const all = new Uint8Array(Buffer.concat(parts));
        const whole = createRequestLines(dialect);
        const cut = createRequestLines(dialect);
        const found: RequestLine[] = [];
        for (let at = 0; at < all.length; ) {
          const size = sizes.next().value ?? 1;
          found.push(...cut.feed(all.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(whole.feed(all));
        expect(cut.isMidLine).toBe(whole.isMidLine);
        expect(found.filter(({ kind }) => kind === 'command').every((line) => short(line).length <= max)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('F60 finds the same requests byte by byte', () => {
    const all = bytesOf(`\n$STATUS@1;\r\n$gétid;\r${'y'.repeat(max + 1)}\r\n$QUIT;\r`, 'utf8');
    const one = createRequestLines(dialect);
    const found = [...all].flatMap((byte) => one.feed(Uint8Array.of(byte)));
    expect(found.map(short)).toEqual(['STATUS@1', '?', '?', 'QUIT@']);
  });

  it('F58 tells of a line that does not end once, as soon as it is too long, and keeps nothing of 64 MB', () => {
    const lines = createRequestLines(dialect);
    expect(lines.feed(new Uint8Array(max).fill(65))).toEqual([]);
    expect(lines.feed(Uint8Array.of(65)).map(short)).toEqual(['?']);
    const piece = new Uint8Array(65_536).fill(66);
    const before = process.memoryUsage();
    for (let count = 0; count < 1024; count++) expect(lines.feed(piece)).toHaveLength(0);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(4e6);
    expect(lines.isMidLine).toBe(true);
    expect(lines.feed(bytesOf('\r$QUIT;\r')).map(short)).toEqual(['QUIT@']);
  });

  it('F58 keeps nothing of what it was given: a buffer that is used again changes no request', () => {
    const lines = createRequestLines(dialect);
    const buffer = bytesOf('$STATUS');
    lines.feed(buffer);
    buffer.fill(90);
    expect(lines.feed(bytesOf('@1;\r')).map(short)).toEqual(['STATUS@1']);
  });

  it('is amid a line from its first character to its CR', () => {
    const lines = createRequestLines(dialect);
    const states = ['', '$', 'QUIT;', '\r', '\n', '$', 'x'.repeat(max + 1), '\r', '\n'].map((text) => {
      lines.feed(bytesOf(text));
      return lines.isMidLine;
    });
    expect(states).toEqual([false, true, true, false, false, true, true, false, false]);
  });
});

it('F60 any one byte but CR, LF and what has a meaning of its own parts name and argument', () => {
  const parting = Array.from({ length: 256 }, (_, byte) => byte).filter(
    (byte) => classic(`$STATUS${String.fromCharCode(byte)}1;\r`).join() === 'STATUS@1',
  );
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789;\r\n'].map((c) =>
    c.charCodeAt(0),
  );
  expect(parting).toEqual(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !letters.includes(byte)));
});
