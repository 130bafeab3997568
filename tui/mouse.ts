/** The terminal tells presses and the wheel, with places beyond column 223 too. */
const ON = '\x1b[?1000h\x1b[?1006h';
const OFF = '\x1b[?1006l\x1b[?1000l';
// biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals send begins with ESC
const REPORT = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, as far as it has come
const BEGUN = /\x1b\[<[\d;]*$/;
const WHEEL: Readonly<Record<string, string>> = { 64: 'wheelup', 65: 'wheeldown' };
const LEFT = '0';

/** Reports of the mouse as keys, `wheelup`, `wheeldown`, `click:12` (the row, from 0), and what else was typed. */
export function mouseKeys(text: string): { readonly keys: readonly string[]; readonly rest: string } {
  const keys: string[] = [];
  const rest = text.replace(REPORT, (_all, button: string, _column, row: string, end: string) => {
    const key = WHEEL[button] ?? (button === LEFT && end === 'M' ? `click:${Number(row) - 1}` : undefined);
    if (key !== undefined) keys.push(key);
    return '';
  });
  return { keys, rest };
}

/**
 * Turns the mouse on, and takes its reports out of what is read: Ink drops them. Returns what turns it off again.
 */
export function startMouse(
  stdin: Pick<NodeJS.ReadableStream, 'read'>,
  stdout: Pick<NodeJS.WriteStream, 'write'>,
  onKey: (key: string) => void,
): () => void {
  const { read } = stdin;
  let begun = '';
  stdin.read = (size) => {
    for (;;) {
      const chunk: string | Buffer | null = read.call(stdin, size);
      // no more is there: as the stream says it
      if (chunk === null) return chunk as never;
      const { keys, rest } = mouseKeys(`${begun}${chunk}`);
      begun = BEGUN.exec(rest)?.[0] ?? '';
      for (const key of keys) onKey(key);
      const typed = rest.slice(0, rest.length - begun.length);
      if (typed !== '') return typed;
    }
  };
  stdout.write(ON);
  return () => {
    stdin.read = read;
    stdout.write(OFF);
  };
}
