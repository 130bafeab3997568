import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const HERE = '10.213.78.1';
const THERE = '10.213.78.2';
const run = promisify(execFile);

/** Another machine, as far as a server can tell: programs in it come from an address that is not loopback. */
export type ForeignNetwork = {
  /** The address of this side, for servers to listen on. */
  readonly host: string;
  /** The address that programs of the other side come from. */
  readonly from: string;
  /** Runs a program over there; resolves with what it printed. */
  run(program: string, args: readonly string[], input?: string): Promise<string>;
  remove(): void;
};

const ip = (...args: readonly string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Makes it with a network namespace; needs root. null where this machine does not allow that. */
export function createForeignNetwork(): ForeignNetwork | null {
  const space = `lector-far-${process.pid}`;
  const [near, far] = [`lecf${process.pid}a`.slice(0, 15), `lecf${process.pid}b`.slice(0, 15)];
  const remove = () => {
    for (const args of [
      ['link', 'del', near],
      ['netns', 'del', space],
    ]) {
      try {
        ip(...args);
      } catch {
        // it was not made
      }
    }
  };
  try {
    ip('netns', 'add', space);
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', space);
    ip('addr', 'add', `${HERE}/30`, 'dev', near);
    ip('link', 'set', near, 'up');
    ip('-n', space, 'addr', 'add', `${THERE}/30`, 'dev', far);
    ip('-n', space, 'link', 'set', far, 'up');
  } catch (error) {
    remove();
    process.stderr.write(`skipped: needs network namespaces (${(error as Error).message.split('\n')[0]})\n`);
    return null;
  }
  return {
    host: HERE,
    from: THERE,
    async run(program, args, input = '') {
      const child = run('ip', ['netns', 'exec', space, program, ...args]);
      child.child.stdin?.end(input);
      return (await child).stdout;
    },
    remove,
  };
}
