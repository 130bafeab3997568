import { styleText } from 'node:util';

/** A log entry as it is written to a file: `time` in ISO 8601, `level` a name, `msg` the sentence, then the facts. */
export type Entry = { readonly time: string; readonly level: string; readonly msg: string } & Readonly<
  Record<string, unknown>
>;

export type TerminalOptions = {
  readonly colour: boolean;
  /** Characters that fit in a line now. */
  readonly columns: () => number;
  /** Local time of an instant, such as "2026-11-25 12:15:00". */
  readonly timeText: (at: Date) => string;
};

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<string, Style>> = {
  debug: 'dim',
  warning: 'yellow',
  error: 'red',
  critical: ['red', 'bold'],
};
/** Facts are for programs and stay in the file, but for what somebody is going to report. */
const WITH_FACTS = ['debug', 'error', 'critical'];
const INDENT = ' '.repeat('12:15:00 '.length);
/** Narrower is not worth wrapping for. */
const COLUMNS_MIN = 40;

/**
 * Makes lines for a person: the local time, the level where it is not `info`, the sentence, wrapped at words. What went
 * wrong stands out by its colour; the date is said when it changes, and left out of sentences.
 *
 *   2026-11-24
 *   17:09:11 analyzer 1 (PM710 "Main switchboard") is read: "Schneider Electric PM710"
 *   17:09:11 warning: analyzer 3 (CVMk "Sports hall") is not read: unit 3 on /dev/ttyUSB0 did not answer ...
 */
export function createTerminalLines({ colour, columns, timeText }: TerminalOptions): (entry: Entry) => string {
  let day = '';
  const paint = (style: Style | undefined, text: string) =>
    colour && style !== undefined ? styleText(style, text, { validateStream: false }) : text;
  return ({ time, level, msg, ...facts }) => {
    const [date = '', clock = ''] = timeText(new Date(time)).split(' ');
    const heading = date === day ? '' : `${paint('dim', date)}\n`;
    day = date;
    const shown = WITH_FACTS.includes(level) ? Object.entries(facts) : [];
    const words = shown.map(([key, value]) => `${key}=${factText(value)}`);
    const label = level === 'info' ? '' : `${level}: `;
    const [first = '', ...more] = wrap(
      `${label}${[msg, ...words].join(' ').replaceAll(`${date} `, '')}`,
      columns() - INDENT.length,
    );
    const style = STYLES[level];
    const rest = more.map((line) => `${INDENT}${paint(style, line)}\n`).join('');
    return `${heading}${paint('dim', clock)} ${paint(style, first)}\n${rest}`;
  };
}

/** Breaks a sentence at its blanks; a word that is longer than a line stays whole, so that it can be copied. */
function wrap(text: string, width: number): readonly string[] {
  if (width < COLUMNS_MIN) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Of an error only its message: its stack is in the file. */
function factText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value) {
    return JSON.stringify(value.message);
  }
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  return JSON.stringify(value) ?? 'undefined';
}

/** Local time of this machine. */
export function machineTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
