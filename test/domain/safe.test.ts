import { describe, expect, it } from 'vitest';
import { SAFE_LENGTH_MAX, safe } from '../../src/domain/safe.ts';

const cases = [
  { what: 'plain text with accents', text: 'Sa Pobla (Són Basca) 230 V', shown: 'Sa Pobla (Són Basca) 230 V' },
  { what: 'an ANSI escape', text: '\u001b[31mred', shown: '\\x1b[31mred' },
  { what: 'NUL, line ends and tab', text: 'a\0b\r\n\tc', shown: 'a\\x00b\\x0d\\x0a\\x09c' },
  { what: 'DEL and C1', text: '\u007f\u009b2J', shown: '\\x7f\\x9b2J' },
  { what: 'zero-width characters', text: 'a\u200b\u200fb', shown: 'a\\u{200b}\\u{200f}b' },
  { what: 'bidirectional overrides', text: '\u202epdf.exe\u2066', shown: '\\u{202e}pdf.exe\\u{2066}' },
  { what: 'half of a surrogate pair', text: 'x\ud800', shown: 'x\\u{d800}' },
  { what: 'a character beyond the basic plane', text: '⚡𝛀', shown: '⚡𝛀' },
] as const;

describe('safe', () => {
  it.each(cases)('F30 shows $what without harm', ({ text, shown }) => {
    expect(safe(text)).toBe(shown);
  });

  it('caps the length and says so', () => {
    expect(safe('a'.repeat(1000))).toBe(`${'a'.repeat(SAFE_LENGTH_MAX)}…`);
    expect(safe('abcdef', 3)).toBe('abc…');
  });
});
