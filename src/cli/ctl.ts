import { type Call, tell } from './ctl/call.ts';
import { DONE } from './ctl/failure.ts';
import { type Host, processHost } from './ctl/host.ts';
import { type Asked, parseQuickly } from './ctl/quick-parse.ts';
import { SHORT_HELP } from './ctl/short-help.ts';
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

/** The same on another host. */
export async function runCtl(argv: readonly string[], host: Host): Promise<number> {
  const run = (asked: Asked) => command(asked, host);
  if (argv.length === 0) {
    host.out(SHORT_HELP);
    return DONE;
  }
  try {
    const asked = parseQuickly(argv);
    if (asked !== null) return await run(asked);
    // a command line with something wrong, or a wish for help: what reads those takes its time to load
    return await (await import('./ctl/program.ts')).runWords(argv, run, host);
  } catch (error) {
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
