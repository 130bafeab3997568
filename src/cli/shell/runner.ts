import { DONE, NO_SERVER, REFUSED } from '../ctl/failure.ts';
import { reportError } from '../fail.ts';
import { helpText } from './help-text.ts';
import { parseLine, type Typed } from './line.ts';
import type { Console, Session } from './session.ts';

/** Does what is typed, line after line, each after the one before. */
export type Runner = {
  /** A line, to be done when those before it are. */
  add(line: string): void;
  /** No more lines come; what came before is done all the same. */
  finish(): void;
  /** Ctrl+C: nobody waits any more for what is being done; false: nothing is. */
  cancel(): boolean;
  /** Begins with the lines that came meanwhile. */
  begin(): void;
  /** Ends it now. */
  leave(): void;
  readonly isBusy: boolean;
  /** Whom commands without an id are about. */
  readonly used: string | null;
  /** Settles with the worst exit code when it has ended. */
  readonly ended: Promise<number>;
};

export type RunnerOptions = {
  readonly session: Session;
  readonly console: Console;
  /** Called whenever everything that was typed is done. */
  readonly onIdle: () => void;
};

export function createRunner({ session, console, onIdle }: RunnerOptions): Runner {
  const lines: string[] = [];
  const { promise, resolve } = Promise.withResolvers<number>();
  let used: string | null = null;
  let code = DONE;
  let isBusy = true;
  let isFinished = false;
  let isOver = false;
  let cancelling = new AbortController();

  const leave = () => {
    isOver = true;
    cancelling.abort();
    resolve(code);
  };
  const act = (typed: Typed): Promise<number> | number => {
    if (typed.kind === 'exit') isOver = true;
    if (typed.kind === 'use') used = typed.target;
    return carryOut(typed, session, console, cancelling.signal);
  };
  const doLine = async (line: string): Promise<void> => {
    cancelling = new AbortController();
    for (const typed of parseLine(line, { names: session.names.names, used })) {
      if (isOver || cancelling.signal.aborted) return;
      code = Math.max(code, await act(typed));
      // without a server the rest of a script is not done
      if (!console.isInteractive && code === NO_SERVER) isOver = true;
    }
  };
  const begin = async (): Promise<void> => {
    isBusy = true;
    for (let line = lines.shift(); line !== undefined && !isOver; line = lines.shift()) {
      await doLine(line).catch((error: unknown) => {
        code = Math.max(code, reportError(error));
      });
    }
    isBusy = false;
    if (isOver || isFinished) leave();
    else onIdle();
  };

  return {
    add(line) {
      lines.push(line);
      if (!isBusy) void begin();
    },
    finish() {
      isFinished = true;
      if (!isBusy) leave();
    },
    cancel() {
      if (isBusy) cancelling.abort();
      return isBusy;
    },
    begin: () => void begin(),
    leave,
    get isBusy() {
      return isBusy;
    },
    get used() {
      return used;
    },
    ended: promise,
  };
}

/** What is not for the runner itself; resolves with the exit code. */
function carryOut(typed: Typed, session: Session, console: Console, cancel: AbortSignal): Promise<number> | number {
  switch (typed.kind) {
    case 'exit':
    case 'use':
      return DONE;
    case 'help':
      console.out(helpText(typed.about, console.screen().columns));
      return DONE;
    case 'json':
      session.setJson(typed.on);
      return DONE;
    case 'wrong':
      console.complain(typed.message);
      return REFUSED;
    case 'requests':
    case 'everybody':
    case 'watch':
    case 'readnow':
    case 'auth':
      return session.run(typed, cancel);
  }
}
