import { CLASSIC } from '../protocol/classic-answers.ts';
import type { Dialect } from '../protocol/hello.ts';
import { answerLine } from '../protocol/json-answers.ts';
import { commandOf, type Session } from './session.ts';

/** For a client that there is no place for: whatever it asks, it is told so, and that is all. `why`: `256 clients`. */
export function createRefusedSession(dialect: Dialect, why: string): Session {
  const message = `there are ${why} already`;
  const hint = 'close one that is not needed, or try again later';
  const textFor = (command: string): string =>
    dialect === 'classic'
      ? `${CLASSIC.maxClients}\r${CLASSIC.disconnected}\r`
      : answerLine(command, { ok: false, error: { code: 'MAX_CLIENTS', message, hint } });
  return {
    serve: (line) => ({ text: textFor(commandOf(line)), closes: true }),
    broken: (line) => ({ text: textFor(commandOf(line)), closes: true }),
    farewell: null,
    isListening: false,
    end: () => undefined,
  };
}
