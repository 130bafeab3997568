import { describe, expect, it } from 'vitest';
import { parseRaw, rawTable, rawWords } from '../../src/cli/raw-words.ts';

describe('lector read --raw', () => {
  it.each([
    { text: '4000:10', range: { address: 4000, count: 10 } },
    { text: '0', range: { address: 0, count: 1 } },
    { text: '0x1F:2', range: { address: 31, count: 2 } },
    { text: '65535:1', range: { address: 65_535, count: 1 } },
  ])('takes $text', ({ text, range }) => {
    expect(parseRaw(text)).toEqual(range);
  });

  it.each([
    '',
    '4000:0',
    '4000:126',
    '65535:2',
    '65536',
    '-1:2',
    '4000-4010',
    'TPF',
  ])('refuses "%s" in words', (text) => {
    expect(() => parseRaw(text)).toThrow(/--raw needs ADDRESS:COUNT, such as 4000:10/);
  });

  it('shows a word in every way that it may be meant, in both word orders', () => {
    // 230.5 as f32 is 0x43668000; -2 as i16 is 0xFFFE
    const [first, second, third] = rawWords(4000, [0x4366, 0x8000, 0xfffe]);
    expect(first).toEqual({
      address: 4000,
      number: 4001,
      u16: 0x4366,
      i16: 0x4366,
      hex: '0x4366',
      u32: 0x43668000,
      u32Swapped: 0x80004366,
      f32: 230.5,
      f32Swapped: expect.any(Number),
      text: 'Cf',
    });
    expect(second).toMatchObject({ f32Swapped: Number.NaN, u32Swapped: 0xfffe8000 });
    expect(third).toMatchObject({ i16: -2, u16: 65_534, u32: null, f32: null, text: '..' });
  });

  it('says which number is 0-based and which is 1-based', () => {
    const text = rawTable(rawWords(4000, [2305, 5]));
    expect(text).toContain('   4000    4001  0x0901  2305  2305  151060485       329985');
    expect(text).toContain('number: 1-based');
    expect(text.split('\n').every((line) => line.length <= 120 && line === line.trimEnd())).toBe(true);
  });
});
