import type { ClientOptions, LectorClient } from '../../client/index.ts';
import type { Screen } from './screen.ts';
import { wrapLines } from './text-width.ts';

/** What `lector ctl` works with: where it prints, where it looks, how it connects, when it is to end. */
export type Host = {
  readonly screen: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  now(): number;
  out(text: string): void;
  /** To stderr; wrapped where that is a terminal. */
  err(text: string): void;
  connect(options: ClientOptions): Promise<LectorClient>;
  /** Calls back after so long; returns the function that forgets it. */
  after(ms: number, callback: () => void): () => void;
  /** Aborted by Ctrl+C (which ends the process as usual unless this was asked for), and when nobody reads any more. */
  ended(): AbortSignal;
};

const COLUMNS = 80;

/** This process as a host, and the function that lets go of its signals. */
export function processHost(): Host & { release(): void } {
  const { stdout, stderr, env } = process;
  const end = new AbortController();
  const interrupt = () => end.abort();
  const ignore = () => undefined;
  stdout.on('error', interrupt);
  stderr.on('error', ignore);
  const tty = stdout.isTTY === true;
  return {
    screen: {
      tty,
      columns: stdout.columns > 0 ? stdout.columns : COLUMNS,
      color: tty && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    },
    env,
    cwd: process.cwd(),
    now: Date.now,
    out: (text) => void (end.signal.aborted || stdout.write(text)),
    // where a person reads it, a sentence is not broken within its words
    err: (text) => void stderr.write(stderr.isTTY === true ? wrapLines(text, stderr.columns || COLUMNS) : text),
    connect: async (options) => (await import('../../client/client.ts')).createClient(options),
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    ended() {
      process.once('SIGINT', interrupt);
      return end.signal;
    },
    release() {
      process.off('SIGINT', interrupt);
      stdout.off('error', interrupt);
      stderr.off('error', ignore);
    },
  };
}
