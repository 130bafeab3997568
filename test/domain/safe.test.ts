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

  it.each([
    ['clientRest:https://joan:s3cret@dades.example:8080/x?y=a@b', 'clientRest:https://***@dades.example:8080/x?y=a@b'],
    ['mqtt://token@broker and http://a:b@c:d@e/', 'mqtt://***@broker and http://***@e/'],
    ['a@b, 10.0.0.7:502 //x@y, https://host/user:pass@here', 'a@b, 10.0.0.7:502 //x@y, https://host/user:pass@here'],
  ])('shows no user and password of a URL: %s', (text, shown) => {
    expect(safe(text)).toBe(shown);
  });

  it.each([
    ['http://h/x?key=s3cret', 'http://h/x?key=***'],
    ['http://h/x?id=7&Access_Token=s3%26cret&to=me#top', 'http://h/x?id=7&Access_Token=***&to=me#top'],
    ['answered 302 (http://h/?api-key=s3cret): no', 'answered 302 (http://h/?api-key=***): no'],
    ['http http://h/x?key=***, mqtt://b', 'http http://h/x?key=***, mqtt://b'],
    ['http://h/x?id=7&keyboard', 'http://h/x?id=7&keyboard'],
  ])('shows no key in the query of a URL: %s', (text, shown) => {
    expect(safe(text)).toBe(shown);
  });

  it('shows no part of a password that lies where the text is cut', () => {
    expect(safe(`${'a'.repeat(SAFE_LENGTH_MAX - 12)}http://user:s3cret@host`)).not.toMatch(/user|s3c/);
  });

  it('caps the length and says so', () => {
    expect(safe('a'.repeat(1000))).toBe(`${'a'.repeat(SAFE_LENGTH_MAX)}…`);
    expect(safe('abcdef', 3)).toBe('abc…');
  });
});
