import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { reportError } from '../fail.ts';
import { complete } from './completion.ts';
import { helpText } from './help-text.ts';
import { HISTORY_LINES_MAX, type HistoryFile, isRemembered } from './history-file.ts';
import { type Known, parseLine, type Typed } from './line.ts';
import type { Console, Session } from './session.ts';

export type TerminalOptions = {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly errors: WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly history: HistoryFile;
  /** Where the server is, for the first line. */
  readonly place: string;
  readonly createSession: (console: Console) => Session;
};

const COLUMNS = 80;
const NO_SERVER = 3;

/** Reads lines until they end, and does each after the one before. Resolves with the exit code. */
export async function runTerminal(o: TerminalOptions): Promise<number> {
  const { input, output, errors } = o;
  const isInteractive = input.isTTY === true && output.isTTY === true;
  const lines: string[] = [];
  let used: string | null = null;
  let code = 0;
  let isBusy = true;
  let isOver = false;
  let cancel = new AbortController();
  const ended = Promise.withResolvers<void>();

  const console: Console = {
    isInteractive,
    screen: () => ({ tty: isInteractive, columns: output.columns || COLUMNS, color: hasColor(o) }),
    out: (text) => void output.write(text),
    complain: (text) => void errors.write(isInteractive ? `${text}\n` : `lector: ${text}\n`),
    notice(text) {
      if (!isInteractive || isBusy) return void errors.write(`${text}\n`);
      clearLine(output, 0);
      cursorTo(output, 0);
      output.write(`${text}\n`);
      rl.setPrompt(prompt());
      rl.prompt(true);
    },
    confirm: (question) =>
      isInteractive
        ? new Promise((resolve) =>
            rl.question(`${question} (yes/no) `, (text) => resolve(/^y(es)?$/i.test(text.trim()))),
          )
        : Promise.resolve(true),
  };
  const session = o.createSession(console);
  const rl = openReadline(o, isInteractive, session);
  const known = (): Known => ({ names: session.names.names, used });
  const prompt = (): string => `lector ${session.name}${used === null ? '' : ` ${used}`}> `;

  const act = async (typed: Typed): Promise<number> => {
    switch (typed.kind) {
      case 'exit':
        isOver = true;
        return 0;
      case 'help':
        console.out(helpText(typed.about));
        return 0;
      case 'use':
        used = typed.target;
        return 0;
      case 'json':
        session.setJson(typed.on);
        return 0;
      case 'wrong':
        console.complain(typed.message);
        return 1;
      case 'requests':
      case 'watch':
      case 'readnow':
      case 'auth':
        return session.run(typed, cancel.signal);
    }
  };
  const doLine = async (line: string): Promise<void> => {
    cancel = new AbortController();
    for (const typed of parseLine(line, known())) {
      if (isOver || cancel.signal.aborted) return;
      code = Math.max(code, await act(typed));
      // without a server the rest of a script is not done
      if (!isInteractive && code === NO_SERVER) isOver = true;
    }
  };
  const work = async (): Promise<void> => {
    isBusy = true;
    for (let line = lines.shift(); line !== undefined && !isOver; line = lines.shift()) {
      try {
        await doLine(line);
      } catch (error) {
        code = Math.max(code, reportError(error));
      }
    }
    isBusy = false;
    if (isOver) ended.resolve();
    else if (isInteractive) {
      rl.setPrompt(prompt());
      rl.prompt();
    }
  };

  rl.on('line', (line) => {
    if (isInteractive) o.history.add(line);
    lines.push(line);
    if (!isBusy) void work();
  });
  rl.on('close', () => {
    if (isInteractive && !isOver) output.write('\n');
    cancelOnClose();
    // what came before the end is done all the same
    if (isBusy) lines.push('exit');
    else ended.resolve();
  });
  const cancelOnClose = () => {
    if (isInteractive) cancel.abort();
  };
  rl.on('SIGINT', () => {
    output.write('^C\n');
    if (isBusy) return cancel.abort();
    rl.write(null, { ctrl: true, name: 'e' });
    rl.write(null, { ctrl: true, name: 'u' });
    rl.prompt();
  });
  const broken = () => {
    isOver = true;
    cancel.abort();
    ended.resolve();
  };
  output.on('error', broken);

  const opened = await session.open();
  if (!isInteractive) code = opened;
  if (isInteractive) console.out(`${o.place}: "help" lists the commands, Ctrl+D leaves.\n`);
  if (!isInteractive && opened !== 0) isOver = true;
  await work();
  await ended.promise;
  rl.close();
  session.close();
  output.off('error', broken);
  return isInteractive ? 0 : code;
}

function openReadline(o: TerminalOptions, isInteractive: boolean, session: Session): Interface {
  const rl = createInterface({
    input: o.input,
    ...(isInteractive ? { output: o.output } : {}),
    terminal: isInteractive,
    history: isInteractive ? o.history.load() : [],
    historySize: HISTORY_LINES_MAX,
    removeHistoryDuplicates: true,
    completer: (text: string) => complete(text, session.names),
  });
  // what may hold a token is not brought back by an arrow either
  rl.on('history', (lines: string[]) => {
    if (lines[0] !== undefined && !isRemembered(lines[0])) lines.shift();
  });
  return rl;
}

function hasColor({ output, env }: TerminalOptions): boolean {
  return output.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}
