import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';

/** A terminal in memory: takes what is written to it as a real one does, and gives its screen as lines. */
export function createTerminal(columns: number, rows: number) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  const written: string[] = [];
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns,
    rows,
    writable: true,
    write(text: string, ...rest: readonly unknown[]): boolean {
      written.push(text);
      const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined;
      terminal.write(text, done);
      return true;
    },
    getColorDepth: () => 4,
  });
  const stdin = Object.assign(new EventEmitter(), {
    isTTY: true,
    isRaw: false,
    waiting: [] as string[],
    setRawMode(on: boolean) {
      stdin.isRaw = on;
      return stdin;
    },
    setEncoding: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
    resume: () => stdin,
    pause: () => stdin,
    read: () => stdin.waiting.shift() ?? null,
  });
  /** Until the terminal has taken everything that was written. */
  const settled = () => new Promise<void>((resolve) => terminal.write('', resolve));
  return {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    written,
    /** Which of the two screens is shown. */
    isAlternate: () => terminal.buffer.active.type === 'alternate',
    isRaw: () => stdin.isRaw,
    type(text: string) {
      stdin.waiting.push(text);
      stdin.emit('readable');
    },
    resize(toColumns: number, toRows: number) {
      terminal.resize(toColumns, toRows);
      stdout.columns = toColumns;
      stdout.rows = toRows;
      stdout.emit('resize');
    },
    breaks(error: Error) {
      stdout.emit('error', error);
    },
    async lines(): Promise<readonly string[]> {
      await settled();
      const buffer = terminal.buffer.active;
      return Array.from(
        { length: terminal.rows },
        (_, n) => buffer.getLine(buffer.viewportY + n)?.translateToString(true) ?? '',
      );
    },
  };
}

export type Terminal = ReturnType<typeof createTerminal>;
