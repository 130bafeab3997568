import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Screen } from '../../src/cli/ctl/screen.ts';
import { type Column, tableText } from '../../src/cli/ctl/table.ts';
import { cutText, textWidth, wrapLines, wrapText } from '../../src/cli/ctl/text-width.ts';

const pipe: Screen = { tty: false, columns: 80, color: false };
const terminal = (columns: number, color = false): Screen => ({ tty: true, columns, color });

type Row = { readonly id: number; readonly name: string; readonly kw: number | null };
const COLUMNS: readonly Column<Row>[] = [
  { title: 'id', align: 'right', plain: ({ id }) => id },
  { title: 'name', plain: ({ name }) => name, narrowest: 6, tone: ({ kw }) => (kw === null ? 'bad' : 'plain') },
  { title: 'kW', align: 'right', plain: ({ kw }) => kw, shown: ({ kw }) => kw?.toFixed(1) ?? null },
];
const ROWS: readonly Row[] = [
  { id: 1, name: 'Main switchboard', kw: 12.345 },
  { id: 20, name: 'Tensió \x1b[31m\tx', kw: null },
];

describe('a table', () => {
  it('is aligned on a terminal, and nothing in it moves the cursor', () => {
    const lines = [
      'id  name                    kW',
      ' 1  Main switchboard      12.3',
      '20  Tensió \\x1b[31m\\x09x     -',
      '',
    ];
    expect(tableText(COLUMNS, ROWS, terminal(80))).toBe(lines.join('\n'));
  });

  it('has tabs elsewhere, numbers as they are, and "-" for what is missing', () => {
    const lines = ['id\tname\tkW', '1\tMain switchboard\t12.345', '20\tTensió \\x1b[31m\\x09x\t-', ''];
    expect(tableText(COLUMNS, ROWS, pipe)).toBe(lines.join('\n'));
    expect(tableText(COLUMNS, [], pipe)).toBe('id\tname\tkW\n');
  });

  it('is cut to the width of a narrow terminal, in the column that may give', () => {
    const text = tableText(COLUMNS, ROWS.slice(0, 1), terminal(20));
    expect(text).toBe('id  name          kW\n 1  Main swit…  12.3\n');
    const narrow = tableText(COLUMNS, ROWS, terminal(12)).split('\n');
    expect(narrow.filter((line) => line.length > 12)).toEqual([]);
    expect(narrow[0]).toBe('id  name');
  });

  it('goes on below where a sentence has no room', () => {
    const columns = COLUMNS.map((column) => (column.title === 'name' ? { ...column, wraps: true as const } : column));
    const lines = ['id  name              kW', ' 1  Main            12.3', '    switchboard', ''];
    expect(tableText(columns, ROWS.slice(0, 1), terminal(24))).toBe(lines.join('\n'));
    expect(tableText(columns, ROWS.slice(0, 1), terminal(22))).toBe(
      'id  name            kW\n 1  Main          12.3\n    switchboard\n',
    );
    // a ribbon of syllables is read by nobody
    expect(tableText(columns, ROWS.slice(0, 1), terminal(21))).toBe('id  name           kW\n 1  Main switc…  12.3\n');
    expect(tableText(columns, [{ id: 1, name: 'a b', kw: null }], terminal(80, true)).split('\x1b')).toHaveLength(3);
    const narrow = tableText(columns, ROWS.slice(0, 1), { ...terminal(12), color: true });
    expect(Math.max(...narrow.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(12);
  });

  it('takes room from sentences, which lose nothing, before it cuts', () => {
    const label = { title: 'label', plain: () => 'a label of some length', narrowest: 6 } as const;
    const words = { title: 'words', plain: () => 'short words that wrap', narrowest: 14, wraps: true } as const;
    expect(tableText([label, words], [{}], terminal(38))).toBe(
      'label                   words\na label of some length  short words\n                        that wrap\n',
    );
    expect(tableText([label, words], [{}], terminal(30)).split('\n')[1]).toBe('a label of so…  short words');
  });

  it('leaves out what a narrow terminal has no room for', () => {
    const columns = COLUMNS.map((column) => (column.title === 'kW' ? { ...column, from: 100 } : column));
    expect(tableText(columns, ROWS.slice(0, 1), terminal(99))).toBe('id  name\n 1  Main switchboard\n');
    expect(tableText(columns, ROWS.slice(0, 1), terminal(100))).toContain('12.3');
    expect(tableText(columns, ROWS.slice(0, 1), pipe)).toContain('12.345');
  });

  it('counts cells, not characters', () => {
    const text = tableText(COLUMNS, [{ id: 1, name: '配电盘一号', kw: 1 }, ...ROWS.slice(0, 1)], terminal(80));
    expect(
      text
        .split('\n')
        .slice(0, 3)
        .map((line) => stringWidth(line)),
    ).toEqual([26, 26, 26]);
    const narrow = tableText(COLUMNS, [{ id: 1, name: '配电盘一号主', kw: 1 }], terminal(18));
    expect(stringWidth(narrow.split('\n')[1] ?? '')).toBeLessThanOrEqual(18);
  });

  it('has colour only for what has a tone, and only where colour is wanted', () => {
    expect(tableText(COLUMNS, ROWS, terminal(80, true))).toContain('\x1b[31mTensió \\x1b[31m\\x09x\x1b[0m');
    expect(tableText(COLUMNS, ROWS, terminal(80, true)).split('\x1b')).toHaveLength(3);
    expect(tableText(COLUMNS, ROWS, terminal(80))).not.toContain('\x1b');
    expect(tableText(COLUMNS, ROWS, { ...pipe, color: true })).not.toContain('\x1b');
  });
});

describe('the width of a text', () => {
  const TEXTS = [
    '',
    'plain',
    'Tensió "ñ" €',
    '配电',
    'ﾊﾝｶｸ',
    '한글',
    'e\u0301',
    '⚡',
    '👷🏽',
    '🇪🇸',
    '├─ x …',
    '５',
    'ώ Ж',
  ];
  it.each(TEXTS)('of "%s" is what string-width says', (text) => {
    expect(textWidth(text)).toBe(stringWidth(text));
  });

  it.each([
    ['one two three', 13, 'one two three'],
    ['one two three', 12, 'one two|three'],
    ['one two three', 3, 'one|two|thr|ee'],
    ['a /var/log/lector b', 6, 'a|/var/l|og/lec|tor b'],
    ['配电盘 x', 4, '配电|盘 x'],
    ['', 5, ''],
    ['one two', 0, 'one two'],
  ])('"%s" in lines of %i is "%s"', (text, width, lines) => {
    expect(wrapText(text, width).join('|')).toBe(lines);
  });

  it('lines of a text are wrapped each, as far in as they were', () => {
    expect(wrapLines('lector: two words\n  config.xml:9:1 wrong\n', 14)).toBe(
      'lector: two\nwords\n  config.xml:9\n  :1 wrong\n',
    );
    expect(wrapLines('short\n', 80)).toBe('short\n');
  });

  it.each([
    ['Main switchboard', 9, 'Main swi…'],
    ['Main switchboard', 16, 'Main switchboard'],
    ['Main switchboard', 6, 'Main…'],
    ['配电盘', 4, '配…'],
    ['配电盘', 5, '配电…'],
    ['x', 0, ''],
  ])('"%s" cut to %i is "%s"', (text, width, cut) => {
    expect(cutText(text, width)).toBe(cut);
  });
});
