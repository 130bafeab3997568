import { CommanderError } from 'commander';
import { type Call, tell } from './ctl/call.ts';
import { DONE, WRONG_USAGE } from './ctl/failure.ts';
import { type Host, processHost } from './ctl/host.ts';
import { type Asked, ctlProgram, SHORT_HELP } from './ctl/program.ts';
import { serverAddress } from './server-address.ts';

/**
 * `lector ctl`: one command to a running server. Resolves with the exit code: 0 done, 1 refused, 2 a wrong command
 * line, 3 no server, or one that does not answer. Each failure is said in one sentence on stderr; a bug is thrown.
 */
export async function ctl(argv: readonly string[]): Promise<number> {
  const host = processHost();
  try {
    return await runCtl(argv, host);
  } finally {
    host.release();
  }
}

export async function runCtl(argv: readonly string[], host: Host): Promise<number> {
  if (argv.length === 0) {
    host.out(SHORT_HELP);
    return DONE;
  }
  let code = DONE;
  const run = async (asked: Asked) => {
    code = await command(asked, host);
  };
  const err = (text: string) => host.err(text);
  try {
    await ctlProgram(run, { out: (text) => host.out(text), err }).parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed its sentence, or the help that was asked for
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
    return tell([error], host);
  }
}

async function command({ command, words, options }: Asked, host: Host): Promise<number> {
  const run = await command.load();
  const address = serverAddress(options, host.env, host.cwd);
  const { socket, host: name, port, token } = address;
  const client = await host.connect({
    ...(socket === undefined ? {} : { socket }),
    ...(name === undefined ? {} : { host: name }),
    ...(port === undefined ? {} : { port }),
    ...(token === undefined ? {} : { token }),
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 }),
    // only what goes on and on waits for a server to come back
    reconnect: command.name === 'watch',
  });
  const call: Call = { client, host, options, words };
  try {
    return await run(call);
  } finally {
    client.close();
  }
}
