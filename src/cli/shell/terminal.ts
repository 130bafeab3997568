import { type Completer, clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { wrapLines } from '../ctl/text-width.ts';
import { complete } from './completion.ts';
import { HISTORY_LINES_MAX, type HistoryFile, isRemembered } from './history-file.ts';
import { createRunner, type Runner } from './runner.ts';
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

/** Reads lines until they end, with a prompt where a person is, and does them. Resolves with the exit code. */
export async function runTerminal(o: TerminalOptions): Promise<number> {
  const isInteractive = o.input.isTTY === true && o.output.isTTY === true;
  const prompt = () => {
    rl.setPrompt(`lector ${session.name}${runner.used === null ? '' : ` ${runner.used}`}> `);
    return rl;
  };
  let isAsking = false;
  const notice = (text: string) => {
    if (!isInteractive) return void o.errors.write(`${text}\n`);
    clearLine(o.output, 0);
    cursorTo(o.output, 0);
    o.output.write(`${wrapLines(text, o.output.columns || COLUMNS)}\n`);
    // what is being typed is drawn again, behind its prompt or its question
    if (!runner.isBusy) prompt().prompt(true);
    else if (isAsking) rl.prompt(true);
  };
  const ask = async (question: string, signal: AbortSignal): Promise<boolean> => {
    isAsking = true;
    const answer = await answerTo(rl, question, signal);
    isAsking = false;
    return answer;
  };
  const console = createConsole(o, isInteractive, notice, ask);
  const session = o.createSession(console);
  const onIdle = () => {
    if (isInteractive) prompt().prompt();
  };
  const runner = createRunner({ session, console, onIdle });
  const rl = openReadline(o, isInteractive, (text) => complete(text, session.names, runner.used));
  listen(rl, runner, o, isInteractive);
  const broken = () => runner.leave();
  o.output.on('error', broken);
  try {
    const opened = await session.open();
    if (isInteractive) console.out(`${o.place}: "help" lists the commands, Ctrl+D leaves.\n`);
    else if (opened !== 0) return opened;
    runner.begin();
    const code = await runner.ended;
    return isInteractive ? 0 : code;
  } finally {
    rl.close();
    session.close();
    o.output.off('error', broken);
  }
}

function listen(rl: Interface, runner: Runner, o: TerminalOptions, isInteractive: boolean): void {
  let isLeft = false;
  void runner.ended.then(() => {
    isLeft = true;
  });
  rl.on('line', (line) => {
    if (isInteractive) o.history.add(line);
    runner.add(line);
  });
  rl.on('close', () => {
    if (isInteractive && !isLeft) o.output.write('\n');
    if (isInteractive) runner.cancel();
    runner.finish();
  });
  rl.on('SIGINT', () => {
    o.output.write('^C\n');
    if (runner.cancel()) return;
    // to the end of the line, and from there back to its beginning
    rl.write(null, { ctrl: true, name: 'e' });
    rl.write(null, { ctrl: true, name: 'u' });
    rl.prompt();
  });
}

function openReadline(o: TerminalOptions, isInteractive: boolean, completer: Completer): Interface {
  const rl = createInterface({
    input: o.input,
    ...(isInteractive ? { output: o.output } : {}),
    terminal: isInteractive,
    history: isInteractive ? o.history.load() : [],
    historySize: HISTORY_LINES_MAX,
    removeHistoryDuplicates: true,
    completer,
  });
  // what may hold a token is not brought back by an arrow either
  rl.on('history', (lines: string[]) => {
    if (lines[0] !== undefined && !isRemembered(lines[0])) lines.shift();
  });
  return rl;
}

/** Whether a person says yes; no when it is called off. */
function answerTo(rl: Interface, question: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true });
    rl.question(`${question} (yes/no) `, { signal }, (text) => resolve(/^y(es)?$/i.test(text.trim())));
  });
}

function createConsole(
  { output, errors, env }: TerminalOptions,
  isInteractive: boolean,
  notice: (text: string) => void,
  ask: Console['confirm'],
): Console {
  const columns = () => output.columns || COLUMNS;
  const color = isInteractive && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return {
    isInteractive,
    screen: () => ({ tty: isInteractive, columns: columns(), color }),
    out: (text) => void output.write(text),
    complain: (text) => void errors.write(isInteractive ? `${wrapLines(text, columns())}\n` : `lector: ${text}\n`),
    notice,
    confirm: (question, cancel) => (isInteractive ? ask(question, cancel) : Promise.resolve(true)),
  };
}
