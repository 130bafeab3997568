import { styleText } from 'node:util';

/** A log entry as it is written to a file: `time` in ISO 8601, `level` a name, `msg` the sentence, then the facts. */
export type Entry = { readonly time: string; readonly level: string; readonly msg: string } & Readonly<
  Record<string, unknown>
>;

const STYLES: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  debug: 'dim',
  info: 'green',
  warning: 'yellow',
  error: 'red',
  critical: ['red', 'bold'],
};

/**
 * One line for a person, in local time, facts last:
 *
 *   2026-11-24 17:09:11 warning  analyzer 3 is offline  code=LINE_TIMEOUT failures=4
 */
export function terminalLine(entry: Entry, colour: boolean): string {
  const { time, level, msg, ...facts } = entry;
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const label = paint(STYLES[level] ?? 'reset', level.padEnd(8));
  const shown = Object.entries(facts).map(([key, value]) => `${key}=${factText(value)}`);
  const tail = shown.length === 0 ? '' : `  ${paint('dim', shown.join(' '))}`;
  return `${paint('dim', localTime(time))} ${label} ${msg}${tail}\n`;
}

/** Of an error only its message: its stack is in the file. */
function factText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value) {
    return JSON.stringify(value.message);
  }
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  return JSON.stringify(value) ?? 'undefined';
}

function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
