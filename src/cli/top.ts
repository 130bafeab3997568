import { type ClientOptions, createClient, type LectorClient } from '../client/index.ts';
import { systemClock } from '../clock.ts';
import { failing } from './ctl/failure.ts';
import type { ScreenOptions } from './options.ts';
import { type ServerAddress, type ServerOptions, serverAddress } from './server-address.ts';
import { withServer } from './shell/place.ts';
import { isTerminal } from './terminal.ts';

export type TopOptions = ServerOptions & ScreenOptions & { readonly timeout?: number };

/** A server that answers. */
export type Answering = {
  readonly client: LectorClient;
  /** Where it is, in words. */
  readonly server: string;
  /** Of its process. */
  readonly pid: number;
};

/**
 * `lector top [server]`: the full-screen terminal over a running server. Resolves with the exit code: 0 left, 1 the
 * screen failed, 2 no terminal, 3 no server (said in one sentence: who wrote a wrong name waits for nothing). A server
 * that goes away later is waited for. Rejects with USAGE for options that contradict each other.
 */
export async function top(options: TopOptions, [server]: readonly string[] = []): Promise<number> {
  const address = serverAddress(withServer(options, server), process.env, process.cwd());
  const client = createClient(clientOptions(address, options.timeout));
  try {
    // without a terminal nobody is asked: the screen says what it lacks
    const pid = isTerminal() ? (await client.version()).pid : 0;
    return await openScreen({ client, server: address.words, pid }, options);
  } catch (error) {
    const failed = failing(error);
    if (failed === null) throw error;
    process.stderr.write(`lector: ${failed.text}\n`);
    return failed.code;
  } finally {
    client.close();
  }
}

export function clientOptions(address: ServerAddress, timeoutS?: number): ClientOptions {
  const { socket, host, port, token } = address;
  return {
    ...(socket === undefined ? {} : { socket }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(token === undefined ? {} : { token }),
    ...(timeoutS === undefined ? {} : { timeoutMs: timeoutS * 1000 }),
  };
}

/** The screen until a person leaves it; `stop` where the server was started for it. Resolves with the exit code. */
export async function openScreen(
  { client, server, pid }: Answering,
  { lang, theme, ascii = false, readOnly = false }: ScreenOptions,
  stop?: () => Promise<void>,
): Promise<number> {
  const { runTop } = await import('../../tui/top.tsx');
  return runTop({
    ...{ connect: () => client, server, clock: systemClock(), env: process.env, ascii, readOnly },
    ...(lang === undefined ? {} : { lang }),
    ...(theme === undefined ? {} : { theme }),
    ...(stop === undefined ? { joined: pid } : { owned: { stop } }),
  });
}
