import { describe, expect, it } from 'vitest';
import { load, loaded, PREDECESSOR, sentences } from './sample.ts';

const NAME = 'Menorca i Eivissà, ñ';
const named = (declaration: string) => PREDECESSOR.replace(/^<\?xml.*\?>/, declaration).replace('CIFP Joan Taix', NAME);
const UTF8 = "<?xml version='1.0' encoding='UTF-8'?>";

describe('how a file may be written', () => {
  it.each([
    { what: 'UTF-8', bytes: Buffer.from(named(UTF8)) },
    { what: 'UTF-8 without a declaration', bytes: Buffer.from(named('')) },
    { what: 'UTF-8 with a byte order mark', bytes: Buffer.from(`\ufeff${named(UTF8)}`) },
    {
      what: 'Latin-1 that says so',
      bytes: Buffer.from(named('<?xml version="1.0" encoding="ISO-8859-1"?>'), 'latin1'),
    },
    {
      what: 'Windows-1252 that says so',
      bytes: Buffer.from(named('<?xml version="1.0" encoding="windows-1252"?>'), 'latin1'),
    },
    { what: 'CRLF', bytes: Buffer.from(named(UTF8).replaceAll('\n', '\r\n')) },
  ])('F65 $what', ({ bytes }) => {
    const parsed = load(bytes);
    expect(sentences(parsed)).toEqual([]);
    expect(loaded(parsed).node.name).toBe(NAME);
  });

  it('F65 Latin-1 that claims to be UTF-8 is read, and said', () => {
    const parsed = load(Buffer.from(named(UTF8), 'latin1'));
    expect(loaded(parsed).node.name).toBe(NAME);
    expect(sentences(parsed)).toEqual([
      'config.xml:3: warning: expected UTF-8, saw other bytes, read as Latin-1; ' +
        'save the file as UTF-8, or declare ISO-8859-1',
    ]);
  });

  it.each([
    { what: 'UTF-16 with its mark', bytes: Buffer.from(`\ufeff${PREDECESSOR}`, 'utf16le') },
    { what: 'UTF-16 without', bytes: Buffer.from(PREDECESSOR, 'utf16le') },
    { what: 'UTF-16, high byte first', bytes: Buffer.from(`\ufeff${PREDECESSOR}`, 'utf16le').swap16() },
  ])('F65 $what is refused in words', ({ bytes }) => {
    expect(sentences(load(bytes))).toEqual([
      'config.xml: expected UTF-8 or Latin-1, saw UTF-16; save it as UTF-8 (in Notepad: Save as, Encoding, UTF-8)',
    ]);
  });

  it('F65 another encoding is refused by name', () => {
    const bytes = Buffer.from(PREDECESSOR.replace('UTF-8', 'KOI8-R'));
    expect(sentences(load(bytes))).toEqual([
      'config.xml:1:1: expected encoding UTF-8 or ISO-8859-1, saw "koi8-r"; save it as UTF-8 and declare that',
    ]);
  });

  it('places are counted as editors count, whatever ends the lines', () => {
    const broken = PREDECESSOR.replace('>19200<', '>fast<');
    for (const end of ['\n', '\r\n', '\r']) {
      expect(sentences(load(broken.replaceAll('\n', end)))).toEqual([expect.stringMatching(/^config\.xml:6:30: /)]);
      expect(sentences(load(`\ufeff${broken.replaceAll('\n', end)}`))).toEqual([
        expect.stringMatching(/^config\.xml:6:30: /),
      ]);
    }
  });

  it('comments, CDATA and entities within a value', () => {
    const xml = PREDECESSOR.replace('>19200<', '>19<!-- x -->2<![CDATA[0]]>&#48;<').replace(
      'Joan',
      '&lt;&quot;J&apos;&amp;lt;&gt;',
    );
    const { devices, node } = loaded(load(xml));
    expect(devices[0]?.endpoint).toMatchObject({ baud: 19_200 });
    expect(node.name).toBe(`CIFP <"J'&lt;> Taix`);
  });
});
