import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Another machine, as far as a server can tell: programs in it come from an address that is not loopback. */
export type ForeignNetwork = {
  /** The address of this side, for servers to listen on. */
  readonly host: string;
  /** The address that programs of the other side come from. */
  readonly from: string;
  /** What starts a program over there: put in front of its command line. */
  readonly prefix: readonly string[];
  cable(state: 'up' | 'down'): void;
  /** Runs a program over there; resolves with what it printed. */
  run(program: string, args: readonly string[], input?: string): Promise<string>;
  remove(): void;
};

const ip = (...args: readonly string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/**
 * Makes it with a network namespace; needs root. null where this machine does not allow that. `subnet`: third byte of
 * its addresses, another for each test file.
 */
export function createForeignNetwork(subnet: number): ForeignNetwork | null {
  const [here, there] = [`10.213.${subnet}.1`, `10.213.${subnet}.2`];
  const space = `lector-${subnet}-${process.pid}`;
  const [near, far] = [`le${subnet}n${process.pid}`.slice(0, 15), `le${subnet}f${process.pid}`.slice(0, 15)];
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
    ip('addr', 'add', `${here}/30`, 'dev', near);
    ip('link', 'set', near, 'up');
    ip('-n', space, 'addr', 'add', `${there}/30`, 'dev', far);
    ip('-n', space, 'link', 'set', far, 'up');
  } catch (error) {
    remove();
    process.stderr.write(`skipped: needs network namespaces (${(error as Error).message.split('\n')[0]})\n`);
    return null;
  }
  return {
    host: here,
    from: there,
    prefix: ['ip', 'netns', 'exec', space],
    cable: (state) => ip('-n', space, 'link', 'set', far, state),
    async run(program, args, input = '') {
      const child = run('ip', ['netns', 'exec', space, program, ...args]);
      child.child.stdin?.end(input);
      return (await child).stdout;
    },
    remove,
  };
}
