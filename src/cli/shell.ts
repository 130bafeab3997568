import type { ClientOptions } from '../client/index.ts';
import { type ServerOptions, serverAddress } from './server-address.ts';
import { createClassicSession } from './shell/classic-session.ts';
import { historyFile, historyPath } from './shell/history-file.ts';
import { createJsonSession } from './shell/json-session.ts';
import { withServer } from './shell/place.ts';
import { runTerminal } from './shell/terminal.ts';

export type ShellOptions = ServerOptions & {
  /** Seconds to wait for an answer. */
  readonly timeout?: number;
  /** Answers as JSON from the start. */
  readonly json?: boolean;
  /** The predecessor's dialect: answers as they come. */
  readonly classic?: boolean;
};

/**
 * `lector shell [server]`: commands to a running server as they are typed, or as they come from a pipe. Resolves with
 * the exit code. From a pipe: 1 when something was refused, 3 when there was no server (what follows is not done then);
 * a person leaves with 0. Rejects with USAGE for options that contradict each other.
 */
export async function shell(options: ShellOptions, [server]: readonly string[] = []): Promise<number> {
  const { socket, host, port, token, words } = serverAddress(withServer(options, server), process.env, process.cwd());
  const client: ClientOptions = {
    ...(socket === undefined ? {} : { socket }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(token === undefined ? {} : { token }),
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 }),
  };
  return runTerminal({
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    env: process.env,
    history: historyFile(historyPath(process.env)),
    place: words,
    createSession: (console) =>
      options.classic === true
        ? createClassicSession({ client, place: words, console })
        : createJsonSession({ client, place: words, json: options.json === true, console }),
  });
}
