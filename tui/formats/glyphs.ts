export type Sign = 'fine' | 'doubt' | 'wait' | 'bad' | 'held' | 'paused' | 'stopped' | 'off' | 'sum';

/** The signs that the screen draws with; the second set is for terminals without UTF-8. */
export type Glyphs = {
  /** Nothing beyond ASCII may be drawn: names and words too are written without accents. */
  readonly isAscii: boolean;
  /** Ends a text that was cut, one column. */
  readonly ellipsis: string;
  /** Heights of a sparkline, lowest first. */
  readonly spark: readonly string[];
  /** A minute without a value. */
  readonly nothing: string;
  readonly gauge: { readonly left: string; readonly rail: string; readonly nominal: string; readonly right: string };
  readonly needle: string;
  readonly bar: string;
  readonly barRest: string;
  readonly dot: string;
  readonly cursor: string;
  readonly mark: string;
  readonly down: string;
  readonly up: string;
  readonly branch: string;
  readonly lastBranch: string;
  readonly trunk: string;
  readonly request: string;
  readonly answer: string;
  readonly enter: string;
  readonly arrows: string;
  /** One per state, so that colour alone never says it. */
  readonly signs: Readonly<Record<Sign, string>>;
};

const UNICODE: Glyphs = {
  isAscii: false,
  ellipsis: '…',
  spark: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  nothing: ' ',
  gauge: { left: '├', rail: '─', nominal: '┼', right: '┤' },
  needle: '●',
  bar: '█',
  barRest: '░',
  dot: '·',
  cursor: '▶',
  mark: '*',
  down: '▼',
  up: '▲',
  branch: '├─ ',
  lastBranch: '└─ ',
  trunk: '│  ',
  request: '→',
  answer: '←',
  enter: '⏎',
  arrows: '↑↓',
  signs: { fine: '●', doubt: '▲', wait: '◌', bad: '✖', held: '■', paused: '‖', stopped: '□', off: '○', sum: 'Σ' },
};

const ASCII: Glyphs = {
  isAscii: true,
  ellipsis: '~',
  spark: ['_', '.', ':', '-', '=', '+', '*', '#'],
  nothing: ' ',
  gauge: { left: '[', rail: '-', nominal: '|', right: ']' },
  needle: 'o',
  bar: '#',
  barRest: '.',
  dot: '-',
  cursor: '>',
  mark: '*',
  down: 'v',
  up: '^',
  branch: '|- ',
  lastBranch: '`- ',
  trunk: '|  ',
  request: '>',
  answer: '<',
  enter: 'Enter',
  arrows: 'up/down',
  signs: { fine: 'o', doubt: '!', wait: '.', bad: 'X', held: '#', paused: '=', stopped: '-', off: ' ', sum: '+' },
};

export const glyphsOf = (ascii: boolean): Glyphs => (ascii ? ASCII : UNICODE);
